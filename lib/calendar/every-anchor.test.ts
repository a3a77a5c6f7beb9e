import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type BillingPeriod, billingPeriodAt, monthlyPeriodWithin, monthsAfter } from "./periods";

// A second calendar, written from the rules and without the platform's: it counts days one month after the other.
const DAY_MS = 86_400_000;
const YEARS = 100;
const FIRST_YEAR = 2024; // Has a 29 February, so that its days are all the days there are.

type Month = { readonly firstDay: number; readonly days: number };

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const lengths = (year: number) => [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Every month from January of the first year on, its first day counted from 1 January 1970. */
const MONTHS: readonly Month[] = (() => {
  const months: Month[] = [];
  let firstDay = 0;
  for (let year = 1970; year <= FIRST_YEAR + YEARS + 1; year += 1) {
    for (const days of lengths(year)) {
      if (year >= FIRST_YEAR) months.push({ firstDay, days });
      firstDay += days;
    }
  }
  return months;
})();

type Anchor = { readonly month: number; readonly day: number; readonly timeMs: number };

const monthAt = (index: number): Month => MONTHS[index] ?? { firstDay: Number.NaN, days: Number.NaN };
const naiveBoundary = ({ month, day, timeMs }: Anchor, count: number): number => {
  const { firstDay, days } = monthAt(month + count);
  return (firstDay + Math.min(day, days) - 1) * DAY_MS + timeMs;
};

const TIMES = [0, ((9 * 60 + 14) * 60 + 7) * 1000 + 123, DAY_MS - 1];
const ANCHORS: readonly Anchor[] = lengths(FIRST_YEAR).flatMap((days, month) =>
  Array.from({ length: days }, (_, index) => index + 1).flatMap((day) =>
    TIMES.map((timeMs) => ({ month, day, timeMs })),
  ),
);
const COUNT = YEARS * 12;

/** The first of everything that is wrong, or null: a million expectations would take minutes. */
function firstWrong(check: (anchor: Anchor, count: number) => string | null): string | null {
  for (const anchor of ANCHORS) {
    for (let count = 0; count < COUNT; count += 1) {
      const wrong = check(anchor, count);
      if (wrong) return `${wrong}: ${JSON.stringify(anchor)}, month ${count}`;
    }
  }
  return null;
}

const is = ({ start, end }: BillingPeriod, from: number, to: number) =>
  start.getTime() === from && end.getTime() === to;

describe("every anchor day of a leap year, three times of day, 100 years of months", () => {
  it("are all of them", () => {
    expect(ANCHORS).toHaveLength(366 * TIMES.length);
    expect(naiveBoundary({ month: 0, day: 31, timeMs: 0 }, 1)).toBe(Date.parse("2024-02-29T00:00:00Z"));
    expect(naiveBoundary({ month: 0, day: 31, timeMs: 0 }, COUNT)).toBe(Date.parse("2124-01-31T00:00:00Z"));
  });

  it("has its boundaries where a calendar counted by hand has them", () => {
    const dates = new Map(ANCHORS.map((anchor) => [anchor, new Date(naiveBoundary(anchor, 0))]));
    const wrong = firstWrong((anchor, count) => {
      const boundary = monthsAfter(dates.get(anchor) as Date, count).getTime();
      return boundary === naiveBoundary(anchor, count)
        ? null
        : `boundary ${new Date(boundary).toISOString()}`;
    });
    expect(wrong).toBeNull();
  });

  it("gives every instant to one period: the start and the last millisecond to it, the end to the next", () => {
    const dates = new Map(ANCHORS.map((anchor) => [anchor, new Date(naiveBoundary(anchor, 0))]));
    const wrong = firstWrong((anchor, count) => {
      const start = naiveBoundary(anchor, count);
      const end = naiveBoundary(anchor, count + 1);
      const at = (instant: number) => billingPeriodAt(dates.get(anchor) as Date, new Date(instant));
      if (!is(at(start), start, end)) return "the start is not its own";
      if (!is(at(end - 1), start, end)) return "the last millisecond is not its own";
      return null;
    });
    expect(wrong).toBeNull();
  });

  it("keeps the anchor's day wherever the month has it, and never drifts after a short month", () => {
    const wrong = firstWrong((anchor, count) => {
      const boundary = naiveBoundary(anchor, count);
      const day = monthsAfter(new Date(naiveBoundary(anchor, 0)), count).getUTCDate();
      const { days } = monthAt(anchor.month + count);
      return day === Math.min(anchor.day, days) ? null : `day ${day} at ${new Date(boundary).toISOString()}`;
    });
    expect(wrong).toBeNull();
  });
});

describe("months of a yearly period", () => {
  const anchors = fc.constantFrom(...ANCHORS);
  const years = fc.integer({ min: 0, max: YEARS - 1 });

  const yearOf = (anchor: Anchor, year: number): BillingPeriod => ({
    start: new Date(naiveBoundary(anchor, 12 * year)),
    end: new Date(naiveBoundary(anchor, 12 * year + 12)),
  });

  test.prop([anchors, years], { numRuns: 2_000 })("tile it exactly, and are 12", (anchor, year) => {
    const origin = new Date(naiveBoundary(anchor, 0));
    const outer = yearOf(anchor, year);
    const months: BillingPeriod[] = [];
    for (
      let next = outer.start;
      next < outer.end && months.length < 13;
      next = months.at(-1)?.end ?? outer.end
    )
      months.push(monthlyPeriodWithin(outer, origin, next));
    expect(months).toHaveLength(12);
    expect(months[0]?.start).toEqual(outer.start);
    expect(months[11]?.end).toEqual(outer.end);
    months.forEach((month, index) => {
      expect(
        is(month, naiveBoundary(anchor, 12 * year + index), naiveBoundary(anchor, 12 * year + index + 1)),
      ).toBe(true);
    });
  });

  test.prop([anchors, years, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })], {
    numRuns: 2_000,
  })("contain the instant and never leave the year", (anchor, year, share) => {
    const outer = yearOf(anchor, year);
    const length = outer.end.getTime() - outer.start.getTime();
    const instant = new Date(outer.start.getTime() + Math.floor(share * length));
    const { start, end } = monthlyPeriodWithin(outer, new Date(naiveBoundary(anchor, 0)), instant);
    expect(start <= instant && instant < end).toBe(true);
    expect(outer.start <= start && end <= outer.end).toBe(true);
  });

  it("are clipped where the year begins or ends between two of the anchor's months", () => {
    const anchor = new Date("2026-01-31T09:00:00Z");
    const outer = { start: new Date("2026-03-10T12:00:00Z"), end: new Date("2026-04-20T12:00:00Z") };
    const month = (instant: string) => monthlyPeriodWithin(outer, anchor, new Date(instant));
    expect(month("2026-03-10T12:00:00Z")).toEqual({
      start: outer.start,
      end: new Date("2026-03-31T09:00:00Z"),
    });
    expect(month("2026-04-20T11:59:59.999Z")).toEqual({
      start: new Date("2026-03-31T09:00:00Z"),
      end: outer.end,
    });
  });

  it("do not exist outside it", () => {
    const anchor = new Date("2026-01-31T09:00:00Z");
    const outer = { start: anchor, end: monthsAfter(anchor, 12) };
    expect(() => monthlyPeriodWithin(outer, anchor, outer.end)).toThrow(RangeError);
    expect(() => monthlyPeriodWithin(outer, anchor, new Date(anchor.getTime() - 1))).toThrow(RangeError);
  });
});
