import { and, eq } from "drizzle-orm";
import { accounts, orders } from "../../../db/schema";
import { mayTrustList } from "../ask-again";
import type { BillingDeps } from "../deps";
import { type Payment, refusedIsUnknown } from "../gateway";
import { findOrderState, type OrderRef, type OrderState } from "./rows";
import { settleOrder } from "./settle";

const MINUTE_MS = 60_000;

/** `unknown`: Stripe did not say of all of it; the sweep asks again. */
export type ClosedOrderEnd = "done" | "unknown" | "parked_again";

/**
 * Cancels at Stripe whatever may still take money for an order that an operator closed: each payment that has it written on it,
 * also one whose answer nobody heard. One that took money before it could be canceled, and that the operator did not know of,
 * parks the order again. Until Stripe has said of all of them that they ended it is due, for `sweepOrders`.
 */
export async function endClosedOrder(deps: BillingDeps, ref: OrderRef): Promise<ClosedOrderEnd> {
  const state = await findOrderState(deps.db, ref);
  if (!state?.order.nextClosedReadAt) return "done";
  const payments = await cancelPayments(deps, state);
  for (const value of payments ?? []) {
    if (value.status !== "succeeded") continue;
    const asked = { kind: "answered", value } as const;
    await settleOrder(deps, ref, { heard: { asked, attemptNumber: state.attempt?.number ?? null } });
  }
  const isSent = !state.attempt || mayTrustList({ storedAt: state.attempt.createdAt, now: state.now });
  const hasEnded = payments?.every(isOver) === true && isSent;
  await planNextRead(deps, state, hasEnded);
  const isParked = (await findOrderState(deps.db, ref))?.order.parkedReason != null;
  if (isParked) return "parked_again";
  return payments?.every(isOver) ? "done" : "unknown";
}

const isOver = ({ status }: Payment): boolean => status === "succeeded" || status === "canceled";

/** The order's payments as they are once it was tried to cancel them; null: Stripe did not say of one. */
async function cancelPayments(
  { db, gateway, log }: BillingDeps,
  { order, attempt }: OrderState,
): Promise<readonly Payment[] | null> {
  const [account] = await db
    .select({ customerId: accounts.stripeCustomerId })
    .from(accounts)
    .where(eq(accounts.id, order.accountId));
  const customerId = attempt?.customerId ?? account?.customerId;
  if (!customerId) return []; // Nobody Stripe could have charged.
  const since = new Date(order.createdAt.getTime() - MINUTE_MS);
  const listed = await gateway.listPaymentsOfOrder({ customerId, orderId: order.id, since });
  let isSilent = listed.kind !== "answered";
  const found = listed.kind === "answered" ? listed.value : [];
  const open = new Set(found.filter((each) => !isOver(each)).map(({ id }) => id));
  const own = order.paymentIntentId;
  if (own && !found.some(({ id }) => id === own)) open.add(own);
  const ended = found.filter(isOver);
  for (const id of open) {
    const asked = refusedIsUnknown(await gateway.cancelPayment(id));
    if (asked.kind === "answered") ended.push(asked.value);
    else isSilent = true;
  }
  if (!isSilent) return ended;
  log.warn({ orderId: order.id }, "Stripe did not say of all payments of a closed order that they ended");
  return null;
}

/** Asked again after a minute, and less often the longer it is closed. */
async function planNextRead(deps: BillingDeps, { order, now }: OrderState, hasEnded: boolean): Promise<void> {
  const { accountId, id, closedAt } = order;
  if (!closedAt) return;
  const waitMs = Math.max(MINUTE_MS, (now.getTime() - closedAt.getTime()) / 4);
  await deps.db
    .update(orders)
    .set({ nextClosedReadAt: hasEnded ? null : new Date(now.getTime() + waitMs) })
    // Opened again, or closed anew, meanwhile: that has a turn of its own.
    .where(and(eq(orders.accountId, accountId), eq(orders.id, id), eq(orders.closedAt, closedAt)));
}
