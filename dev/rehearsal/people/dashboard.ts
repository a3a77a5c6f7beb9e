import type Stripe from "stripe";
import { lookupKeyOf } from "../../../lib/catalog/prices";
import type { Scene } from "../flow";

// What an operator finds and does in Stripe's dashboard, by the API.

/** The customer's newest subscription, ended ones too. */
export async function subscriptionOf(scene: Scene): Promise<Stripe.Subscription> {
  const customer = await scene.customerId();
  return the(
    "subscription",
    (await scene.operator.subscriptions.list({ customer, status: "all", limit: 1 })).data,
  );
}

/** The customer's invoices, newest first. */
export async function invoicesOf(scene: Scene): Promise<readonly Stripe.Invoice[]> {
  const customer = await scene.customerId();
  return (await scene.operator.invoices.list({ customer, limit: 100 })).data;
}

/** The customer's newest invoice. */
export async function newestInvoice(scene: Scene): Promise<Stripe.Invoice> {
  const customer = await scene.customerId();
  return the("invoice", (await scene.operator.invoices.list({ customer, limit: 1 })).data);
}

/** The customer's newest charge, declined ones too. */
export async function newestCharge(scene: Scene): Promise<Stripe.Charge> {
  const customer = await scene.customerId();
  return the("charge", (await scene.operator.charges.list({ customer, limit: 1 })).data);
}

/** The customer's PaymentIntents, newest first. */
export async function paymentsOf(scene: Scene): Promise<readonly Stripe.PaymentIntent[]> {
  const customer = await scene.customerId();
  return (await scene.operator.paymentIntents.list({ customer, limit: 100 })).data;
}

/** What Stripe took of the customer, in cents, oldest first. */
export async function takenCents(scene: Scene): Promise<readonly number[]> {
  const customer = await scene.customerId();
  const { data } = await scene.operator.charges.list({ customer, limit: 100 });
  return data
    .filter(({ status }) => status === "succeeded")
    .map(({ amount }) => amount)
    .reverse();
}

/** The price of a plan as the catalog sells it. */
export async function priceOnSale(
  { operator }: Scene,
  plan: string,
  interval: "month" | "year" = "month",
): Promise<Stripe.Price> {
  return the("price", (await operator.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] })).data);
}

/** A monthly price of this customer's own, whose product says what it gives. */
export async function negotiatedPrice(
  { operator }: Scene,
  cents: number,
  says: Readonly<Record<string, string>>,
): Promise<Stripe.Price> {
  const product = await operator.products.create({
    name: "Negotiated plan",
    metadata: says,
  });
  return operator.prices.create({
    product: product.id,
    unit_amount: cents,
    currency: "usd",
    recurring: { interval: "month" },
  });
}

/** Changes the price of the subscription's one item. */
export async function changePrice(
  { operator }: Scene,
  { id, items }: Stripe.Subscription,
  price: string,
  how: Stripe.SubscriptionUpdateParams = {},
): Promise<Stripe.Subscription> {
  return operator.subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? "", price }], ...how });
}

/** When the running period of the subscription's first item began. */
export function startOf({ items }: Stripe.Subscription): Date {
  return new Date((items.data[0]?.current_period_start ?? Number.NaN) * 1_000);
}

/** When the running period of the subscription's first item ends. */
export function endOf({ items }: Stripe.Subscription): Date {
  return new Date((items.data[0]?.current_period_end ?? Number.NaN) * 1_000);
}

/** So many hours after an instant; negative ones before. */
export const hoursAfter = (at: Date, hours: number): Date => new Date(at.getTime() + hours * 3_600_000);

function the<T>(what: string, [found]: readonly T[]): T {
  if (found === undefined) throw new Error(`Stripe has no ${what} of this customer`);
  return found;
}
