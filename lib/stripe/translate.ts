import type Stripe from "stripe";
import type { Card, Payment, PaymentStatus } from "../billing/gateway";
import { cents } from "../money/credits";
import { toPlainLine } from "../plain-text";

/** Stripe's intent in our words. */
export function toPayment(intent: Stripe.PaymentIntent): Payment {
  return {
    id: intent.id,
    status: toPaymentStatus(intent),
    amountCents: cents(BigInt(intent.amount)),
    receivedCents: cents(BigInt(intent.amount_received)),
    currency: intent.currency,
    customerId: idOf(intent.customer),
    accountId: intent.metadata.account_id ?? null,
    orderId: intent.metadata.order_id ?? null,
    actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
    failureCode: toFailureCode(intent),
  };
}

/** Why the last try failed; Stripe keeps it until the next one. */
export function toFailureCode({ last_payment_error: failure }: Stripe.PaymentIntent): string | null {
  return failure ? toPlainLine(failure.decline_code ?? failure.code ?? "", 100) || "unknown" : null;
}

/** Where a payment stands. */
export function toPaymentStatus(intent: Stripe.PaymentIntent): PaymentStatus {
  switch (intent.status) {
    case "succeeded":
      return "succeeded";
    case "processing":
      return "processing";
    case "requires_action":
      return "requires_action";
    case "canceled":
      return "canceled";
    case "requires_payment_method":
      return intent.last_payment_error ? "declined" : "idle";
    default:
      return "idle"; // Unconfirmed, waiting for a capture we never ask for, or a status newer than this code.
  }
}

/** Only cards are saved; anything else a customer has is not shown. */
export function toCard(method: Stripe.PaymentMethod): Card | null {
  if (method.type !== "card" || !method.card) return null;
  const { brand, display_brand, last4, exp_month, exp_year } = method.card;
  return {
    id: method.id,
    brand: toPlainLine(display_brand ?? brand, 50) || "card",
    last4,
    expMonth: exp_month,
    expYear: exp_year,
    createdAt: new Date(method.created * 1000),
  };
}

export const idOf = (reference: string | { id: string } | null | undefined): string | null =>
  typeof reference === "string" ? reference : (reference?.id ?? null);
