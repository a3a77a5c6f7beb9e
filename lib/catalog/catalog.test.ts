import { describe, expect, it } from "vitest";
import { planId } from "../../db/schema";
import { creditsForCents } from "../money/rate";
import { BUNDLES, FEATURED_BUNDLE, findBundle } from "./bundles";
import { getPlan, listPlans, PLAN_IDS } from "./plans";

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

  it("names the same plans as the database", () => {
    expect(planId.enumValues).toEqual([...PLAN_IDS]);
    expect(PLAN_IDS.map((id) => getPlan(id).id)).toEqual([...PLAN_IDS]);
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
