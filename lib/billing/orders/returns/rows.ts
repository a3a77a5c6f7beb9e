import { and, eq, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../../../db/client";
import { orderDisputes, orderRefunds, orderReversals, orders } from "../../../../db/schema";
import { newId } from "../../../ids";
import { findReturnedGrants } from "../../allowances/apply/returned-grants";
import type { Dispute, PaymentReturns, Refund } from "../../gateway";
import { judgeRead, type ReadVerdict } from "../../provider-reads";
import { givenAnew, type ReturnedGrant, type Reversal } from "../../returns/moves";
import { findReturns, type RefundRow } from "../return-rows";
import type { OrderRef, OrderRow } from "../rows";

/** The grants that have credits of an order, oldest first; what they have stays so for who has the ledger's lock. */
export const findOrderGrants = (
  db: Reader,
  { accountId, grantId }: OrderRow,
  before: readonly Reversal[],
): Promise<readonly ReturnedGrant[]> =>
  findReturnedGrants(db, accountId, [...givenAnew(before), ...(grantId ? [grantId] : [])]);

export async function insertReversals(
  tx: Tx,
  { accountId, orderId }: OrderRef,
  done: readonly Reversal[],
  { after, at }: { readonly after: number; readonly at: Date },
): Promise<void> {
  if (done.length === 0) return;
  await tx
    .insert(orderReversals)
    .values(done.map((each, index) => ({ ...each, accountId, orderId, number: after + index + 1, at })));
}

/** Numbers a read of what became of an order's money, before Stripe is asked. */
export async function startReturnsRead(
  db: Pick<Database, "update">,
  { accountId, orderId }: OrderRef,
): Promise<bigint> {
  const [row] = await db
    .update(orders)
    .set({ returnsReadStarted: sql`${orders.returnsReadStarted} + 1` })
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)))
    .returning({ number: orders.returnsReadStarted });
  if (!row) throw new Error(`order ${orderId} does not exist`);
  return row.number;
}

/** A step: whether a read is to be applied, as `provider-reads` has it of accounts; noted if so. */
export async function acceptReturnsRead(tx: Tx, order: OrderRow, number: bigint): Promise<ReadVerdict> {
  const { returnsReadApplied: applied, returnsReadSuperseded: superseded } = order;
  const verdict = judgeRead(number, { applied, superseded });
  if (verdict !== "apply") return verdict;
  await tx
    .update(orders)
    .set({ returnsReadApplied: number, returnsReadSuperseded: orders.returnsReadStarted })
    .where(and(eq(orders.accountId, order.accountId), eq(orders.id, order.id)));
  return verdict;
}

/** A step: keeps what was read as it is. What is not among it is not gone. */
export async function storeRead(
  tx: Tx,
  ref: OrderRef,
  { refunds, disputes }: Pick<PaymentReturns, "refunds" | "disputes">,
  now: Date,
): Promise<void> {
  const { refunds: known } = await findReturns(tx, ref);
  for (const refund of refunds) await storeRefund(tx, ref, known, refund, now);
  for (const dispute of disputes) await storeDispute(tx, ref, dispute, now);
}

const UNREADABLE = "a status this release does not know";

/** A step: one of ours is known by the id that was written on it, which may be heard of before Stripe's answer is. */
export async function storeRefund(
  tx: Tx,
  { accountId, orderId }: OrderRef,
  known: readonly RefundRow[],
  { id: refundId, amountCents, status, failureReason, refundId: ours, createdAt }: Refund,
  now: Date,
): Promise<void> {
  const row =
    known.find((each) => each.refundId === refundId) ??
    known.find((each) => each.refundId === null && each.id === ours);
  const read = {
    refundId,
    amountCents,
    ...(status === "unreadable" ? { unreadable: UNREADABLE } : { status, unreadable: null }),
    failureCode: failureReason,
    updatedAt: now,
  };
  if (!row) {
    await tx
      .insert(orderRefunds)
      .values({ accountId, orderId, id: newId(), createdAt, ...read })
      .onConflictDoNothing();
    return;
  }
  // Asked for and there, in a word nobody can read: it is on its way.
  const isThere = row.status === "requested" && status === "unreadable" ? { status: "pending" as const } : {};
  await tx
    .update(orderRefunds)
    .set({ ...read, ...isThere })
    .where(and(eq(orderRefunds.accountId, accountId), eq(orderRefunds.id, row.id)));
}

async function storeDispute(
  tx: Tx,
  { accountId, orderId }: OrderRef,
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
    .insert(orderDisputes)
    .values({ accountId, orderId, id, createdAt, ...read })
    .onConflictDoUpdate({ target: [orderDisputes.accountId, orderDisputes.id], set: read });
}

/** A step: what became of a refund of ours that Stripe did not make. */
export async function failRefund(
  tx: Tx,
  { accountId, id }: RefundRow,
  code: string,
  now: Date,
): Promise<void> {
  await tx
    .update(orderRefunds)
    .set({ status: "failed", failureCode: code, updatedAt: now })
    .where(
      and(
        eq(orderRefunds.accountId, accountId),
        eq(orderRefunds.id, id),
        eq(orderRefunds.status, "requested"),
      ),
    );
}
