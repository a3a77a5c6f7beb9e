import type { Tx } from "../../../db/client";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import { changeOrder, lockOrder, moveOrder, type OrderRef } from "./rows";
import { type Settled, settleOrder } from "./settle";

export type CancelOrderError =
  | { readonly code: "order_not_found" }
  | { readonly code: "already_paid" }
  | { readonly code: "under_review" }
  /** A payment is under way whose outcome is not known yet. */
  | { readonly code: "payment_in_progress" };

/**
 * Cancels an order that is not paid, and its PaymentIntent. The request is stored before Stripe is asked, so nothing
 * new is charged from then on; if the bank was faster, the order ends paid and not canceled. One of the two.
 */
export async function cancelOrder(
  deps: BillingDeps,
  ref: OrderRef,
): Promise<Result<Settled, CancelOrderError>> {
  const requested = await transact(deps.db, (tx) => recordCancelRequest(tx, ref));
  if (!requested.ok) return requested;
  const { attemptNumber, paymentIntentId } = requested.value;
  if (!paymentIntentId) return ok({ status: "canceled", actionUrl: null, unknown: false });
  const asked = refusedIsUnknown(await deps.gateway.cancelPayment(paymentIntentId));
  return ok(await settleOrder(deps, ref, { heard: { asked, attemptNumber } }));
}

type CancelRequest = {
  attemptNumber: number | null /** Null when there is nothing to stop at Stripe. */;
  paymentIntentId: string | null;
};

async function recordCancelRequest(tx: Tx, ref: OrderRef): Promise<Result<CancelRequest, CancelOrderError>> {
  const { state, now } = await lockOrder(tx, ref);
  if (!state) return err({ code: "order_not_found" });
  const { order, attempt } = state;
  if (order.status === "canceled") return ok({ attemptNumber: null, paymentIntentId: null });
  if (order.paidAt) return err({ code: "already_paid" });
  if (order.parkedReason) return err({ code: "under_review" });
  if (order.status === "processing") return err({ code: "payment_in_progress" });
  if (!order.paymentIntentId) {
    await moveOrder(tx, state, "canceled", now, { canceledAt: now });
    return ok({ attemptNumber: null, paymentIntentId: null });
  }
  await changeOrder(tx, order, { cancelRequestedAt: order.cancelRequestedAt ?? now });
  return ok({ attemptNumber: attempt?.number ?? null, paymentIntentId: order.paymentIntentId });
}
