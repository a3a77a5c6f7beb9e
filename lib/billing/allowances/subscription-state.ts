import type { Facts, Item, Offer, Subscription } from "./facts";

/** Stripe may say a little later than it was to be that a canceled subscription is over. */
const LATE_END_MS = 3_600_000;

/**
 * When a subscription was over, or null while it is not: canceled, or past the end it was given, or the item that gave the
 * plan is gone from it. What is only not among what was read has not ended.
 */
export function endOf(subscription: Subscription, now: Date, itemId: string | null = null): Date | null {
  const { status, cancelAt, endedAt, scheduleEndsAt, items } = subscription;
  if (status === "canceled" || status === "incomplete_expired") {
    const at = endedAt ?? cancelAt ?? now;
    const onTime = cancelAt && Math.abs(at.getTime() - cancelAt.getTime()) <= LATE_END_MS;
    return onTime ? cancelAt : at;
  }
  const planned = [cancelAt, scheduleEndsAt].filter((each) => each !== null && each <= now);
  const [first] = planned.toSorted((a, b) => (a?.getTime() ?? 0) - (b?.getTime() ?? 0));
  if (first) return first;
  const its = itemId === null ? items : items.filter((each) => each.id === itemId);
  const gone = its.flatMap(({ goneAt }) => (goneAt ? [goneAt] : []));
  return its.length > 0 && gone.length === its.length ? latest(gone) : null;
}

const latest = (dates: readonly Date[]): Date => new Date(Math.max(...dates.map((each) => each.getTime())));

/** A subscription that is not over and was begun: `incomplete` never was a plan. */
export const isLive = (subscription: Subscription, now: Date): boolean =>
  subscription.status !== "incomplete" && endOf(subscription, now) === null;

/** A payment for it failed. */
export const isPastDue = ({ status }: Pick<Subscription, "status">): boolean =>
  status === "past_due" || status === "unpaid";

/** What an item gives: as its price reads, or as it read last. Null: that was never known. */
export function soldBy(item: Item): { readonly offer: Offer; readonly quantity: number } | null {
  const { offer, quantity, unreadable, known } = item;
  if (offer && unreadable === null) return { offer, quantity };
  return known;
}

/** The item that counts: of several the one that gives most. */
export function mainItem({ items }: Subscription): Item | null {
  const monthly = (item: Item) => {
    const sold = soldBy(item);
    return sold ? sold.offer.creditsPerMonth * BigInt(sold.quantity) : -1n;
  };
  const present = items.filter((each) => each.goneAt === null);
  return (
    present.toSorted((a, b) => (monthly(a) < monthly(b) ? 1 : monthly(a) > monthly(b) ? -1 : 0))[0] ?? null
  );
}

export const monthlyCredits = (subscription: Subscription): bigint => {
  const item = mainItem(subscription);
  const sold = item && soldBy(item);
  return sold ? sold.offer.creditsPerMonth * BigInt(sold.quantity) : 0n;
};

/**
 * The subscription whose plan is shown: of several that live the one that is not past due, then the one that gives more a
 * month, then the older.
 */
export function shownOf({ subscriptions }: Facts, now: Date): Subscription | null {
  const live = subscriptions.filter((each) => isLive(each, now) && mainItem(each) !== null);
  const order = (a: Subscription, b: Subscription): number => {
    if (isPastDue(a) !== isPastDue(b)) return isPastDue(a) ? 1 : -1;
    const [ma, mb] = [monthlyCredits(a), monthlyCredits(b)];
    if (ma !== mb) return ma < mb ? 1 : -1;
    return a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1);
  };
  return live.toSorted(order)[0] ?? null;
}
