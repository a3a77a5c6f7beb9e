import { and, desc, eq, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { attempts, orderPayments, orders } from "../../../db/schema";
import { type AccountRow, lockAccount } from "../account";
import { tell } from "../told";

export type OrderRow = typeof orders.$inferSelect;
export type AttemptRow = typeof attempts.$inferSelect;
export type OrderStatus = OrderRow["status"];

/** An order of an account: every look-up needs both, so that no id alone opens another account's order. */
export type OrderRef = { readonly accountId: string; readonly orderId: string };

export type OrderState = {
  readonly order: OrderRow;
  /** The newest attempt, open or ended. */
  readonly attempt: AttemptRow | null;
  readonly now: Date;
};

/** The order and its newest attempt, or null when this account has no such order. */
export async function findOrderState(
  db: Reader,
  { accountId, orderId }: OrderRef,
): Promise<OrderState | null> {
  const [row] = await db
    .select({ order: orders, attempt: attempts, now: sql<string>`clock_timestamp()` })
    .from(orders)
    .leftJoin(attempts, and(eq(attempts.accountId, orders.accountId), eq(attempts.orderId, orders.id)))
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)))
    .orderBy(desc(attempts.number))
    .limit(1);
  return row ? { ...row, now: new Date(row.now) } : null;
}

/**
 * Takes the account's lock and reads the order under it, in one round trip: the queries are sent together and run in
 * this order, so what is read was written before the lock was granted.
 */
export async function lockOrder(
  tx: Tx,
  ref: OrderRef,
): Promise<{ account: AccountRow; now: Date; state: OrderState | null }> {
  const [locked, state] = await Promise.all([lockAccount(tx, ref.accountId), findOrderState(tx, ref)]);
  return { ...locked, state };
}

export const isOpen = (attempt: AttemptRow | null): attempt is AttemptRow =>
  attempt !== null && attempt.endedAt === null;

/** Adds one state to the order's history. */
export async function recordTransition(
  tx: Tx,
  {
    accountId,
    orderId,
    status,
    attemptNumber,
    at,
  }: OrderRef & { status: OrderStatus; attemptNumber: number | null; at: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into order_transitions as t (account_id, order_id, number, status, attempt_number, at)
    select ${accountId}::uuid, ${orderId}::uuid, coalesce(max(p.number), 0) + 1, ${status}::order_status,
      ${attemptNumber}::smallint, ${at.toISOString()}::timestamptz
    from order_transitions p where p.account_id = ${accountId} and p.order_id = ${orderId}`);
  tell(tx, { kind: "order", accountId, orderId, outcome: status, attempt: attemptNumber });
}

/** Moves the order to a state and writes it into its history. */
export async function moveOrder(
  tx: Tx,
  { order, attempt }: Pick<OrderState, "order" | "attempt">,
  status: OrderStatus,
  now: Date,
  changes: Partial<typeof orders.$inferInsert> = {},
): Promise<void> {
  const { accountId, id: orderId } = order;
  await Promise.all([
    tx
      .update(orders)
      .set({ ...changes, status, updatedAt: now })
      .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId))),
    recordTransition(tx, { accountId, orderId, status, attemptNumber: attempt?.number ?? null, at: now }),
  ]);
}

/** Writes down for good that the order was paid. Its row says so already: the database refuses it otherwise. */
export async function recordPayment(
  tx: Tx,
  { accountId, id: orderId, amountCents, currency, credits }: OrderRow,
  paid: { readonly paymentIntentId: string; readonly grantId: string; readonly paidAt: Date },
): Promise<void> {
  await tx.insert(orderPayments).values({ accountId, orderId, amountCents, currency, credits, ...paid });
}

export async function changeOrder(
  tx: Tx,
  order: OrderRow,
  changes: Partial<typeof orders.$inferInsert>,
): Promise<void> {
  await tx
    .update(orders)
    .set(changes)
    .where(and(eq(orders.accountId, order.accountId), eq(orders.id, order.id)));
}

export async function changeAttempt(
  tx: Tx,
  attempt: AttemptRow,
  changes: Partial<typeof attempts.$inferInsert>,
): Promise<void> {
  const { accountId, orderId, number } = attempt;
  await tx
    .update(attempts)
    .set(changes)
    .where(
      and(eq(attempts.accountId, accountId), eq(attempts.orderId, orderId), eq(attempts.number, number)),
    );
  const { status: outcome, endedAt, declineCode: code = null } = changes;
  if (outcome && endedAt && outcome !== attempt.status)
    tell(tx, { kind: "attempt", accountId, orderId, attempt: number, outcome, code });
}
