import type { subscriptionItems, subscriptions } from "../../../db/schema";
import type { ItemFact, LineFact, PriceFact, SubscriptionFact } from "../facts";
import { toPriceColumns } from "./mirror-rows";

export type ItemRow = typeof subscriptionItems.$inferSelect;
type SubscriptionRow = typeof subscriptions.$inferSelect;

/** What is kept of a subscription before it is read anew. */
export type Before = {
  readonly subscription: SubscriptionRow | undefined;
  readonly items: readonly ItemRow[];
};

const isOursNow = ({ price }: ItemFact): boolean => price.reading.kind !== "other";

const wasOurs = ({ subscription, items }: Before, id: string): boolean =>
  (subscription?.plan != null && subscription.itemId === id) ||
  items.some((row) => row.id === id && (row.plan ?? row.unreadableReason ?? row.knownPlan) !== null);

/**
 * The ids of a subscription's items that are ours: they say so, or did before. Where none of those that were ours is left,
 * what was never seen before took their place: an operator moved the plan to a price that says nothing.
 */
export function findOwnItems({ items }: SubscriptionFact, before: Before): ReadonlySet<string> {
  const ours = items.filter((each) => isOursNow(each) || wasOurs(before, each.id));
  const hadOne = before.subscription?.plan != null || before.items.some((row) => wasOurs(before, row.id));
  const seen = new Set([before.subscription?.itemId, ...before.items.map((each) => each.id)]);
  const replaced = ours.length === 0 && hadOne ? items.filter((each) => !seen.has(each.id)) : [];
  return new Set([
    ...[...ours, ...replaced].map((each) => each.id),
    ...before.items.filter((row) => wasOurs(before, row.id)).map((row) => row.id),
  ]);
}

/** A price of an item of ours says what it sells, or is unreadable: never another product's. */
export const readAsOurs = (price: PriceFact): PriceFact =>
  price.reading.kind === "other" ? { ...price, reading: { kind: "unreadable", reason: "no_plan" } } : price;

type Reading = {
  readonly own: ReadonlySet<string>;
  /** Of the invoices read with it, newest first. */
  readonly lines: readonly LineFact[];
  readonly before: Before;
  readonly now: Date;
};

/** The items of a subscription as they are kept from now on, those that are gone included. */
export function readItems(accountId: string, fact: SubscriptionFact, reading: Reading): readonly ItemRow[] {
  const { own, before, now } = reading;
  const items = fact.items.map((each) =>
    own.has(each.id) ? { ...each, price: readAsOurs(each.price) } : each,
  );
  const ofPlans = items.filter(({ price }) => price.reading.kind !== "other");
  const rows = items.map((item): ItemRow => {
    const isOne = ofPlans.length === 1 && item.quantity > 0 && item.price.reading.kind === "plan";
    return {
      accountId,
      subscriptionId: fact.id,
      id: item.id,
      ...toPriceColumns(item.price),
      quantity: item.quantity,
      periodStart: item.period.start,
      periodEnd: item.period.end,
      ...(isOne || !ofPlans.includes(item) ? NOT_KNOWN : knownOf(item.id, reading)),
      goneAt: null,
    };
  });
  const gone = before.items
    .filter((row) => !rows.some((each) => each.id === row.id))
    .map((row) => ({ ...row, goneAt: row.goneAt ?? now }));
  return [...rows, ...gone];
}

const NOT_KNOWN = {
  knownPlan: null,
  knownInterval: null,
  knownCreditsPerMonth: null,
  knownQuantity: null,
  knownUntil: null,
};

type Known = Pick<ItemRow, keyof typeof NOT_KNOWN>;

/** What an item sold when it said so last: as it was kept, or by the newest line of it that can be read. */
function knownOf(id: string, { before: { subscription, items }, lines, now }: Reading): Known {
  const row = items.find((each) => each.id === id);
  if (row?.knownPlan) {
    const { knownPlan, knownInterval, knownCreditsPerMonth, knownQuantity, knownUntil } = row;
    return { knownPlan, knownInterval, knownCreditsPerMonth, knownQuantity, knownUntil };
  }
  const ofPlans = items.filter(
    (each) => each.goneAt === null && (each.plan ?? each.unreadableReason) !== null,
  );
  if (row?.plan && row.quantity > 0 && ofPlans.length === 1) return known(row, row.quantity, now);
  if (!row && subscription?.itemId === id && subscription.plan)
    return known({ ...subscription, creditsPerMonth: subscription.creditsPerCycle }, 1, now);
  const line = lines.find(
    (each) =>
      each.itemId === id && !each.isProration && each.quantity > 0 && each.price?.reading.kind === "plan",
  );
  return row || line?.price?.reading.kind !== "plan"
    ? NOT_KNOWN
    : known(line.price.reading, line.quantity, now);
}

const known = (
  sold: Pick<ItemRow, "plan" | "interval" | "creditsPerMonth">,
  quantity: number,
  until: Date,
): Known => ({
  knownPlan: sold.plan,
  knownInterval: sold.interval,
  knownCreditsPerMonth: sold.creditsPerMonth,
  knownQuantity: quantity,
  knownUntil: until,
});

/** What the subscription sells, by the item that gives the plan: as it reads, or was last known. Undefined: no item is ours. */
export function soldBy(items: readonly ItemRow[]): ItemRow | undefined {
  const present = items.filter((each) => each.goneAt === null);
  return (
    present.find((each) => each.plan) ??
    present.find((each) => each.knownPlan) ??
    present.find((each) => each.unreadableReason)
  );
}
