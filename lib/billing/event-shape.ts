import { z } from "zod";

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

/**
 * The subscriptions that events about a plan tell of beside invoices, as at a renewal; undefined where they tell of anything else as well,
 * or of no invoice.
 */
export function toldOf(events: readonly StripeEventShape[]): readonly string[] | undefined {
  const isOfInvoice = ({ type }: StripeEventShape) => type.startsWith("invoice.");
  const others = events.filter((each) => !isOfInvoice(each));
  const isRenewal =
    others.length < events.length && others.every(({ type }) => type === "customer.subscription.updated");
  return isRenewal ? others.map(({ data }) => data.object.id) : undefined;
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
