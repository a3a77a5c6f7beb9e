import type Stripe from "stripe";
import { newId } from "../ids";
import { ApiError, invalidParameter, refused } from "../wire/errors";
import type { Work } from "../work";
import { type AddedItem, addInvoiceItems } from "./added-items";
import { nowOf } from "./clock";
import { type DiscountRequest, redeem } from "./discounts";
import { emit } from "./events";
import { draftInvoice, finalizeLater } from "./invoice-drafts";
import { finalizeInvoice, type Prepaid } from "./invoice-life";
import { periodLine, trialLine } from "./invoice-lines";
import { noCard, tryInvoice } from "./invoice-payments";
import type { Invoice } from "./invoice-rows";
import { pendingLines } from "./pending-lines";
import { getPrice } from "./prices";
import { boundaryAfter } from "./subscription-periods";
import {
  billingIntervalOf,
  blankSubscription,
  cardOf,
  getSubscription,
  type Item,
  isMetered,
  itemFor,
  itemList,
  type Subscription,
} from "./subscription-rows";
import { scheduleFor, scheduleRenewal, scheduleTrialEnd } from "./subscription-timing";

const INCOMPLETE_FOR = 23 * 3600;

export type WantedItem = {
  price: Stripe.Price;
  quantity: number;
  metadata: Record<string, string>;
  taxRates?: Stripe.TaxRate[];
};
export type NewSubscription = {
  customer: string;
  wanted: WantedItem[];
  /** In the future, for a first period that is cut short. */
  anchor?: number;
  prorate: boolean;
  /** When the free time ends that it begins with; null: there is none. */
  trialEnd?: number | null;
  discounts?: DiscountRequest[];
  /** Billed once, with the first invoice. */
  added?: AddedItem[];
  more: Partial<Subscription>;
};

/**
 * A subscription with its first invoice: open unless nothing is due or the payment was made already, or a draft for an
 * hour where it is sent by mail.
 */
export function beginSubscription(
  work: Work,
  given: NewSubscription,
  prepaid?: Prepaid,
): { subscription: Subscription; invoice: Invoice } {
  const { trialEnd = null } = given;
  const subscription = putSubscription(work, given);
  const { id, created: now, billing_cycle_anchor: anchor, items } = subscription;
  addInvoiceItems(work, subscription, given.added ?? []);
  const lines = withoutMetered(items.data)
    .map((item) => (trialEnd ? trialLine(work, item) : periodLine(work, item, anchor)))
    .map((line) => (given.prorate || anchor <= now ? line : { ...line, amount: 0 }));
  const invoice = draftInvoice(work, subscription, {
    reason: "subscription_create",
    // Checkout charges what its page shows: nothing else can be on that invoice.
    lines: [...(prepaid ? [] : pendingLines(work, subscription)), ...lines],
    period: { start: now, end: now },
  });
  const begun = work.store.update("subscription", id, { latest_invoice: invoice.id });
  emit(work, "customer.subscription.created", begun);
  scheduleRenewal(work, begun);
  scheduleTrialEnd(work, begun);
  if (begun.collection_method === "send_invoice" && !trialEnd)
    return { subscription: begun, invoice: finalizeLater(work, invoice) };
  const final = finalizeInvoice(work, invoice.id, prepaid);
  if (final.status !== "paid") scheduleFor(work, begun, "expire_incomplete", now + INCOMPLETE_FOR);
  return { subscription: getSubscription(work, id), invoice: final };
}

/**
 * Where something else is billed, what is metered has no line of nothing at the start (documentation, "Compare classic and
 * flexible billing mode").
 */
function withoutMetered(items: Item[]): Item[] {
  const licensed = items.filter(({ price }) => !isMetered(price));
  return licensed.length > 0 ? licensed : items;
}

