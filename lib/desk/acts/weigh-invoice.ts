import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { invoiceLines } from "../../../db/schema";
import { toInvoice } from "../../billing/allowances/apply/stored-facts";
import { chargedCents } from "../../billing/allowances/invoice-money";
import { isDebit } from "../../billing/allowances/line-worth";
import { floorOf, piecesOf } from "../../billing/allowances/pieces";
import type { InvoiceRow } from "../../billing/allowances/returns/rows";
import { type Credits, credits } from "../../money/credits";

/** More than anybody sells: whatever says so is not understood. */
const MAX_CREDITS = 10n ** 15n;

/**
 * How many credits are at stake where so much of an invoice is paid back: the share of what its lines gave or will give, all months
 * of them. What a line credits is not subtracted: rather a second operator too many than one too few. Null: a line cannot be read,
 * and nobody can say.
 */
export async function weighInvoice(tx: Tx, invoice: InvoiceRow, cents: bigint): Promise<Credits | null> {
  const lines = await tx
    .select()
    .from(invoiceLines)
    .where(and(eq(invoiceLines.accountId, invoice.accountId), eq(invoiceLines.invoiceId, invoice.id)));
  const { lines: ours } = toInvoice(invoice, lines);
  if (lines.some(({ unreadableReason }) => unreadableReason !== null)) return null;
  let worth = 0n;
  for (const line of ours) {
    if (!isDebit(line)) continue;
    if (!line.offer) return null;
    for (const each of piecesOf(line, line.offer, line.period.start)) worth += floorOf(each.worth);
  }
  if (worth > MAX_CREDITS) return null;
  const charged = chargedCents(toInvoice(invoice, []));
  return credits(charged > cents && cents > 0n ? (worth * cents + charged - 1n) / charged : worth);
}
