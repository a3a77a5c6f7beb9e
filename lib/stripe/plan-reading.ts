import type Stripe from "stripe";
import type { InvoiceFacts } from "../billing/plan-gateway";
import type { PriceBook } from "./plan-prices";
import { intentIdOf, priceOfLine, toInvoiceFacts } from "./plan-translate";

export type PlanReader = {
  readonly stripe: Stripe;
  readonly prices: PriceBook;
};

const PAYMENTS = { expand: ["payments"] };

export const pricesOfInvoice = ({ lines }: Pick<Stripe.Invoice, "lines">) => lines.data.map(priceOfLine);

/** Stripe sends the first lines along, and the period of a plan comes after whatever was put on the bill before. */
async function withAllLines(stripe: Stripe, invoice: Stripe.Invoice): Promise<Stripe.Invoice> {
  if (!invoice.lines.has_more) return invoice;
  return { ...invoice, lines: await stripe.invoices.listLineItems(invoice.id, { limit: 100 }) };
}

/** Only what is still to be paid is worth a question. */
async function findIntent(stripe: Stripe, invoice: Stripe.Invoice): Promise<Stripe.PaymentIntent | null> {
  const id = invoice.status === "open" ? intentIdOf(invoice) : null;
  return id ? stripe.paymentIntents.retrieve(id) : null;
}

export const retrieveInvoice = (stripe: Stripe, id: string): Promise<Stripe.Invoice> =>
  stripe.invoices.retrieve(id, PAYMENTS);

export async function findInvoice(reader: PlanReader, id: string): Promise<InvoiceFacts> {
  return toFacts(reader, await retrieveInvoice(reader.stripe, id));
}

/** `payments` must be expanded. */
export async function toFacts(
  { stripe, prices }: PlanReader,
  invoice: Stripe.Invoice,
): Promise<InvoiceFacts> {
  const whole = await withAllLines(stripe, invoice);
  const planOf = await prices.read(pricesOfInvoice(whole).filter((id) => id !== null));
  return toInvoiceFacts(whole, planOf, await findIntent(stripe, whole));
}
