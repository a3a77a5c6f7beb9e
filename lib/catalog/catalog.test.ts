import { describe, expect, it } from "vitest";
import { creditsForCents } from "../money/rate";
import { BUNDLES, FEATURED_BUNDLE, findBundle } from "./bundles";
import { findPlan, getPlan, listPlans, planIdOf } from "./plans";

describe("the catalog", () => {
  it("sells the bundles at the standard rate, to the credit", () => {
    expect(BUNDLES.map(({ priceCents, credits }) => [priceCents, credits])).toEqual([
      [10_000n, 8_000_000n],
      [50_000n, 40_000_000n],
      [100_000n, 80_000_000n],
      [200_000n, 160_000_000n],
    ]);
    for (const bundle of BUNDLES) expect(bundle.credits).toBe(creditsForCents(bundle.priceCents));
    expect(findBundle(FEATURED_BUNDLE)?.priceCents).toBe(50_000n);
  });

  it("gives the plans their price and allowance, and lets paid plans alone buy", () => {
    expect(
      listPlans().map(({ id, priceCents, creditsPerCycle, mayBuyCredits }) => [
        id,
        priceCents,
        creditsPerCycle,
        mayBuyCredits,
      ]),
    ).toEqual([
      ["free", 0n, 1_000_000n, false],
      ["starter", 29_900n, 24_000_000n, true],
      ["premium", 49_900n, 40_000_000n, true],
      ["custom", null, null, true],
    ]);
  });

  it("finds a plan by what somebody calls it, and no other", () => {
    for (const { id } of listPlans()) {
      expect(findPlan(id)).toBe(getPlan(id));
      expect(planIdOf(id)).toBe(id);
    }
    for (const id of ["", "Free", "gold", "__proto__", "toString", ["free"], null, undefined])
      expect(findPlan(id)).toBeNull();
    expect(() => planIdOf("gold")).toThrow("the catalog has a plan gold");
  });

  it.each([
    "",
    "usd",
    "constructor",
    "__proto__",
    "toString",
    ["usd100"],
    { id: "usd100" },
    0,
    null,
    undefined,
  ])("finds no bundle called %o", (id) => {
    expect(findBundle(id)).toBeNull();
  });
});