function putSubscription(work: Work, given: NewSubscription): Subscription {
  const { trialEnd = null } = given;
  const id = newId("sub");
  const blank = blankSubscription(work, id, given.customer);
  const now = blank.created;
  const anchor = trialEnd ?? given.anchor ?? now;
  const items = given.wanted.map(({ price, ...others }) => {
    const period = { start: now, end: trialEnd ?? boundaryAfter(anchor, billingIntervalOf(price), now) };
    return itemFor(id, price, { ...others, period }, now);
  });
  const isSent = given.more.collection_method === "send_invoice";
  return work.store.put("subscription", {
    ...blank,
    ...(isSent ? { status: "active" } : {}),
    ...(trialEnd ? { status: "trialing", trial_end: trialEnd, trial_start: now } : {}),
    billing_cycle_anchor: anchor,
    currency: given.wanted[0]?.price.currency ?? "usd",
    discounts: redeem(work, given.discounts ?? [], { customer: given.customer, subscription: id }),
    items: itemList(id, items),
    ...given.more,
  });
}

export type PaymentBehavior = "allow_incomplete" | "default_incomplete" | "error_if_incomplete";

/** Collects the first invoice as the caller wants it done. */
export function collectFirst(
  work: Work,
  begun: { subscription: Subscription; invoice: Invoice },
  behavior: PaymentBehavior,
  offSession: boolean,
): Subscription {
  const { id } = begun.subscription;
  if (begun.invoice.status !== "open" || behavior === "default_incomplete") return getSubscription(work, id);
  const method = cardOf(work, begun.subscription);
  if (!method) throw noCard();
  const tried = tryInvoice(work, begun.invoice.id, { method, offSession, automatic: false });
  if (behavior === "error_if_incomplete") assertPaid(tried);
  return getSubscription(work, id);
}

/** Thrown so that nothing of the call stays, not even the failed charge. */
export function assertPaid(tried: ReturnType<typeof tryInvoice>): void {
  if (tried.kind === "paid" || tried.kind === "processing") return;
  if (tried.kind === "refused") {
    const { payment_intent, charge, ...body } = tried.error.body;
    throw new ApiError(402, body);
  }
  throw new ApiError(402, {
    type: "card_error",
    code: "subscription_payment_intent_requires_action",
    message:
      "Payment for this subscription requires additional user action before it can be completed successfully. " +
      "Payment can be completed using the PaymentIntent associated with subscription.latest_invoice.",
  });
}

/** A price somebody can subscribe to now. */
export function priceToSubscribe(work: Work, id: string, param: string): Stripe.Price {
  const price = getPrice(work, id, param);
  if (!price.active)
    throw refused("The price specified is inactive. This field only accepts active prices.", { param });
  if (!price.recurring)
    throw invalidParameter(
      "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
      param,
    );
  return price;
}

/** What is billed by use has no quantity, and none can be less than nothing. */
export function assertQuantity(price: Stripe.Price, quantity: number | undefined, at: string): void {
  if (quantity === undefined) return;
  if (isMetered(price))
    throw refused(`You cannot set the quantity of an item whose price is metered: ${price.id}.`, {
      param: `${at}[quantity]`,
    });
  if (quantity < 0)
    throw invalidParameter(
      "This value must be greater than or equal to 0.",
      `${at}[quantity]`,
      "parameter_invalid_integer",
    );
}

/**
 * The items of one subscription are paid in one currency, and each has a price of its own (recorded: 12_subscriptions).
 * Their intervals may differ (documentation, "Mixed interval subscriptions").
 */
export function assertTogether(prices: Stripe.Price[]): void {
  const [first] = prices;
  for (const [index, price] of prices.entries()) {
    if (price.currency !== first?.currency)
      throw refused("All prices on a subscription must have the same currency.", { param: "items" });
    if (prices.findIndex(({ id }) => id === price.id) < index)
      throw refused(
        `Cannot create a Subscription with multiple Subscription Items with the same Price: ${price.id}`,
        { param: "plan" },
      );
  }
}

/** A billing cycle anchor may lie ahead, but not further than one interval. */
export function assertAnchor(
  work: Work,
  customer: string,
  anchor: number | undefined,
  wanted: WantedItem[],
): void {
  if (anchor === undefined) return;
  const now = nowOf(work, customer);
  const furthest = Math.min(...wanted.map(({ price }) => boundaryAfter(now, billingIntervalOf(price), now)));
  if (anchor < now) throw invalidParameter("Timestamp can't be in the past", "billing_cycle_anchor");
  if (anchor > furthest)
    throw invalidParameter(
      "billing_cycle_anchor cannot be later than next natural billing date for plan",
      "billing_cycle_anchor",
    );
}
