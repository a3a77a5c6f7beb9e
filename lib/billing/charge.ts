import type { ChargeRequest } from "./gateway";
import type { AttemptRow, OrderRow } from "./order-rows";

/** The charge an attempt stands for, built from stored rows alone: asked again, it is the same to the letter. */
export function chargeOf(order: OrderRow, attempt: AttemptRow): ChargeRequest {
  return {
    key: attempt.idempotencyKey,
    accountId: order.accountId,
    orderId: order.id,
    reference: order.reference,
    amountCents: order.amountCents,
    currency: order.currency,
    customerId: attempt.customerId,
    paymentMethodId: attempt.paymentMethodId,
    returnUrl: attempt.returnUrl,
    existingPaymentId: attempt.confirmsExisting ? attempt.paymentIntentId : null,
  };
}
