import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { credits } from "../money/credits";
import { forecastPace, likelyUnused } from "./pace";

const day = (n: number) => new Date(Date.UTC(2026, 10, 4) + n * 86_400_000);
const period = { start: day(0), end: day(30) };
const forecast = (used: bigint, remaining: bigint, atDay: number) =>
  forecastPace({ used: credits(used), remaining: credits(remaining) }, period, day(atDay));

describe("the pace of a cycle", () => {
  it("says when the credits run out, and what is missing", () => {
    expect(forecast(10_000n, 5_000n, 10)).toEqual({ needed: 20_000n, missing: 15_000n, lastsUntil: day(15) });
  });

  it("says that they outlast the cycle", () => {
    expect(forecast(10_000n, 20_000n, 10)).toEqual({ needed: 20_000n, missing: 0n, lastsUntil: null });
  });

  it("says nothing while there is nothing to average, or the cycle is over", () => {
    expect([forecast(0n, 5n, 10), forecast(5n, 5n, 0), forecast(5n, 5n, 30)]).toEqual([null, null, null]);
  });

  const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
  test.prop([amount, amount, amount, fc.integer({ min: 1, max: 29 })])(
    "never calls more unused than was bought, and all of it when nothing is used",
    (used, remaining, bought, atDay) => {
      const unused = likelyUnused(credits(bought), credits(remaining), forecast(used, remaining, atDay));
      expect(unused >= 0n && unused <= bought).toBe(true);
      if (used === 0n) expect(unused).toBe(bought);
    },
  );
});
