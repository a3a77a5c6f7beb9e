import { and, asc, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { documents, orderRefunds, orders } from "../../../db/schema";
import { isNobodysTrouble } from "../../ledger/each-account";
import { invariant } from "../../result";
import { issueCreditNotes } from "./credit-notes";
import { failedAfterNote, issueDebitNotes } from "./debit-notes";
import { issueInvoice } from "./issue";
import { documentName } from "./number";
import type { DocumentDeps } from "./seller";

const AT_A_TIME = 100;

/**
 * Makes the invoices of paid orders that have none, in the order in which they were paid, and writes the numbers of those
 * that were made on their PaymentIntents. One order's trouble does not stop the others. Returns how many invoices it made.
 */
export async function sweepDocuments(deps: DocumentDeps): Promise<number> {
  const made = deps.seller ? await issueMissing(deps) : 0;
  if (deps.seller) await noteRefunds(deps);
  await tellNumbers(deps);
  return made;
}

async function issueMissing(deps: DocumentDeps): Promise<number> {
  const due = await deps.db
    .select({ accountId: orders.accountId, orderId: orders.id })
    .from(orders)
    .where(and(isNotNull(orders.paidAt), isNull(orders.invoicedAt)))
    .orderBy(asc(orders.paidAt))
    .limit(AT_A_TIME);
  let made = 0;
  await forEach(deps, due, "an order's invoice could not be made", async (ref) => {
    const issued = await issueInvoice(deps, ref);
    invariant(issued !== "none", `order ${ref.orderId} is paid, and has nothing to invoice`);
    if (issued === "made") made += 1;
  });
  return made;
}

/** Makes the credit notes of refunds that went through, in the order in which they were made, and corrects those that failed since. */
async function noteRefunds(deps: DocumentDeps): Promise<void> {
  const due = await deps.db
    .select({ accountId: orderRefunds.accountId, orderId: orderRefunds.orderId })
    .from(orderRefunds)
    .where(and(eq(orderRefunds.status, "succeeded"), isNull(orderRefunds.creditNotedAt)))
    .orderBy(asc(orderRefunds.createdAt))
    .limit(AT_A_TIME);
  await forEach(deps, due, "a refund's credit note could not be made", async (ref) => {
    await issueCreditNotes(deps, ref);
  });
  const failed = await deps.db
    .select({ accountId: orderRefunds.accountId, orderId: orderRefunds.orderId })
    .from(orderRefunds)
    .where(failedAfterNote())
    .orderBy(asc(orderRefunds.createdAt))
    .limit(AT_A_TIME);
  await forEach(deps, failed, "a credit note of a refund that failed could not be corrected", async (ref) => {
    await issueDebitNotes(deps, ref);
  });
}

/** What is wrong with one is logged and keeps nobody behind it waiting; a database that is away is no order's trouble. */
async function forEach<Each extends { readonly orderId: string }>(
  { log }: DocumentDeps,
  all: readonly Each[],
  trouble: string,
  step: (each: Each) => Promise<void>,
): Promise<void> {
  for (const each of all) {
    try {
      await step(each);
    } catch (error) {
      if (isNobodysTrouble(error)) throw error;
      log.error({ orderId: each.orderId, err: error }, trouble);
    }
  }
}

async function tellNumbers(deps: DocumentDeps): Promise<void> {
  const untold = await deps.db
    .select()
    .from(documents)
    .where(and(isNull(documents.toldAt), lte(documents.nextTellAt, sql`now()`)))
    .orderBy(asc(documents.nextTellAt))
    .limit(AT_A_TIME);
  const trouble = "a document's number could not be written on its payment";
  await forEach(deps, untold, trouble, (row) => tellNumber(deps, row));
}

/** Writing it twice is harmless. What Stripe refuses, a payment of another Stripe account say, is tried once a day. */
async function tellNumber(
  { db, gateway, log }: DocumentDeps,
  row: typeof documents.$inferSelect,
): Promise<void> {
  const name = documentName(row);
  const asked = await gateway.writeOnPayment(row.paymentIntentId, {
    [`${row.kind}_number`]: name,
  });
  if (asked.kind !== "answered")
    log.warn({ document: name, asked }, "a document's number was not written on its payment");
  const wait = asked.kind === "refused" ? "1 day" : "5 minutes";
  await db
    .update(documents)
    .set(asked.kind === "answered" ? { toldAt: sql`now()` } : { nextTellAt: sql`now() + ${wait}::interval` })
    .where(
      and(
        eq(documents.accountId, row.accountId),
        eq(documents.series, row.series),
        eq(documents.number, row.number),
      ),
    );
}
