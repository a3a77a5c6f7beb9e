import type { Tx } from "../../../../db/client";
import { invoiceReversals } from "../../../../db/schema";
import type { Reversal } from "../../returns/moves";

/** A step: keeps what was done to an invoice's credits, numbered on from what was done `after` which. */
export async function insertInvoiceReversals(
  tx: Tx,
  { accountId, invoiceId }: { readonly accountId: string; readonly invoiceId: string },
  done: readonly Reversal[],
  { after, at }: { readonly after: number; readonly at: Date },
): Promise<void> {
  if (done.length === 0) return;
  await tx
    .insert(invoiceReversals)
    .values(done.map((each, index) => ({ ...each, accountId, invoiceId, number: after + index + 1, at })));
}
