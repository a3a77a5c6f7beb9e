import { invalidParameter, missing } from "../wire/errors";
import type { Work } from "../work";
import { type LineDraft, periodLine, prorationLine } from "./invoice-lines";
import { assertQuantity, assertTogether, priceToSubscribe } from "./subscription-create";
import { boundaryAfter } from "./subscription-periods";
import {
  billingIntervalOf,
  type Item,
  isInTrial,
  isMetered,
  itemFor,
  planOf,
  type Subscription,
} from "./subscription-rows";
import { taxRatesBy } from "./tax-rates";

export type ItemChange = {
  id?: string;
  price?: string;
  quantity?: number;
  deleted?: boolean;
  tax_rates?: string[];
  metadata?: Record<string, string> | null;
};
export type ProrationBehavior = "none" | "create_prorations" | "always_invoice";
export type ChangeRequest = {
  items?: ItemChange[];
  billing_cycle_anchor?: { type: "now" | "unchanged" };
  proration_behavior?: ProrationBehavior;
  /** Prorated as if it were then, in seconds; now unless told otherwise. */
  proration_date?: number;
};

/** What a change of items or anchor comes to, before any of it is done. */
export type Change = {
  items: Item[];
  anchor: number;
  /** Billed with an invoice of its own, now. */
  now: LineDraft[] | null;
  /** Billed with the next invoice. */
  later: LineDraft[];
};

export function planChange(work: Work, before: Subscription, asked: ChangeRequest, now: number): Change {
  const wanted = changeItems(work, before, asked.items ?? [], now);
  assertTogether(wanted.map((item) => item.price));
  const resets = asked.billing_cycle_anchor?.type === "now";
  const anchor = resets ? now : before.billing_cycle_anchor;
  const items = wanted.map((item) => (resets ? restart(item, now) : keepCounting(before, item, now)));
  const behavior = asked.proration_behavior ?? "create_prorations";
  const at = asked.proration_date ?? now;
  if (asked.proration_date !== undefined) assertWithinPeriod(before, at);
  const prorations = behavior === "none" ? [] : prorate(work, before, items, at, resets);
  if (resets)
    return {
      items,
      anchor,
      now: [...prorations, ...items.map((item) => periodLine(work, item, anchor))],
      later: [],
    };
  const atOnce = behavior === "always_invoice" && prorations.length > 0;
  return { items, anchor, now: atOnce ? prorations : null, later: atOnce ? [] : prorations };
}

function assertWithinPeriod(before: Subscription, at: number): void {
  if (
    before.items.data.some(
      ({ current_period_start: start, current_period_end: end }) => start <= at && at <= end,
    )
  )
    return;
  throw invalidParameter(
    "Cannot specify proration date outside of current subscription period",
    "subscription_proration_date",
  );
}

function changeItems(work: Work, before: Subscription, changes: ItemChange[], now: number): Item[] {
  let items = before.items.data;
  for (const [index, change] of changes.entries()) {
    const at = `items[${index}]`;
    const current = items.find((item) => item.id === change.id);
    if (change.id && !current) throw missing("subscription item", change.id, `${at}[id]`);
    if (change.deleted) items = items.filter((item) => item !== current);
    else if (current)
      items = items.map((item) => (item === current ? changeItem(work, item, change, at) : item));
    else items = [...items, addItem(work, before, change, at, now)];
  }
  if (items.length === 0)
    throw invalidParameter("A subscription must have at least one active plan.", "items");
  return items;
}

function changeItem(work: Work, item: Item, change: ItemChange, at: string): Item {
  const price =
    change.price && change.price !== item.price.id
      ? priceToSubscribe(work, change.price, `${at}[price]`)
      : item.price;
  assertQuantity(price, change.quantity, at);
  const { quantity: before, ...kept } = item;
  const quantity = isMetered(price) ? {} : { quantity: change.quantity ?? before ?? 1 };
  const rates = change.tax_rates && { tax_rates: taxRatesBy(work, change.tax_rates, `${at}[tax_rates]`) };
  const metadata = change.metadata ?? item.metadata;
  return { ...kept, metadata, plan: planOf(price), price, ...quantity, ...rates };
}

function addItem(work: Work, before: Subscription, change: ItemChange, at: string, now: number): Item {
  if (!change.price)
    throw invalidParameter(`Missing required param: ${at}[price].`, `${at}[price]`, "parameter_missing");
  const price = priceToSubscribe(work, change.price, `${at}[price]`);
  assertQuantity(price, change.quantity, at);
  const end = boundaryAfter(before.billing_cycle_anchor, billingIntervalOf(price), now);
  const { quantity = 1, metadata, tax_rates = [] } = change;
  const taxRates = taxRatesBy(work, tax_rates, `${at}[tax_rates]`);
  const period = { start: now, end };
  return itemFor(before.id, price, { quantity, metadata: metadata ?? {}, period, taxRates }, now);
}

function sameInterval(one: Item, other: Item): boolean {
  const [was, is] = [one, other].map(({ price }) => billingIntervalOf(price));
  return was?.interval === is?.interval && was?.interval_count === is?.interval_count;
}

export function restart(item: Item, now: number): Item {
  const current_period_end = boundaryAfter(now, billingIntervalOf(item.price), now);
  return { ...item, current_period_end, current_period_start: now };
}

/**
 * Of another interval than before, an item's period began when it did and lasts until that interval's next boundary from
 * the anchor: in flexible billing mode only `now` moves that (recorded: pay-rails/pay, a monthly plan swapped for a yearly).
 */
function keepCounting(before: Subscription, item: Item, now: number): Item {
  const old = before.items.data.find(({ id }) => id === item.id);
  if (!old || sameInterval(old, item)) return item;
  const current_period_end = boundaryAfter(before.billing_cycle_anchor, billingIntervalOf(item.price), now);
  return { ...item, current_period_end };
}

/**
 * Gives back what is left of the old, and asks for the rest of the new unless a whole new period begins. A trial costs nothing,
 * so nothing of it is given back or asked for (documentation, "Prorations": a trial's prorations come to nothing).
 */
function prorate(work: Work, before: Subscription, items: Item[], now: number, resets: boolean): LineDraft[] {
  if (isInTrial(before, now)) return [];
  const same = (one: Item, other: Item) =>
    one.id === other.id && one.price.id === other.price.id && one.quantity === other.quantity;
  const gone = before.items.data.filter((old) => resets || !items.some((item) => same(old, item)));
  const fresh = resets ? [] : items.filter((item) => !before.items.data.some((old) => same(old, item)));
  const back = gone
    .filter((item) => item.current_period_end > now)
    .map((item) => prorationLine(work, item, before.billing_cycle_anchor, { now, sign: -1 }));
  return [
    ...back,
    ...fresh.map((item) => prorationLine(work, item, before.billing_cycle_anchor, { now, sign: 1 })),
  ].filter((line) => line.amount !== 0);
}
