import type { Tx } from "../../../../db/client";
import { NO_CREDITS } from "../../../money/credits";
import { mailBuyers } from "../../../outbox/enqueue";
import type { ReturnFacts } from "../../returns/decide";
import { leftOf, type Reversal } from "../../returns/moves";
import { isCanceled, type News, newsOf } from "../../returns/news";
import { NOTHING_TAKEN, sharedByAmount, type TakenCredits, takenSince } from "../../returns/taken";
import { findReturnedGrants } from "../apply/returned-grants";
import type { StoredReturns } from "../apply/stored-facts";
import { toInvoice } from "../apply/stored-facts";
import { chargedCents } from "../invoice-money";
import type { InvoiceRow } from "./rows";

type Happened = {
  /** As they were stored before, and as they are now. */
  readonly was: ReturnFacts;
  readonly facts: ReturnFacts;
  /** All that was done to the credits of the account's plans before, and since: a later invoice may have what this one paid for. */
  readonly before: readonly PlanReversal[];
  readonly after: readonly PlanReversal[];
  /** Refunds that were asked for here: what they took was taken before Stripe was asked. */
  readonly requests: StoredReturns["requests"];
  readonly now: Date;
};
type PlanReversal = Reversal & { readonly invoiceId: string };

/** A step: tells those who take care of billing what became of an invoice's money, each thing once. */
export async function mailInvoiceReturns(
  tx: Tx,
  invoice: InvoiceRow,
  { was, facts, before, after, requests, now }: Happened,
): Promise<void> {
  const news = newsOf(was, facts);
  const takenFor = takenForEach(news, requests, takenSince(before, after));
  const ofElsewhere = facts.refunds.find(
    ({ refundId, status }) => refundId === null && status === "succeeded",
  );
  for (const [index, each] of news.entries()) {
    const { kind, about } = each;
    await mailBuyers(tx, invoice.accountId, {
      kind: `plan_${kind}`,
      effect: `plan_${kind}:${about.id}${ofElsewhere?.id === about.id ? `:${ofElsewhere.amountCents}` : ""}`,
      facts: {
        ...(ofElsewhere?.id === about.id && { elsewhere: true }),
        invoiceId: invoice.id,
        number: invoice.number,
        plan: invoice.plan && { id: invoice.plan, interval: null },
        amountCents: chargedCents(toInvoice(invoice, [])),
        returnedCents: about.amountCents,
        currency: invoice.currency,
        ...(isCanceled(each) && { canceled: true }),
        ...(kind === "dispute_won" && { left: await leftOfInvoice(tx, invoice, after, now) }),
        ...("currency" in about &&
          about.currency !== invoice.currency && { returnedCurrency: about.currency }),
        takenCredits: takenFor[index]?.taken ?? NO_CREDITS,
        usedCredits: takenFor[index]?.used ?? NO_CREDITS,
      },
    });
  }
}

/** Of what a dispute froze, or that was given in its place: what can be used now. */
async function leftOfInvoice(tx: Tx, { accountId, id }: InvoiceRow, all: readonly PlanReversal[], now: Date) {
  const own = all.filter(({ invoiceId }) => invoiceId === id).map(({ grantId }) => grantId);
  return leftOf(await findReturnedGrants(tx, accountId, own), now);
}

/** What was taken for each: for a refund of ours when it was asked for, for the others since they were heard of. */
function takenForEach(
  news: readonly News[],
  requests: StoredReturns["requests"],
  since: TakenCredits,
): readonly TakenCredits[] {
  const requestOf = ({ about }: News) => requests.find(({ refundId }) => refundId === about.id);
  const others = sharedByAmount(
    news.filter((each) => !requestOf(each)),
    since,
  ).values();
  return news.map((each) => {
    const own = each.kind === "refunded" ? requestOf(each) : undefined;
    if (own) return { taken: own.takenCredits, used: own.usedCredits };
    return requestOf(each) ? NOTHING_TAKEN : (others.next().value ?? NOTHING_TAKEN);
  });
}
