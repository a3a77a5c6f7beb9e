import type Stripe from "stripe";
import type { InvoiceFacts, PlanSnapshot } from "../billing/plan-gateway";
import { isMissing } from "./ask";
import type { PriceBook } from "./plan-prices";
import { intentIdOf, nextPriceOf, priceOfLine, toInvoiceFacts, toSubscriptionFacts } from "./plan-translate";

export type PlanReader = {
  readonly stripe: Stripe;
  readonly prices: PriceBook;
};

const PAYMENTS = { expand: ["payments"] };

/**
 * Everything about a customer's plan. A customer that was deleted has nothing; one that never was, as with the key of
 * another Stripe account, stays an error: nobody's plan may end because of it.
 */
export async function readPlan(reader: PlanReader, customerId: string): Promise<PlanSnapshot> {
  const { stripe } = reader;
  const [subscriptions, invoices] = await listAll(stripe, customerId);
  if (subscriptions.length + invoices.length > 0) return translate(reader, subscriptions, invoices);
  await stripe.customers.retrieve(customerId);
  return { subscriptions: [], invoices: [] };
}

async function listAll(stripe: Stripe, customer: string): Promise<[Stripe.Subscription[], Stripe.Invoice[]]> {
  try {
    const [subscriptions, invoices] = await Promise.all([
      stripe.subscriptions.list({ customer, status: "all", limit: 100, expand: ["data.schedule"] }),
      stripe.invoices.list({ customer, limit: 100, expand: ["data.payments"] }),
    ]);
    return [subscriptions.data, invoices.data];
  } catch (error) {
    if (!isMissing(error)) throw error;
    const known = await stripe.customers.retrieve(customer);
    if (known.deleted) return [[], []];
    throw error;
  }
}

async function translate(
  reader: PlanReader,
  subscriptions: Stripe.Subscription[],
  invoices: Stripe.Invoice[],
): Promise<PlanSnapshot> {
  const whole = await Promise.all(invoices.map((each) => withAllLines(reader.stripe, each)));
  const planOf = await reader.prices.read(
    [...subscriptions.flatMap(pricesOfSubscription), ...whole.flatMap(pricesOfInvoice)].filter(
      (id) => id !== null,
    ),
  );
  return {
    subscriptions: subscriptions
      .map((each) => toSubscriptionFacts(each, planOf))
      .filter((each) => each !== null),
    invoices: await Promise.all(
      whole.map(async (each) => toInvoiceFacts(each, planOf, await findIntent(reader.stripe, each))),
    ),
  };
}

const pricesOfSubscription = (subscription: Stripe.Subscription) => [
  ...subscription.items.data.map((each) => each.price.id),
  nextPriceOf(subscription),
];
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
export async function toFacts(reader: PlanReader, invoice: Stripe.Invoice): Promise<InvoiceFacts> {
  const snapshot = await translate(reader, [], [invoice]);
  const [facts] = snapshot.invoices;
  if (!facts) throw new Error("one invoice is translated to one");
  return facts;
}
