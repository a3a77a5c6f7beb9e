import { and, asc, eq } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { orderDisputes, orderRefunds, orderReversals } from "../../../db/schema";
import type { OrderRef } from "./rows";

export type RefundRow = typeof orderRefunds.$inferSelect;
export type DisputeRow = typeof orderDisputes.$inferSelect;
/** What is stored of what became of an order's money, oldest first. */
export type StoredReturns = {
  readonly refunds: readonly RefundRow[];
  readonly disputes: readonly DisputeRow[];
};

export async function findReturns(db: Reader, { accountId, orderId }: OrderRef): Promise<StoredReturns> {
  const [refunds, disputes] = await Promise.all([
    db
      .select()
      .from(orderRefunds)
      .where(and(eq(orderRefunds.accountId, accountId), eq(orderRefunds.orderId, orderId)))
      .orderBy(asc(orderRefunds.createdAt), asc(orderRefunds.id)),
    db
      .select()
      .from(orderDisputes)
      .where(and(eq(orderDisputes.accountId, accountId), eq(orderDisputes.orderId, orderId)))
      .orderBy(asc(orderDisputes.createdAt), asc(orderDisputes.id)),
  ]);
  return { refunds, disputes };
}

/** What refunds and disputes did to an order's credits, in order. */
export const findReversals = (db: Reader, { accountId, orderId }: OrderRef) =>
  db
    .select()
    .from(orderReversals)
    .where(and(eq(orderReversals.accountId, accountId), eq(orderReversals.orderId, orderId)))
    .orderBy(asc(orderReversals.number));
