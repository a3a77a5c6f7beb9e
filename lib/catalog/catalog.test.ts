import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { catalogWith, sellAsUsual, writtenCatalog } from "../../dev/testing/catalog";
import { MAX_GRANTED } from "../ledger/limits";
import { creditsForCents } from "../money/rate";
import { readCatalog } from "../read-catalog";
import { findBundle, listBundles } from "./bundles";
import { setCatalog } from "./catalog";
import { MAX_ALLOWANCE } from "./file";
import { findPlan, freePlan, getPlan, listPlans, planIdOf } from "./plans";
import { compareOffers, listCatalogPrices, type PlanInterval } from "./prices";

afterEach(sellAsUsual);

describe("the catalog that comes with the product", () => {
  it("sells the bundles at the standard rate, to the credit", () => {
    const { creditsPerCent } = readCatalog();
    expect(creditsPerCent).toBe(800n);
    expect(listBundles().map(({ priceCents, credits }) => [priceCents, credits])).toEqual([
      [10_000n, 8_000_000n],
      [50_000n, 40_000_000n],
      [100_000n, 80_000_000n],
      [200_000n, 160_000_000n],
    ]);
    for (const { priceCents, credits } of listBundles())
      expect(credits).toBe(creditsForCents(priceCents, creditsPerCent));
  });

  it("gives the plans their price and allowance, and lets paid plans alone buy", () => {
    readCatalog();
    expect(
      listPlans().map(({ id, kind, priceCents, yearlyPriceCents, creditsPerCycle, mayBuyCredits }) => [
        id,
        kind,
        priceCents,
        yearlyPriceCents,
        creditsPerCycle,
        mayBuyCredits,
      ]),
    ).toEqual([
      ["free", "free", 0n, null, 1_000_000n, false],
      ["starter", "self_serve", 29_900n, null, 24_000_000n, true],
      ["premium", "self_serve", 49_900n, null, 40_000_000n, true],
      ["custom", "agreement", null, null, null, true],
    ]);
    expect(freePlan()).toBe(getPlan(planIdOf("free")));
  });

  it("takes typed amounts from $1.00 to $10,000.00", () => {
    expect(readCatalog().purchase).toEqual({ minCents: 100n, maxCents: 1_000_000n });
  });

  it("keeps the numbers that entries have of its categories", () => {
    const numbers = readCatalog().categories.map(({ id, number }) => [number, id]);
    // Never changed and never given to another: what was spent would be another's.
    expect(numbers).toEqual([
      [1, "ai_processing"],
      [2, "infrastructure"],
      [3, "platform"],
    ]);
  });

  it("is what the demo and the tests sell, who have yearly prices besides", () => {
    const demo = writtenCatalog();
    for (const plan of demo.plans) if (plan.kind === "self_serve") delete plan.prices_cents.year;
    expect(demo).toEqual(JSON.parse(readFileSync("lib/catalog/catalog.json", "utf8")));
  });
});

describe("the catalog", () => {
  it("finds a plan by what somebody calls it, and no other", () => {
    for (const { id } of listPlans()) {
      expect(findPlan(id)).toBe(getPlan(id));
      expect(planIdOf(id)).toBe(id);
    }
    for (const id of ["", "Free", "gold", "__proto__", "toString", ["free"], null, undefined])
      expect(findPlan(id)).toBeNull();
    expect(() => planIdOf("gold")).toThrow("the catalog has a plan gold");
  });

  it.each(["", "usd", "constructor", "__proto__", ["usd100"], { id: "usd100" }, 0, null, undefined])(
    "finds no bundle called %o",
    (id) => expect(findBundle(id)).toBeNull(),
  );

  it("puts a plan above those before it, and its year above its month", () => {
    const offer = (plan: string, interval: PlanInterval = "month") => ({ plan: planIdOf(plan), interval });
    expect(compareOffers(offer("premium"), offer("starter"))).toBeGreaterThan(0);
    expect(compareOffers(offer("starter", "year"), offer("starter"))).toBeGreaterThan(0);
    expect(compareOffers(offer("free"), offer("starter"))).toBeLessThan(0);
    expect(compareOffers(offer("premium"), offer("premium"))).toBe(0);
  });

  it("cuts a year short only for a higher plan's year: what else follows it is for its end", () => {
    const offer = (plan: string, interval: PlanInterval = "month") => ({ plan: planIdOf(plan), interval });
    const year = offer("starter", "year");
    for (const wanted of [offer("premium"), offer("starter")])
      expect(compareOffers(wanted, year)).toBeLessThan(0);
    expect(compareOffers(offer("premium", "year"), year)).toBeGreaterThan(0);
    expect(compareOffers(year, offer("premium", "year"))).toBeLessThan(0);
    expect(compareOffers(year, year)).toBe(0);
  });

  it("sells no plan that is retired, and knows it still", () => {
    setCatalog(catalogWith((written) => Object.assign(written.plans[1] ?? {}, { retired: true })));
    expect(listCatalogPrices().map(({ lookupKey }) => lookupKey)).toEqual([
      "refill_premium_month",
      "refill_premium_year",
    ]);
    expect(getPlan(planIdOf("starter"))).toMatchObject({ isRetired: true, priceCents: 29_900n });
  });

  it("allows no more than one grant may give", () => expect(BigInt(MAX_ALLOWANCE)).toBe(MAX_GRANTED));
});
