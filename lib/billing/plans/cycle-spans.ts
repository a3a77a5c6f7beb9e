import { type BillingPeriod, monthlyPeriodWithin, monthsAfter } from "../../calendar";
import { endOf, renews } from "./cycle-ends";
import type { CycleInvoice, CycleSubscription, Known, SubscribedPlan } from "./cycle-facts";
import { invoiceOf } from "./cycle-payments";

const LONGEST_MONTH_MS = 32 * 86_400_000;

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
  known.periods.some((each) => {
    const isIn = each.subscriptionId === id && period.start <= each.startsAt && each.startsAt < period.end;
    if (!isIn || each.withdrawn || each.payment === "paid") return false;
    const invoice = invoiceOf(known, { ...each, subscriptionId: id });
    // Of another plan, given on trust and contradicted: nobody owes it.
    const contradicted = each.plan !== offer.plan && (each.payment === "unpaid" || !invoice);
    return !contradicted && invoice?.status !== "paid";
  });

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

/** What an invoice has paid for so far: of a year the months that began before an upgrade or the subscription's end. */
export function periodsPaidBy(
  known: Known,
  { id, plan, credits, period }: CycleInvoice,
  subscription: CycleSubscription,
  now: Date,
): BillingPeriod[] {
  if (period.end.getTime() - period.start.getTime() <= LONGEST_MONTH_MS) return [period];
  const span: Span = { ...period, offer: { plan, interval: "year", credits }, assumed: false };
  const over = endOf(subscription, now);
  const isPaidAt = (startsAt: Date) =>
    startsAt <= now &&
    startsAt < period.end &&
    (over === null || startsAt < over) &&
    invoiceOf(known, { subscriptionId: subscription.id, plan, startsAt })?.id === id;
  const first = allowancePeriod(span, subscription.anchor, period.start);
  const months = [first];
  for (let start = first.end; isPaidAt(start); start = months.at(-1)?.end ?? period.end)
    months.push(allowancePeriod(span, subscription.anchor, start));
  return months;
}
