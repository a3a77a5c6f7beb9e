import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { billingPeriodAt, dayOfPeriod, monthsAfter } from "./periods";

const instants = fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
const iso = (date: Date) => date.toISOString();

describe("billing periods from an anchor", () => {
  it("counts months from the original anchor, clamped: 31 Jan, 28 Feb, 31 Mar", () => {
    const anchor = new Date("2026-01-31T09:14:00Z");
    expect([1, 2, 3, 13].map((n) => iso(monthsAfter(anchor, n)))).toEqual([
      "2026-02-28T09:14:00.000Z",
      "2026-03-31T09:14:00.000Z",
      "2026-04-30T09:14:00.000Z",
      "2027-02-28T09:14:00.000Z",
    ]);
    expect(iso(monthsAfter(new Date("2027-12-31T00:00:00Z"), 2))).toBe("2028-02-29T00:00:00.000Z");
  });

  it("is half-open: the end of one period is the start of the next", () => {
    const anchor = new Date("2026-01-31T09:14:00Z");
    const boundary = new Date("2026-02-28T09:14:00Z");
    expect(billingPeriodAt(anchor, boundary).start).toEqual(boundary);
    expect(billingPeriodAt(anchor, new Date(boundary.getTime() - 1)).end).toEqual(boundary);
  });

  it("has no period before the anchor", () => {
    expect(() => billingPeriodAt(new Date("2026-02-01"), new Date("2026-01-31"))).toThrow(RangeError);
  });

  test.prop([instants, instants])("contains the instant, and the periods join without a gap", (a, b) => {
    const [anchor, instant] = a <= b ? [a, b] : [b, a];
    const period = billingPeriodAt(anchor, instant);
    expect(period.start <= instant && instant < period.end).toBe(true);
    expect(billingPeriodAt(anchor, period.end).start).toEqual(period.end);
  });

  it("counts days from 1 to the last", () => {
    const period = { start: new Date("2026-11-04T09:14:00Z"), end: new Date("2026-12-04T09:14:00Z") };
    expect(dayOfPeriod(period, period.start)).toEqual({ day: 1, days: 30 });
    expect(dayOfPeriod(period, new Date("2026-11-21T12:00:00Z"))).toEqual({ day: 18, days: 30 });
    expect(dayOfPeriod(period, new Date(period.end.getTime() - 1))).toEqual({ day: 30, days: 30 });
  });
});
