import { and, eq, inArray } from "drizzle-orm";
import type { Reader } from "../../../../db/client";
import { invoiceDisputes, invoiceRefunds } from "../../../../db/schema";
import { NO_RETURNS, toInvoice } from "../apply/stored-facts";
import { type Returned, returnedOf } from "../invoice-money";
import type { InvoiceRow } from "./rows";

/** What became of the money of these invoices, by id; those of which nothing was ever heard are missing. */
export async function findReturned(
  db: Reader,
  accountId: string,
  rows: readonly InvoiceRow[],
): Promise<ReadonlyMap<string, Returned>> {
  const told = rows.filter((each) => each.returnsReadApplied > 0n);
  if (told.length === 0) return new Map();
  const ids = told.map(({ id }) => id);
  const [refunds, disputes] = await Promise.all([
    db
      .select()
      .from(invoiceRefunds)
      .where(and(eq(invoiceRefunds.accountId, accountId), inArray(invoiceRefunds.invoiceId, ids))),
    db
      .select()
      .from(invoiceDisputes)
      .where(and(eq(invoiceDisputes.accountId, accountId), inArray(invoiceDisputes.invoiceId, ids))),
  ]);
  return new Map(
    told.map((row) => [row.id, returnedOf(toInvoice(row, [], { ...NO_RETURNS, refunds, disputes }))]),
  );
}
