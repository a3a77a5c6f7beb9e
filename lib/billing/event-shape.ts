import { z } from "zod";
import type { Told } from "./deps";

const idOrObject = z.union([z.string(), z.object({ id: z.string() }).transform((each) => each.id)]).nullish();

/** Of an event only what says where to look; the object itself is always fetched anew. */
export const eventShape = z.object({
  type: z.string(),
  data: z.object({
    object: z.object({
      id: z.string(),
      object: z.string(),
      customer: idOrObject,
      metadata: z.record(z.string(), z.string()).nullish(),
      mode: z.string().nullish(),
      payment_intent: idOrObject,
      invoice: idOrObject,
    }),
    previous_attributes: z.object({ customer: idOrObject }).nullish(),
  }),
});
export type StripeEventShape = z.output<typeof eventShape>;

export const concernsPlan = ({ type, data }: StripeEventShape): boolean =>
  type.startsWith("customer.subscription.") ||
  type.startsWith("invoice.") ||
  type.startsWith("subscription_schedule.") ||
  type.startsWith("credit_note.") ||
  type === "customer.deleted" ||
  (type.startsWith("checkout.session.") && data.object.mode === "subscription");

export const concernsCards = ({ type }: StripeEventShape): boolean =>
  type.startsWith("payment_method.") || type === "customer.updated" || type === "checkout.session.completed";

/** Refunds, disputes and warnings: whatever is about money of a payment after it was paid. */
export const concernsReturns = ({ type }: StripeEventShape): boolean =>
  type === "charge.refunded" ||
  type.startsWith("charge.refund.") ||
  type.startsWith("refund.") ||
  type.startsWith("charge.dispute.") ||
  type.startsWith("radar.early_fraud_warning.");

/** The invoice that a credit note of an event is for; null for what is about anything else. */
export const creditedInvoiceOf = ({ type, data }: StripeEventShape): string | null =>
  type.startsWith("credit_note.") ? (data.object.invoice ?? null) : null;

/** What events about a plan tell of. */
export function toldBy(events: readonly StripeEventShape[]): Told {
  const ofInvoices = events.filter(({ type }) => type.startsWith("invoice."));
  const others = events.filter((each) => !ofInvoices.includes(each));
  const isRenewal =
    ofInvoices.length > 0 && others.every(({ type }) => type === "customer.subscription.updated");
  return {
    invoiceIds: [
      ...ofInvoices.flatMap(({ data: { object } }) => (object.object === "invoice" ? object.id : [])),
      ...events.flatMap((each) => creditedInvoiceOf(each) ?? []),
    ],
    onlyOf: isRenewal ? others.map(({ data }) => data.object.id) : null,
  };
}

/** Stripe's id of the customer whom an event is about, or undefined or null. */
export function customerOf({ data }: StripeEventShape): string | null | undefined {
  const { object, previous_attributes } = data;
  return object.object === "customer" ? object.id : (object.customer ?? previous_attributes?.customer);
}

/** What a queue takes for a name. */
const CUSTOMER_ID = /^[\w-]{1,200}$/;

/** The customer whose plan is read anew because of an event, as it was delivered; null for what is about anything else. */
export function planCustomerOf(payload: unknown): string | null {
  const { success, data: event } = eventShape.safeParse(payload);
  if (!success || event.type.startsWith("payment_intent.") || !concernsPlan(event)) return null;
  const customer = customerOf(event);
  return customer && CUSTOMER_ID.test(customer) ? customer : null;
}
