import { type Cents, cents } from "../../../money/credits";
import { err, ok, type Result } from "../../../result";
import type { BillingDeps } from "../../deps";
import type { InvoicePayment } from "../../gateway";
import type { InvoiceRow } from "./rows";

export type RefundableError =
  /** Nothing of it was paid through Stripe: a balance paid it, or it was paid elsewhere. */
  | { readonly code: "invoice_paid_without_stripe" }
  /** Its payments were paid back at Stripe, or a bank took them. */
  | { readonly code: "nothing_left_at_stripe" }
  /** In the invoice's currency. */
  | { readonly code: "more_than_a_payment_has"; readonly mostCents: Cents; readonly currency: string }
  /** Stripe does not answer, or has no such invoice. */
  | { readonly code: "stripe_does_not_say" };

/** Of several payments that paid an invoice, the one that a refund of so much is asked of: the smallest that has so much left. */
export function paymentFor(
  payments: readonly InvoicePayment[],
  amountCents: Cents,
): InvoicePayment | undefined {
  const [chosen] = payments
    .filter((each) => each.leftCents >= amountCents)
    .toSorted((a, b) => (a.leftCents < b.leftCents ? -1 : 1));
  return chosen;
}

/**
 * Asks Stripe whether one payment of an invoice can pay so much of it back, before a refund is begun. What is stored cannot say that:
 * Stripe counts what was paid elsewhere as paid (https://docs.stripe.com/api/invoices/object#invoice_object-amount_paid), and one
 * refund is of one payment. Only looks.
 */
export async function checkRefundable(
  { gateway, log }: Pick<BillingDeps, "gateway" | "log">,
  { accountId, id: invoiceId, currency }: Pick<InvoiceRow, "accountId" | "id" | "currency">,
  amountCents: Cents,
): Promise<Result<undefined, RefundableError>> {
  const asked = await gateway.listInvoicePayments(invoiceId);
  if (asked.kind !== "answered") {
    log.warn({ accountId, invoiceId, asked }, "Stripe did not say what can be paid back of an invoice");
    return err({ code: "stripe_does_not_say" });
  }
  if (paymentFor(asked.value, amountCents)) return ok();
  if (asked.value.length === 0) return err({ code: "invoice_paid_without_stripe" });
  const mostCents = asked.value.reduce(
    (most, { leftCents }) => (leftCents > most ? leftCents : most),
    cents(0n),
  );
  return err(
    mostCents > 0n
      ? { code: "more_than_a_payment_has", mostCents, currency }
      : { code: "nothing_left_at_stripe" },
  );
}
