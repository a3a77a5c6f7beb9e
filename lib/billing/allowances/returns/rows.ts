import { and, asc, eq, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../../../db/client";
import {
  invoiceDisputes,
  invoiceLines,
  invoiceRefunds,
  invoiceReversals,
  invoices,
} from "../../../../db/schema";
import type { Dispute, InvoicePaymentReturns, Refund } from "../../gateway";
import { judgeRead, type ReadVerdict } from "../../provider-reads";
import type { Reversal } from "../../returns/moves";

export type InvoiceRow = typeof invoices.$inferSelect;
export type InvoiceRef = { readonly accountId: string; readonly invoiceId: string };

const isIt = ({ accountId, invoiceId }: InvoiceRef) =>
  and(eq(invoices.accountId, accountId), eq(invoices.id, invoiceId));

export async function findInvoice(db: Reader, ref: InvoiceRef): Promise<InvoiceRow | null> {
  const [row] = await db.select().from(invoices).where(isIt(ref));
  return row ?? null;
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
  const [refunds, disputes, reversals] = await Promise.all([
    db
      .select()
      .from(invoiceRefunds)
      .where(and(eq(invoiceRefunds.accountId, accountId), eq(invoiceRefunds.invoiceId, invoiceId)))
      .orderBy(asc(invoiceRefunds.createdAt), asc(invoiceRefunds.id)),
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
  return { refunds: refunds.map((each) => ({ ...each, refundId: each.id })), disputes, reversals };
}

/** What refunds and disputes did to credits of the account's plans, of any invoice. */
export const findPlanReversals = (db: Reader, accountId: string) =>
  db.select().from(invoiceReversals).where(eq(invoiceReversals.accountId, accountId));

/** A step: keeps what was done to an invoice's credits, numbered on from what was done `after` which. */
export async function insertInvoiceReversals(
  tx: Tx,
  { accountId, invoiceId }: InvoiceRef,
  done: readonly Reversal[],
  { after, at }: { readonly after: number; readonly at: Date },
): Promise<void> {
  if (done.length === 0) return;
  await tx
    .insert(invoiceReversals)
    .values(done.map((each, index) => ({ ...each, accountId, invoiceId, number: after + index + 1, at })));
}

/** Numbers a read, before Stripe is asked; null for an invoice that is not known. */
export async function startInvoiceRead(
  db: Pick<Database, "update">,
  ref: InvoiceRef,
): Promise<bigint | null> {
  const [row] = await db
    .update(invoices)
    .set({ returnsReadStarted: sql`${invoices.returnsReadStarted} + 1` })
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

/** A step: keeps what was read as it is. What is not among it is not gone. */
export async function storeInvoiceRead(
  tx: Tx,
  ref: InvoiceRef,
  { refunds, disputes, elsewhereCents }: InvoicePaymentReturns,
  now: Date,
): Promise<void> {
  for (const refund of refunds) await storeRefund(tx, ref, refund, now);
  for (const dispute of disputes) await storeDispute(tx, ref, dispute, now);
  await tx.update(invoices).set({ paidBackElsewhereCents: elsewhereCents }).where(isIt(ref));
}

const UNREADABLE = "a status this release does not know";

async function storeRefund(
  tx: Tx,
  ref: InvoiceRef,
  { id, amountCents, status, failureReason, createdAt }: Refund,
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
