import type { ChargeRequest } from "../gateway";
import type { AttemptRow, OrderRow } from "./rows";

/** The charge an attempt stands for, built from stored rows alone: asked again, it is the same to the letter. */
export function chargeOf(order: OrderRow, attempt: AttemptRow): ChargeRequest {
  return {
    key: attempt.idempotencyKey,
    reference: order.reference,
    amountCents: order.amountCents,
    currency: order.currency,
    customerId: attempt.customerId,
    paymentMethodId: attempt.paymentMethodId,
    returnUrl: attempt.returnUrl,
    cardsOnly: attempt.cardsOnly,
    metadata: inOrder(attempt.metadata ?? namesOf(order)),
    existingPaymentId: attempt.confirmsExisting ? attempt.paymentIntentId : null,
  };
}

/** What every release has written on a payment: whose it is. */
const namesOf = ({ accountId, id, reference }: OrderRow) => ({
  account_id: accountId,
  order_id: id,
  reference,
});

/**
 * What is written on an order's payment, so that the order can be made again from what Stripe has, should our own record of
 * it be lost. Stored with the attempt: sent again it must not differ, whatever became of the order meanwhile.
 */
export const describeOrder = (order: OrderRow): Readonly<Record<string, string>> => ({
  ...namesOf(order),
  bundle_id: order.bundleId ?? "custom",
  credits: String(order.credits),
  expires_at: order.expiresAt.toISOString(),
  placed_by: order.placedBy,
});

/** The database keeps no order of names, and what is sent again has to be the same to the letter. */
const inOrder = (metadata: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
