import { type BillingPeriod, monthsAfter } from "../../calendar";
import type { Credits } from "../../money/credits";
import type { Line, Offer } from "./facts";

/** A number of credits that need not be whole: `n / d`. */
export type Share = { readonly n: bigint; readonly d: bigint };

/** One month of what a line pays for, or the rest of one. */
export type Piece = BillingPeriod & { readonly month: number; readonly worth: Share };

export const NOTHING: Share = { n: 0n, d: 1n };
export const whole = (credits: bigint): Share => ({ n: credits, d: 1n });
export const add = (a: Share, b: Share): Share =>
  a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
export const times = ({ n, d }: Share, by: bigint, of: bigint): Share => ({ n: n * by, d: d * of });
export const minus = (a: Share, b: Share): Share => add(a, { n: -b.n, d: b.d });
const atMost = (a: Share, b: Share): Share => (a.n * b.d <= b.n * a.d ? a : b);

/** Rounded down, also below zero. */
export function floorOf({ n, d }: Share): bigint {
  const quotient = n / d;
  return n % d < 0n ? quotient - 1n : quotient;
}

export const MONTHS = { month: 1, year: 12 } as const;

/**
 * What a line pays for, month by month: a line for a whole interval for all of it; a shorter one, such as a proration, for
 * its share, which is the seconds of its period over those of the interval that ends with it (`full`, where a line for all of it
 * is known: the anchor may have changed since); a longer one is cut into months. A year has twelve, counted from its start on the days of the subscription's anchor.
 */
export function piecesOf(
  { period, quantity }: Pick<Line, "period" | "quantity">,
  { interval, creditsPerMonth }: Offer,
  currentAnchor: Date,
  full: BillingPeriod | null = null,
): readonly Piece[] {
  // Set after the line began, it was not the line's: a year that was reset since goes on counting from its own start.
  const anchor = currentAnchor <= period.start ? currentAnchor : period.start;
  const perMonth = whole(creditsPerMonth * BigInt(quantity));
  const months = monthsOf(period, anchor);
  const share = full ? shareWithin(period, full) : shareOf(period, MONTHS[interval], anchor);
  if (share === null) {
    const last = months.length - 1;
    return months.map((each, month) => {
      const full = { start: each.start, end: monthsAfter(each.start, 1) };
      const isShort = month === last && month > 0 && each.end < full.end;
      return { ...each, month, worth: isShort ? times(perMonth, lengthOf(each), lengthOf(full)) : perMonth };
    });
  }
  let left = times(perMonth, BigInt(MONTHS[interval]) * share.n, share.d);
  return months.map((each, month) => {
    const worth = month === months.length - 1 ? left : atMost(perMonth, left);
    left = minus(left, worth);
    return { ...each, month, worth };
  });
}

export const lengthOf = ({ start, end }: BillingPeriod): bigint => BigInt(end.getTime() - start.getTime());

function monthsOf({ start, end }: BillingPeriod, anchor: Date): BillingPeriod[] {
  const from = boundaryOf(anchor, start);
  const boundary = (month: number) =>
    from === null ? monthsAfter(start, month) : monthsAfter(anchor, from + month);
  const months: BillingPeriod[] = [];
  // A month that ends with the line on another day, as after a change of the anchor, is still one.
  const isLast = (month: number) => boundary(month + 1) >= end || isOneMonth({ start: boundary(month), end });
  let month = 0;
  for (; !isLast(month); month += 1) months.push({ start: boundary(month), end: boundary(month + 1) });
  return [...months, { start: month === 0 ? start : boundary(month), end }];
}

const isOneMonth = (period: BillingPeriod): boolean => isWhole(period, 1);

/** Null for a line that is for a whole interval, or for more than one. */
function shareOf(period: BillingPeriod, months: number, anchor: Date): Share | null {
  if (isWhole(period, months)) return null;
  const { end } = period;
  const last = boundaryOf(anchor, end);
  const start = last === null ? monthsAfter(end, -months) : monthsAfter(anchor, last - months);
  return period.start <= start ? null : { n: lengthOf(period), d: lengthOf({ start, end }) };
}

const shareWithin = (period: BillingPeriod, full: BillingPeriod): Share | null =>
  period.start <= full.start ? null : { n: lengthOf(period), d: lengthOf(full) };

/** Counted from one of its two ends: 31 January to 28 February, and 28 February to 31 March, are both a month. */
export const isWhole = ({ start, end }: BillingPeriod, months: number): boolean =>
  monthsAfter(start, months).getTime() === end.getTime() ||
  monthsAfter(end, -months).getTime() === start.getTime();

/** How many months after the anchor an instant is, where it is on one of its boundaries; null elsewhere. */
function boundaryOf(anchor: Date, instant: Date): number | null {
  const months =
    (instant.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + instant.getUTCMonth() - anchor.getUTCMonth();
  return monthsAfter(anchor, months).getTime() === instant.getTime() ? months : null;
}

export const toCredits = (amount: bigint): Credits => (amount > 0n ? amount : 0n) as Credits;
