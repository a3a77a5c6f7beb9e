import type { Payment } from "../gateway";
import type { OrderState } from "./rows";

export type MismatchReason =
  | "payment of another order"
  | "payment of another customer"
  | "another amount"
  | "another currency"
  | "another payment than the order's"
  | "paid in part"
  | "paid after it was canceled";

/** What about a payment is not as the order says, or null. Compared before anything is granted on it. */
export function mismatchOf(payment: Payment, { order, attempt }: OrderState): MismatchReason | null {
  if (payment.orderId !== order.id || payment.accountId !== order.accountId)
    return "payment of another order";
  if (!attempt || payment.customerId !== attempt.customerId) return "payment of another customer";
  if (payment.amountCents !== order.amountCents) return "another amount";
  if (payment.currency !== order.currency) return "another currency";
  if (order.paymentIntentId !== null && order.paymentIntentId !== payment.id)
    return "another payment than the order's";
  if (payment.status === "succeeded" && payment.receivedCents !== order.amountCents) return "paid in part";
  return null;
}
