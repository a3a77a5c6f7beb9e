import { and, asc, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../../../db/client";
import {
  invoiceDisputes,
  invoiceLines,
  invoiceRefundRequests,
  invoiceRefunds,
  invoiceReversals,
  invoices,
} from "../../../../db/schema";
import type { Dispute, InvoicePaymentReturns, Refund } from "../../gateway";
import { judgeRead, type ReadVerdict } from "../../provider-reads";

export type InvoiceRow = typeof invoices.$inferSelect;
export type InvoiceRef = { readonly accountId: string; readonly invoiceId: string };

const isIt = ({ accountId, invoiceId }: InvoiceRef) =>
  and(eq(invoices.accountId, accountId), eq(invoices.id, invoiceId));

export async function findInvoice(db: Reader, ref: InvoiceRef): Promise<InvoiceRow | null> {
  const [row] = await db.select().from(invoices).where(isIt(ref));
  return row ?? null;
}

/**
 * The account that has an invoice, by Stripe's id alone: of a customer that was deleted, no account has the id any more. Null: nobody
 * has it.
 */
export async function findAccountOfInvoice(db: Reader, invoiceId: string | null): Promise<string | null> {
  if (!invoiceId) return null;
  const [row] = await db
    .select({ accountId: invoices.accountId })
    .from(invoices)
    .where(eq(invoices.id, invoiceId))
    .limit(1);
  return row?.accountId ?? null;
}

/** Whether any of its lines is for a plan of ours, readable or not. */
export async function sellsOurs(db: Reader, { accountId, invoiceId }: InvoiceRef): Promise<boolean> {
  const lines = await db
    .select({ id: invoiceLines.id })
    .from(invoiceLines)
    .where(
      and(
        eq(invoiceLines.accountId, accountId),
        eq(invoiceLines.invoiceId, invoiceId),
        or(isNotNull(invoiceLines.plan), isNotNull(invoiceLines.unreadableReason)),
      ),
    )
    .limit(1);
  return lines.length > 0;
}

/** What is stored of what became of an invoice's money, oldest first, and of what that did to credits. */
export async function findInvoiceReturns(db: Reader, { accountId, invoiceId }: InvoiceRef) {
  const [refunds, requests, disputes, reversals] = await Promise.all([
    db
      .select()
      .from(invoiceRefunds)
      .where(and(eq(invoiceRefunds.accountId, accountId), eq(invoiceRefunds.invoiceId, invoiceId)))
      .orderBy(asc(invoiceRefunds.createdAt), asc(invoiceRefunds.id)),
    listRequests(db, { accountId, invoiceId }),
    db
      .select()
      .from(invoiceDisputes)
      .where(and(eq(invoiceDisputes.accountId, accountId), eq(invoiceDisputes.invoiceId, invoiceId)))
      .orderBy(asc(invoiceDisputes.createdAt), asc(invoiceDisputes.id)),
    db
      .select()
      .from(invoiceReversals)
      .where(and(eq(invoiceReversals.accountId, accountId), eq(invoiceReversals.invoiceId, invoiceId)))
      .orderBy(asc(invoiceReversals.number)),
  ]);
  return { refunds: refunds.map((each) => ({ ...each, refundId: each.id })), requests, disputes, reversals };
}

type RequestRow = typeof invoiceRefundRequests.$inferSelect;

const listRequests = (db: Reader, { accountId, invoiceId }: InvoiceRef): Promise<RequestRow[]> =>
  db
    .select()
    .from(invoiceRefundRequests)
    .where(
      and(eq(invoiceRefundRequests.accountId, accountId), eq(invoiceRefundRequests.invoiceId, invoiceId)),
    )
    .orderBy(asc(invoiceRefundRequests.createdAt), asc(invoiceRefundRequests.id));

/** A step: what became of a request. One whose end was heard stays as it ended. */
export async function changeRequest(
  tx: Tx,
  { accountId, id }: Pick<RequestRow, "accountId" | "id">,
  changes: Partial<typeof invoiceRefundRequests.$inferInsert>,
  now: Date,
): Promise<void> {
  await tx
    .update(invoiceRefundRequests)
    .set({ ...changes, updatedAt: now })
    .where(
      and(
        eq(invoiceRefundRequests.accountId, accountId),
        eq(invoiceRefundRequests.id, id),
        eq(invoiceRefundRequests.status, "requested"),
      ),
    );
}

/** What refunds and disputes did to credits of the account's plans, of any invoice. */
export const findPlanReversals = (db: Reader, accountId: string) =>
  db.select().from(invoiceReversals).where(eq(invoiceReversals.accountId, accountId));

/** Numbers a read from 2 on, before Stripe is asked; null for an invoice that is not known. 1 is what was heard of here (`hearOfInvoice`). */
export async function startInvoiceRead(
  db: Pick<Database, "update">,
  ref: InvoiceRef,
): Promise<bigint | null> {
  const [row] = await db
    .update(invoices)
    .set({ returnsReadStarted: sql`greatest(${invoices.returnsReadStarted}, 1) + 1` })
    .where(isIt(ref))
    .returning({ number: invoices.returnsReadStarted });
  return row?.number ?? null;
}

/** A step: whether a read is to be applied, as `provider-reads` says; noted if so. */
export async function acceptInvoiceRead(tx: Tx, row: InvoiceRow, number: bigint): Promise<ReadVerdict> {
  const { returnsReadApplied: applied, returnsReadSuperseded: superseded } = row;
  const verdict = judgeRead(number, { applied, superseded });
  if (verdict !== "apply") return verdict;
  await tx
    .update(invoices)
    .set({ returnsReadApplied: number, returnsReadSuperseded: invoices.returnsReadStarted })
    .where(isIt({ accountId: row.accountId, invoiceId: row.id }));
  return verdict;
}

/**
 * A step: from here on something is known of what became of an invoice's money, so that it is decided on. It is no read: it comes
 * before all of them, and whoever had begun one reads again.
 */
export async function hearOfInvoice(
  tx: Tx,
  { accountId, id, returnsReadApplied }: InvoiceRow,
): Promise<void> {
  if (returnsReadApplied > 0n) return;
  const begun = sql`greatest(${invoices.returnsReadStarted}, 1)`;
  await tx
    .update(invoices)
    .set({ returnsReadStarted: begun, returnsReadApplied: 1n, returnsReadSuperseded: begun })
    .where(isIt({ accountId, invoiceId: id }));
}

/** A step: keeps what was read as it is. What is not among it is not gone. */
export async function storeInvoiceRead(
  tx: Tx,
  ref: InvoiceRef,
  { refunds, disputes, elsewhereCents }: InvoicePaymentReturns,
  now: Date,
): Promise<void> {
  for (const refund of refunds) await storeInvoiceRefund(tx, ref, refund, now);
  for (const dispute of disputes) await storeDispute(tx, ref, dispute, now);
  await tx.update(invoices).set({ paidBackElsewhereCents: elsewhereCents }).where(isIt(ref));
}

const UNREADABLE = "a status this release does not know";

/** A step: keeps a refund as Stripe says it. One of ours is known by the id that was written on it. */
export async function storeInvoiceRefund(
  tx: Tx,
  ref: InvoiceRef,
  { id, amountCents, status, failureReason, refundId: ours, createdAt }: Refund,
  now: Date,
): Promise<void> {
  const read = {
    amountCents,
    ...(status === "unreadable" ? { unreadable: UNREADABLE } : { status, unreadable: null }),
    failureCode: failureReason,
    updatedAt: now,
  };
  await tx
    .insert(invoiceRefunds)
    .values({ ...ref, id, createdAt, ...read })
    .onConflictDoUpdate({ target: [invoiceRefunds.accountId, invoiceRefunds.id], set: read });
  const own = (await listRequests(tx, ref)).find((each) => each.id === ours);
  if (own) await changeRequest(tx, own, { status: "made", refundId: id }, now);
}

async function storeDispute(
  tx: Tx,
  ref: InvoiceRef,
  { id, amountCents, currency, status, reason, evidenceDueBy, createdAt }: Dispute,
  now: Date,
): Promise<void> {
  const read = {
    amountCents,
    currency,
    ...(status === "unreadable" ? { unreadable: UNREADABLE } : { status, unreadable: null }),
    reason,
    evidenceDueAt: evidenceDueBy,
    updatedAt: now,
  };
  await tx
    .insert(invoiceDisputes)
    .values({ ...ref, id, createdAt, ...read })
    .onConflictDoUpdate({ target: [invoiceDisputes.accountId, invoiceDisputes.id], set: read });
}

/** A step: when Stripe is asked again what became of its money. */
export async function setNextInvoiceRead(
  db: Pick<Database, "update">,
  ref: InvoiceRef,
  at: Date | SQL | null,
): Promise<void> {
  await db.update(invoices).set({ nextReturnsReadAt: at }).where(isIt(ref));
}
