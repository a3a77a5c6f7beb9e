import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { credits } from "../money/credits";
import { forecast, likelyUnused } from "./forecast";

const DAY_MS = 86_400_000;
const day = (n: number) => new Date(Date.UTC(2026, 10, 4) + n * DAY_MS);
const period = { start: day(0), end: day(30) };
const plan = (remaining: bigint, until = 30) => grant("plan", remaining, until);
const addOn = (remaining: bigint, until = 30) => grant("purchase", remaining, until);
const grant = (kind: string, remaining: bigint, until: number) => ({
  kind,
  remaining: credits(remaining),
  expiresAt: day(until),
  frozen: false,
});
type Given = Parameters<typeof forecast>[0]["grants"];
const at = (atDay: number, perDay: bigint, grants: Given) =>
  forecast({ recent: { used: credits(perDay * 7n), ms: 7 * DAY_MS }, grants }, period, day(atDay));

describe("the forecast", () => {
  it("says when the credits run out, and what is missing", () => {
    expect(at(10, 1_000n, [plan(5_000n)])).toEqual({
      needed: 20_000n,
      missing: 15_000n,
      lastsUntil: day(15),
      unused: [],
    });
  });

  it("says what will be lost, and how much of it was bought", () => {
    expect(at(20, 1_000n, [plan(22_500n), addOn(8_000n)])).toEqual({
      needed: 10_000n,
      missing: 0n,
      lastsUntil: null,
      unused: [{ expiresAt: day(30), credits: 20_500n, addOn: 8_000n }],
    });
  });

  it("goes grant by grant: what ends first is lost then, and may be missing later", () => {
    expect(at(10, 1_000n, [plan(9_000n, 15), plan(3_000n)])).toEqual({
      needed: 20_000n,
      missing: 12_000n,
      lastsUntil: day(18),
      unused: [{ expiresAt: day(15), credits: 4_000n, addOn: 0n }],
    });
  });

  it("does not count on what is frozen", () => {
    expect(at(10, 1_000n, [{ ...plan(50_000n), frozen: true }])).toMatchObject({
      missing: 20_000n,
      unused: [],
    });
  });

  it("says nothing with less than a day of data, or when the cycle is over", () => {
    const recent = { used: credits(9n), ms: DAY_MS - 1 };
    expect(forecast({ recent, grants: [plan(5n)] }, period, day(3))).toBeNull();
    expect(forecast({ recent: null, grants: [plan(5n)] }, period, day(3))).toBeNull();
    expect(at(30, 1n, [plan(5n, 40)])).toBeNull();
  });

  it("expects all to be lost where nothing is spent", () => {
    expect(at(10, 0n, [plan(5n)])).toEqual({
      needed: 0n,
      missing: 0n,
      lastsUntil: null,
      unused: [{ expiresAt: day(30), credits: 5n, addOn: 0n }],
    });
  });

  const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
  const grants = fc.array(
    fc
      .tuple(fc.constantFrom("plan", "purchase"), amount, fc.integer({ min: 1, max: 45 }))
      .map(([kind, remaining, until]) => grant(kind, remaining, until)),
    { maxLength: 6 },
  );
  test.prop([amount, grants, fc.integer({ min: 0, max: 29 })])(
    "accounts for every credit: what is there is taken, lost or outlives the cycle",
    (perDay, given, atDay) => {
      const found = at(atDay, perDay, given);
      if (!found) throw new Error("there is a week of data");
      const live = given.filter((each) => each.expiresAt > day(atDay));
      const total = (list: readonly { readonly remaining: bigint }[]) =>
        list.reduce((sum, each) => sum + each.remaining, 0n);
      const lost = found.unused.reduce((sum, each) => sum + each.credits, 0n);
      const inCycle = total(live.filter((each) => each.expiresAt <= period.end));
      const taken = found.needed - found.missing;
      expect(found.missing >= 0n && found.missing <= found.needed).toBe(true);
      expect(found.missing > 0n).toBe(found.lastsUntil !== null);
      // What is taken comes out of what ends in the cycle or of what outlives it.
      expect(taken + lost >= inCycle && taken + lost <= total(live) + 1n).toBe(true);
      for (const each of found.unused) expect(each.addOn >= 0n && each.addOn <= each.credits).toBe(true);
    },
  );

  test.prop([amount, grants, fc.integer({ min: 0, max: 29 })])(
    "misses no less and loses no more when more is spent",
    (perDay, given, atDay) => {
      const [slower, faster] = [at(atDay, perDay, given), at(atDay, perDay + 10n ** 12n, given)];
      const lost = (list: typeof slower) => list?.unused.reduce((sum, each) => sum + each.credits, 0n) ?? 0n;
      expect((faster?.missing ?? 0n) >= (slower?.missing ?? 0n)).toBe(true);
      expect(lost(faster) <= lost(slower)).toBe(true);
    },
  );

  test.prop([amount, amount, amount, fc.integer({ min: 0, max: 29 })])(
    "never calls more unused than was bought, and all of it when nothing is used",
    (perDay, remaining, bought, atDay) => {
      const pace = at(atDay, perDay, [plan(remaining)]);
      const unused = likelyUnused(credits(bought), credits(remaining), pace);
      expect(unused >= 0n && unused <= bought).toBe(true);
      if (perDay === 0n) expect(unused).toBe(bought);
    },
  );
});
