import type { Tx } from "../../../../db/client";
import { billingPeriodAt } from "../../../calendar";
import { byCustomer, byOperator, bySystem, type Cause } from "../../../ledger/cause";
import { commit } from "../../../ledger/commit";
import type { InternalAnswer } from "../../../ledger/decide";
import { lockBooks } from "../../../ledger/lock-books";
import { invariant } from "../../../result";
import type { AccountRow } from "../../account";
import { changeOrder, moveOrder, type OrderRef, type OrderRow } from "../rows";
import { carryOut } from "./carry-out";
import { decideReturns, isInquiry, isOpenDispute, type PaidStatus, type ReturnFacts } from "./decide";
import { mailReturns } from "./mails";
import { revokedSoFar } from "./moves";
import { findOrderGrants, findReturns, findReversals, insertReversals, type StoredReturns } from "./rows";

export type Applying = { readonly account: AccountRow; readonly order: OrderRow; readonly now: Date };

/**
 * A step, under the account's lock: brings the credits and the state of a paid order to what is stored of its refunds and
 * disputes, and mails what is new. Called again it changes nothing. `was`: what was stored before.
 */
export async function applyReturns(
  tx: Tx,
  { account, order, now }: Applying,
  was: StoredReturns,
): Promise<PaidStatus> {
  const ref: OrderRef = { accountId: order.accountId, orderId: order.id };
  await lockBooks(tx, order.accountId);
  const [facts, before] = await Promise.all([findReturns(tx, ref), findReversals(tx, ref)]);
  const decision = decideReturns(order, facts, revokedSoFar(before));
  const grants = await findOrderGrants(tx, order, before);
  const { periodEnd, cycleAnchor } = account;
  const cycleEnd = periodEnd > now ? periodEnd : billingPeriodAt(cycleAnchor, now).end;
  const cause = causeOf(facts);
  const done = await carryOut(
    { orderId: order.id, grants, before, decision, now, cycleEnd },
    async (key, command) => {
      const [outcome] = await commit(tx, order.accountId, [{ key, command, cause }]);
      invariant(outcome?.kind === "done", `${key} is done once, and can be: ${command.kind}`);
      return outcome.answer as InternalAnswer;
    },
  );
  await insertReversals(tx, ref, done, { after: before.length, at: now });
  await changeOrder(tx, order, { nextReturnsReadAt: nextReadAt(facts, now) });
  if (order.status !== decision.status) await moveOrder(tx, { order, attempt: null }, decision.status, now);
  await mailReturns(tx, order, { was, facts, reversals: [...before, ...done] });
  return decision.status;
}

/** Who asked for the refund that is just begun here; else Stripe told of something. */
function causeOf({ refunds }: StoredReturns): Cause {
  const asked = refunds.find((each) => each.status === "requested");
  if (!asked?.requestedBy) return bySystem("Stripe told what became of the payment");
  const reason = asked.why ?? "a refund was asked for";
  return asked.requestedAs === "operator"
    ? byOperator(asked.requestedBy, reason)
    : byCustomer(asked.requestedBy, reason);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So long after it was made a refund that succeeded may still fail, and a lost dispute be appealed. */
const MAY_CHANGE_FOR_MS = 90 * DAY_MS;

/** When Stripe is asked again though nobody told of anything; null where nothing can change any more. */
export function nextReadAt({ refunds, disputes }: StoredReturns | DatedFacts, now: Date): Date | null {
  const isYoung = ({ createdAt }: { readonly createdAt: Date }) =>
    now.getTime() - createdAt.getTime() < MAY_CHANGE_FOR_MS;
  const waits = [
    refunds.some((each) => each.status === "requested") ? MINUTE_MS / 2 : null,
    refunds.some((each) => each.status === "pending" || each.status === "requires_action")
      ? 5 * MINUTE_MS
      : null,
    disputes.some((each) => isOpenDispute(each) || isInquiry(each)) ? HOUR_MS : null,
    [...refunds, ...disputes].some(isYoung) ? DAY_MS : null,
  ].filter((each) => each !== null);
  return waits.length > 0 ? new Date(now.getTime() + Math.min(...waits)) : null;
}

type DatedFacts = {
  readonly refunds: readonly (ReturnFacts["refunds"][number] & { readonly createdAt: Date })[];
  readonly disputes: readonly (ReturnFacts["disputes"][number] & { readonly createdAt: Date })[];
};
