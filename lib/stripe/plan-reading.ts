import type Stripe from "stripe";
import type { InvoiceFacts } from "../billing/plan-gateway";
import { allLinesOf } from "./list-billing";
import type { PriceBook } from "./plan-prices";
import { defaultIntentOf, priceOfLine, toInvoiceFacts } from "./plan-translate";

export type PlanReader = {
  readonly stripe: Stripe;
  readonly prices: PriceBook;
};

/** As deep as Stripe expands: four levels. */
export const PAYMENTS = { expand: ["payments.data.payment.payment_intent"] };

export const pricesOfInvoice = ({ lines }: Pick<Stripe.Invoice, "lines">) => lines.data.map(priceOfLine);

/**
 * Stripe sends the first lines along, and the period of a plan comes after whatever was put on the bill before. The lines of a preview
 * are asked for in the same way, by the id that it has (https://docs.stripe.com/api/invoices/create_preview).
 */
export async function withAllLines(stripe: Stripe, invoice: Stripe.Invoice): Promise<Stripe.Invoice> {
  if (!invoice.lines.has_more) return invoice;
  const data = [...(await allLinesOf(stripe, invoice))];
  return { ...invoice, lines: { ...invoice.lines, data, has_more: false } };
}

/** An invoice's default payment, which is asked for where it was not sent along. */
export async function intentOf(
  stripe: Stripe,
  invoice: Stripe.Invoice,
): Promise<Stripe.PaymentIntent | null> {
  const intent = defaultIntentOf(invoice);
  return typeof intent === "string" ? stripe.paymentIntents.retrieve(intent) : intent;
}

export const retrieveInvoice = (stripe: Stripe, id: string): Promise<Stripe.Invoice> =>
  stripe.invoices.retrieve(id, PAYMENTS);

export async function findInvoice(reader: PlanReader, id: string): Promise<InvoiceFacts> {
  return toFacts(reader, await retrieveInvoice(reader.stripe, id));
}

/** `payments` must be expanded. `intent` is what is known of its payment; left out, that of an open invoice is found. */
export async function toFacts(
  { stripe, prices }: PlanReader,
  invoice: Stripe.Invoice,
  intent?: Stripe.PaymentIntent,
): Promise<InvoiceFacts> {
  const whole = await withAllLines(stripe, invoice);
  const planOf = await prices.read(pricesOfInvoice(whole).filter((id) => id !== null));
  // Only what is still to be paid is worth a question.
  const found = intent ?? (whole.status === "open" ? await intentOf(stripe, whole) : null);
  return toInvoiceFacts(whole, planOf, found);
}
