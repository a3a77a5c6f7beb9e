import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";
import { clockOf, nowOf } from "./clock";
import { emitChange } from "./events";
import type { BillingInterval } from "./subscription-periods";

export type Subscription = Stripe.Subscription;
export type Item = Stripe.SubscriptionItem;

export function getSubscription(work: Work, id: string, param = "id"): Subscription {
  const subscription = work.store.get("subscription", id);
  if (!subscription) throw missing("subscription", id, param);
  return subscription;
}

/** Changes the row and tells what changed. */
export function changeSubscription(work: Work, id: string, patch: Partial<Subscription>): Subscription {
  const before = getSubscription(work, id);
  const after = work.store.update("subscription", id, patch);
  emitChange(work, "customer.subscription.updated", before, after);
  return after;
}

/** Seconds, on the clock of the subscription's customer. */
export function timeOf(work: Work, subscription: Subscription): number {
  return nowOf(work, idOf(subscription.customer));
}

const ENDED = ["canceled", "incomplete_expired"];

export function hasEnded(subscription: Subscription): boolean {
  return ENDED.includes(subscription.status);
}

/** A trial was not paid for, so nothing of it can be given back. */
export function isInTrial({ trial_end }: Pick<Subscription, "trial_end">, now: number): boolean {
  return trial_end !== null && now < trial_end;
}

/** When the earliest of its items' periods ends. */
export function periodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

export function billingIntervalOf(price: Stripe.Price): BillingInterval {
  if (!price.recurring) throw new Error(`${price.id} is not recurring`);
  return price.recurring;
}

/** The customer's live subscriptions, newest first. */
export function subscriptionsOf(work: Work, customer: string): Subscription[] {
  return work.store
    .listOf("subscription", "customer", customer)
    .filter((subscription) => !hasEnded(subscription));
}

/** The card a renewal is charged to. */
export function cardOf(work: Work, subscription: Subscription): string | null {
  const own = idOf(subscription.default_payment_method);
  const customer = work.store.get("customer", idOf(subscription.customer) ?? "");
  return own ?? idOf(customer?.invoice_settings.default_payment_method);
}

export function itemFor(
  subscription: string,
  price: Stripe.Price,
  given: {
    quantity: number;
    metadata?: Record<string, string>;
    period: { start: number; end: number };
    taxRates?: Stripe.TaxRate[];
  },
  created: number,
): Item {
  return {
    id: newId("si", 14),
    object: "subscription_item",
    billing_thresholds: null,
    created,
    current_period_end: given.period.end,
    current_period_start: given.period.start,
    current_trial: null,
    discounts: [],
    metadata: given.metadata ?? {},
    plan: planOf(price),
    price,
    ...(isMetered(price) ? {} : { quantity: given.quantity }),
    subscription,
    tax_rates: given.taxRates ?? [],
  };
}

/** Billed for what was used, which the simulator never hears of; it has no quantity. */
export function isMetered({ recurring }: Stripe.Price): boolean {
  return recurring?.usage_type === "metered";
}

/** The same price in the shape of before there were prices. */
export function planOf(price: Stripe.Price): Stripe.Plan {
  const { interval, interval_count } = billingIntervalOf(price);
  const { meter = null, usage_type = "licensed" } = price.recurring ?? {};
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: "per_unit",
    created: price.created,
    currency: price.currency,
    interval,
    interval_count,
    livemode: false,
    metadata: price.metadata,
    meter,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type,
  };
}

export function itemList(subscription: string, items: Item[]): Subscription["items"] {
  const url = `/v1/subscription_items?subscription=${subscription}`;
  return { object: "list", data: items, has_more: false, url } as Subscription["items"];
}

/** A changed price shows everywhere it is embedded; nothing happened to the subscriptions themselves. */
export function refreshPrice(work: Work, price: Stripe.Price): void {
  for (const subscription of work.store.list("subscription")) {
    const items = subscription.items.data;
    if (!items.some((item) => item.price.id === price.id)) continue;
    const fresh = items.map((item) =>
      item.price.id === price.id ? { ...item, price, plan: planOf(price) } : item,
    );
    work.store.update("subscription", subscription.id, { items: itemList(subscription.id, fresh) });
  }
}

export function blankSubscription(work: Work, id: string, customer: string): Subscription {
  const now = nowOf(work, customer);
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: now,
    currency: "usd",
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: itemList(id, []),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: "incomplete",
    test_clock: clockOf(work, customer),
    transfer_data: null,
    trial_end: null,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" },
    },
    trial_start: null,
  };
}
