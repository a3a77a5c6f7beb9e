import type Stripe from "stripe";
import type { Simulator } from "./server";
import { simulate, until } from "./testing";

export const START = Date.parse("2026-01-31T09:00:00Z");
export const DAY_MS = 24 * 3600 * 1000;

/** A simulator at a fixed instant with two monthly plans and a yearly one. */
export async function simulatePlans(options: Parameters<typeof simulate>[0] = {}) {
  let nowMs = START;
  const { simulator, stripe } = await simulate({ now: () => nowMs, ...options });
  const price = async (name: string, unit_amount: number, interval: "month" | "year" = "month") => {
    const id = `price_${name.replaceAll(/\W/g, "")}`;
    simulator.store.transact(() => {
      const product = { id: `prod_${name}`, object: "product", name } as unknown as Stripe.Product;
      simulator.store.put("product", product);
      simulator.store.put("price", {
        id,
        object: "price",
        active: true,
        billing_scheme: "per_unit",
        created: 1,
        currency: "usd",
        custom_unit_amount: null,
        livemode: false,
        lookup_key: null,
        metadata: {},
        nickname: null,
        product: product.id,
        recurring: {
          interval,
          interval_count: 1,
          meter: null,
          trial_period_days: null,
          usage_type: "licensed",
        },
        tax_behavior: "unspecified",
        tiers_mode: null,
        transform_quantity: null,
        type: "recurring",
        unit_amount,
        unit_amount_decimal: String(unit_amount),
      } as unknown as Stripe.Price);
    });
    return id;
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
  /** The types of the events about a subscription and its invoices, oldest first. */
  const eventsSince = async (since = 0) => {
    const events = await stripe.events.list({ limit: 100, created: { gte: since } });
    return events.data.map(({ type }) => type).reverse();
  };
  const moveTo = async (iso: string) => {
    const target = Date.parse(iso);
    for (;;) {
      const due = simulator.store
        .list("job")
        .reverse()
        .filter((job) => job.atMs <= target);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      nowMs = Math.max(nowMs, next.atMs);
      await until(() => !simulator.store.get("job", next.id));
    }
    nowMs = target;
  };
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

export function balanceOf(simulator: Simulator, customer: string): number {
  return simulator.store.get("customer", customer)?.balance ?? 0;
}
