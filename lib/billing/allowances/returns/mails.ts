import type { Tx } from "../../../../db/client";
import { mailBuyers } from "../../../outbox/enqueue";
import type { ReturnFacts } from "../../returns/decide";
import { type Reversal, takenBy } from "../../returns/moves";
import { newsOf } from "../../returns/news";
import { chargedCents } from "../returned";
import { toInvoice } from "../stored-facts";
import type { InvoiceRow } from "./rows";

type Happened = {
  /** As they were stored before, and as they are now. */
  readonly was: ReturnFacts;
  readonly facts: ReturnFacts;
  /** All that was ever done to the credits of its allowances. */
  readonly reversals: readonly Reversal[];
};

/** A step: tells those who take care of billing what became of an invoice's money, each thing once. */
export async function mailInvoiceReturns(
  tx: Tx,
  invoice: InvoiceRow,
  { was, facts, reversals }: Happened,
): Promise<void> {
  const { taken, used } = takenBy(reversals);
  for (const { kind, about } of newsOf(was, facts))
    await mailBuyers(tx, invoice.accountId, {
      kind: `plan_${kind}`,
      effect: `plan_${kind}:${about.id}`,
      facts: {
        invoiceId: invoice.id,
        number: invoice.number,
        plan: invoice.plan && { id: invoice.plan, interval: null },
        amountCents: chargedCents(toInvoice(invoice, [])),
        returnedCents: about.amountCents,
        takenCredits: taken,
        usedCredits: used,
      },
    });
}
