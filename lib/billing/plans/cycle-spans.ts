import { type BillingPeriod, monthlyPeriodWithin, monthsAfter } from "../../calendar";
import { renews } from "./cycle-ends";
import type { CycleSubscription, Known, SubscribedPlan } from "./cycle-facts";
import { invoiceOf } from "./cycle-payments";

/** What is paid for at one go: a month or a year of an offer. */
export type Span = BillingPeriod & {
  readonly offer: SubscribedPlan;
  /** Stripe has not told of it yet: it is what comes after the last it told of. */
  readonly assumed: boolean;
};

/** What an instant is paid for by, as Stripe told or as it must go on; null where nobody knows. */
export function spanAt(known: Known, subscription: CycleSubscription, now: Date): Span | null {
  const { period, offer } = subscription;
  if (now < period.end) return { ...period, offer, assumed: false };
  // One period ahead of what Stripe told, and no further: nobody is given a second allowance on trust.
  const after = isOwed(known, subscription) ? null : spanAfter(subscription);
  return after && now < after.end ? after : null;
}

/** Whether an allowance of the last period that Stripe told of is not paid yet. */
const isOwed = (known: Known, { id, period, offer }: CycleSubscription): boolean =>
  known.periods.some(
    (each) =>
      each.subscriptionId === id &&
      !each.withdrawn &&
      period.start <= each.startsAt &&
      each.startsAt < period.end &&
      each.payment !== "paid" &&
      // Of another plan, given on trust and contradicted: nobody owes it.
      !(each.payment === "unpaid" && each.plan !== offer.plan) &&
      invoiceOf(known, { ...each, subscriptionId: id })?.status !== "paid",
  );

function spanAfter(subscription: CycleSubscription): Span | null {
  const { period, cancelAt, next, offer } = subscription;
  if (!renews(subscription) || (cancelAt && cancelAt <= period.end)) return null;
  const following = next ?? offer;
  const months = following.interval === "year" ? 12 : 1;
  const end = monthsOn(subscription.anchor, period.end, months);
  return { start: period.end, end, offer: following, assumed: true };
}

/** So many months on, counted from the anchor where the instant is one of its boundaries. */
function monthsOn(anchor: Date, from: Date, months: number): Date {
  const passed =
    (from.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + from.getUTCMonth() - anchor.getUTCMonth();
  const isBoundary = passed >= 0 && monthsAfter(anchor, passed).getTime() === from.getTime();
  return isBoundary ? monthsAfter(anchor, passed + months) : monthsAfter(from, months);
}

/** The allowance comes monthly, also where the price is yearly. */
export function allowancePeriod({ start, end, offer }: Span, anchor: Date, now: Date): BillingPeriod {
  if (offer.interval === "month") return { start, end };
  return monthlyPeriodWithin({ start, end }, anchor <= start ? anchor : start, now < start ? start : now);
}
