import type { Tx } from "../../../../db/client";
import { NO_CREDITS } from "../../../money/credits";
import { mailBuyers } from "../../../outbox/enqueue";
import type { ReturnFacts } from "../../returns/decide";
import type { Reversal } from "../../returns/moves";
import { newsOf } from "../../returns/news";
import { sharedByAmount, takenSince } from "../../returns/taken";
import { chargedCents } from "../returned";
import { toInvoice } from "../stored-facts";
import type { InvoiceRow } from "./rows";

type Happened = {
  /** As they were stored before, and as they are now. */
  readonly was: ReturnFacts;
  readonly facts: ReturnFacts;
  /** All that was done to the credits of the account's plans before, and since: a later invoice may have what this one paid for. */
  readonly before: readonly Reversal[];
  readonly after: readonly Reversal[];
};

/** A step: tells those who take care of billing what became of an invoice's money, each thing once. */
export async function mailInvoiceReturns(
  tx: Tx,
  invoice: InvoiceRow,
  { was, facts, before, after }: Happened,
): Promise<void> {
  const news = newsOf(was, facts);
  const shares = sharedByAmount(news, takenSince(before, after));
  for (const [index, { kind, about }] of news.entries())
    await mailBuyers(tx, invoice.accountId, {
      kind: `plan_${kind}`,
      effect: `plan_${kind}:${about.id}`,
      facts: {
        invoiceId: invoice.id,
        number: invoice.number,
        plan: invoice.plan && { id: invoice.plan, interval: null },
        amountCents: chargedCents(toInvoice(invoice, [])),
        returnedCents: about.amountCents,
        takenCredits: shares[index]?.taken ?? NO_CREDITS,
        usedCredits: shares[index]?.used ?? NO_CREDITS,
      },
    });
}
