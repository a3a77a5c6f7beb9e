import { toPublicId } from "../ids";
import { cents } from "../money/credits";
import { formatCents } from "../money/format";
import type { RecoveryReport } from "./recover";

/** The report in lines for the operator: what is back, what is not, and what cannot be. */
export function describeRecovery(report: RecoveryReport): readonly string[] {
  const back = report.orders.map(
    ({ orderId, paymentId, status }) =>
      `  ${toPublicId("order", orderId)}  ${paymentId}  ${status ?? "unknown"}`,
  );
  const lost = report.lost.map(
    ({ paymentId, accountId, amountCents, status, why }) =>
      `  ${paymentId}  ${formatCents(cents(amountCents), "en-US")}  ${status}  of ${toPublicId("account", accountId)}: ${WHY[why]}`,
  );
  const accounts = report.lostAccounts.map(
    ({ accountId, customerId }) => `  ${toPublicId("account", accountId)}  ${customerId}`,
  );
  return [
    `${report.accountsRead} customers read again, ${report.customersLinked} of them found anew; ${report.settledOpen} open orders settled.`,
    `${report.orders.length} orders brought back${back.length > 0 ? ":" : "."}`,
    ...back,
    ...(lost.length > 0
      ? ["Taken for orders that cannot be made again (npm run attention says what to do):", ...lost]
      : []),
    ...(accounts.length > 0 ? ["Accounts that are customers at Stripe and not here:", ...accounts] : []),
    `Not to be had from Stripe: what people, spends, holds and settings were ${
      report.newestHere ? `after ${report.newestHere.toISOString()}` : "after the backup"
    }. Credits that were spent since then are there again.`,
    report.done
      ? "Done: the server sells again within a minute."
      : report.lostBefore
        ? `Not done: of ${report.lostBefore.toISOString()} Stripe has a payment for an order that is not here either: name a day before the backup was made.`
        : `Not done: ${report.unread.length} accounts or payments could not be read. Nothing is sold yet; run it again.`,
  ];
}

const WHY = {
  account_lost: "the account is not here",
  unreadable: "it does not say what was bought",
} as const;
