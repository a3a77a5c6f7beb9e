import type Stripe from "stripe";
import { monthsAfter } from "../months";

/** What of a price says how often it is paid. */
export type BillingInterval = Pick<Stripe.Price.Recurring, "interval" | "interval_count">;
/** Half-open, in seconds. */
export type Period = { start: number; end: number };

const DAY = 24 * 3600;

/** The boundary so many intervals after the anchor; months are clamped to their last day, never carried on. */
export function boundary(
  anchor: number,
  { interval, interval_count }: BillingInterval,
  count: number,
): number {
  const steps = count * interval_count;
  if (interval === "day") return anchor + steps * DAY;
  if (interval === "week") return anchor + steps * 7 * DAY;
  const months = interval === "year" ? steps * 12 : steps;
  return monthsAfter(new Date(anchor * 1000), months).getTime() / 1000;
}

/** The first boundary after an instant; the anchor itself when it is still to come. */
export function boundaryAfter(anchor: number, billingInterval: BillingInterval, instant: number): number {
  let count = Math.max(0, Math.floor((instant - anchor) / longest(billingInterval)));
  while (boundary(anchor, billingInterval, count) <= instant) count += 1;
  return boundary(anchor, billingInterval, count);
}

/** The share of a whole interval that a period takes; 1 unless it was cut short. */
export function shareOf(anchor: number, billingInterval: BillingInterval, { start, end }: Period): number {
  return Math.min(1, (end - start) / (end - wholeStart(anchor, billingInterval, end)));
}

/** When a period that ends then begins, unless it is cut short: an interval before, counted from the anchor. */
export function wholeStart(anchor: number, billingInterval: BillingInterval, end: number): number {
  let count = Math.max(0, Math.floor((end - anchor) / longest(billingInterval)));
  while (boundary(anchor, billingInterval, count) < end) count += 1;
  const isCounted = count > 0 && boundary(anchor, billingInterval, count) === end;
  return isCounted ? boundary(anchor, billingInterval, count - 1) : boundary(end, billingInterval, -1);
}

function longest({ interval, interval_count }: BillingInterval): number {
  const days = { day: 1, week: 7, month: 31, year: 366 }[interval as "day" | "week" | "month" | "year"];
  return days * interval_count * DAY;
}
