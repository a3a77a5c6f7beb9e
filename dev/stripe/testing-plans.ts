import type Stripe from "stripe";
import { simulate } from "./testing";

/** An anchor that not every month has. */
export const START = Date.parse("2026-01-31T09:00:00Z");

/** A simulator whose time is `START`, with plans to subscribe to. */
export async function simulatePlans(options: Parameters<typeof simulate>[0] = {}) {
  const { simulator, stripe } = await simulate(options);
  await simulator.clock.moveTo(START);
  const price = async (name: string, unit_amount: number, interval: "month" | "year" = "month") => {
    const product_data = { name };
    const recurring = { interval };
    return (await stripe.prices.create({ product_data, unit_amount, currency: "usd", recurring })).id;
  };
  const prices = {
    starter: await price("Starter", 1_000),
    premium: await price("Premium", 10_000),
    yearly: await price("Premium, yearly", 100_000, "year"),
    free: await price("Nothing", 0),
  };
  const customerWith = async (card: string | null, params: Stripe.CustomerCreateParams = {}) => {
    const customer = await stripe.customers.create({ email: "ann@shop.test", ...params });
    if (!card) return { customer: customer.id, card: "" };
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    return { customer: customer.id, card: method.id };
  };
  const subscribe = async (card = "pm_card_visa", more: Partial<Stripe.SubscriptionCreateParams> = {}) => {
    const owner = await customerWith(card);
    return stripe.subscriptions.create({
      customer: owner.customer,
      items: [{ price: prices.starter }],
      default_payment_method: owner.card,
      ...more,
    });
  };
  /** The types of all events since then, oldest first. */
  const eventsSince = async (since = 0) => {
    const events = await stripe.events.list({ limit: 100, created: { gte: since } });
    return events.data.map(({ type }) => type).reverse();
  };
  const moveTo = (iso: string) => simulator.clock.moveTo(Date.parse(iso));
  return { simulator, stripe, prices, customerWith, subscribe, eventsSince, moveTo };
}

export type Plans = Awaited<ReturnType<typeof simulatePlans>>;

export function itemOf(subscription: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no item`);
  return item;
}

export function isoOf(seconds: number | null | undefined): string | null {
  return seconds ? new Date(seconds * 1000).toISOString() : null;
}

/** To the minute: the simulator's time goes on while a test runs. */
export function minuteOf(seconds: number | null | undefined): string | null {
  return isoOf(seconds)?.slice(0, 16) ?? null;
}
