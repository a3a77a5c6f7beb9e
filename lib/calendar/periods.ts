/** Half-open `[start, end)`, both instants in UTC. */
export type BillingPeriod = { readonly start: Date; readonly end: Date };

/** Any stretch of time, half-open too. */
export type TimeSpan = { readonly start: Date; readonly end: Date };

const DAY_MS = 86_400_000;

/**
 * The instant so many months after the anchor, at the anchor's UTC time of day. Always counted from the
 * original anchor and clamped to the month's last day: 31 Jan, 28 Feb, 31 Mar; never 31 Jan, 28 Feb, 28 Mar.
 */
export function monthsAfter(anchor: Date, months: number): Date {
  const monthIndex = anchor.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(anchor.getUTCFullYear(), monthIndex + 1, 0)).getUTCDate();
  const result = new Date(anchor);
  result.setUTCFullYear(anchor.getUTCFullYear(), monthIndex, Math.min(anchor.getUTCDate(), lastDay));
  return result;
}

/** The monthly period of the anchor that contains the instant. Throws RangeError for instants before the anchor. */
export function billingPeriodAt(anchor: Date, instant: Date): BillingPeriod {
  if (instant < anchor) throw new RangeError("instant lies before the anchor");
  const months =
    (instant.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + instant.getUTCMonth() - anchor.getUTCMonth();
  const inThisMonth = monthsAfter(anchor, months);
  return inThisMonth <= instant
    ? { start: inThisMonth, end: monthsAfter(anchor, months + 1) }
    : { start: monthsAfter(anchor, months - 1), end: inThisMonth };
}

/**
 * The monthly period of the anchor that contains the instant, clipped to an outer period: an annual price whose
 * allowance comes monthly. A year counted from the anchor has exactly 12. Throws RangeError for instants outside the
 * outer period or before the anchor.
 */
export function monthlyPeriodWithin(outer: BillingPeriod, anchor: Date, instant: Date): BillingPeriod {
  if (instant < outer.start || instant >= outer.end)
    throw new RangeError("instant lies outside the outer period");
  const { start, end } = billingPeriodAt(anchor, instant);
  return { start: start < outer.start ? outer.start : start, end: end > outer.end ? outer.end : end };
}

/** Which day of the period an instant falls on, counted from 1, and how many days the period has. */
export function dayOfPeriod(period: BillingPeriod, instant: Date): { day: number; days: number } {
  const days = Math.max(1, Math.round((period.end.getTime() - period.start.getTime()) / DAY_MS));
  const passed = Math.floor((instant.getTime() - period.start.getTime()) / DAY_MS);
  return { day: Math.min(Math.max(passed + 1, 1), days), days };
}
