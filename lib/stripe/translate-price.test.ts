import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { readPrice, toGonePriceFact, toPriceFact } from "./translate-price";

// A price of Stripe's, cut down to what is read of it.
const price = (change: object = {}): Stripe.Price =>
  ({
    id: "price_1",
    object: "price",
    billing_scheme: "per_unit",
    currency: "usd",
    lookup_key: null,
    metadata: { refill_plan: "starter" },
    product: "prod_1",
    recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
    transform_quantity: null,
    unit_amount: 299_00,
    ...change,
  }) as unknown as Stripe.Price;
const product = (metadata: object) => ({ id: "prod_1", object: "product", metadata });
const recurring = (change: object) => ({
  recurring: { interval: "month", interval_count: 1, usage_type: "licensed", ...change },
});
const unreadable = (reason: string) => ({ kind: "unreadable", reason });

describe("what a price sells", () => {
  it.each<[string, object, object]>([
    ["its own metadata", {}, { plan: "starter", interval: "month", creditsPerMonth: 24_000_000n }],
    ["its lookup key", { metadata: {}, lookup_key: "refill_premium_year" }, { plan: "premium" }],
    [
      "its product's metadata",
      { metadata: {}, product: product({ refill_plan: "premium" }) },
      { plan: "premium" },
    ],
    [
      "its own metadata before anything else",
      { lookup_key: "refill_premium_year", product: product({ refill_plan: "premium" }) },
      { plan: "starter" },
    ],
    [
      "its metadata, whatever became of its product",
      { product: { id: "p", deleted: true } },
      { plan: "starter" },
    ],
    ["an amount of nothing", { unit_amount: 0 }, { plan: "starter" }],
    [
      "an interval of a year",
      recurring({ interval: "year" }),
      { interval: "year", creditsPerMonth: 24_000_000n },
    ],
    [
      "plain digits by agreement",
      { metadata: { refill_plan: "custom" }, product: product({ refill_credits: "100000000" }) },
      { plan: "custom", creditsPerMonth: 100_000_000n },
    ],
  ])("is read off %s", (_, change, expected) => {
    expect(readPrice(price(change))).toMatchObject({ kind: "plan", ...expected });
  });

  const custom = (refill_credits?: string) => ({
    metadata: { refill_plan: "custom", ...(refill_credits === undefined ? {} : { refill_credits }) },
  });

  it.each<[string, object, string]>([
    ["names a plan that the catalog does not have", { metadata: { refill_plan: "premuim" } }, "unknown_plan"],
    [
      "is mistyped beside a lookup key that is not",
      { metadata: { refill_plan: "Starter" }, lookup_key: "refill_starter_month" },
      "unknown_plan",
    ],
    ["names what nobody pays for", { metadata: { refill_plan: "free" } }, "unknown_plan"],
    ["names what every object has", { metadata: { refill_plan: "__proto__" } }, "unknown_plan"],
    [
      "has a lookup key of a plan that is gone",
      { metadata: {}, lookup_key: "refill_gold_month" },
      "unknown_plan",
    ],
    ["has credits and no plan", { metadata: { refill_credits: "5" } }, "no_plan"],
    [
      "is of a product of ours whose metadata is gone",
      { metadata: {}, product: { ...product({}), id: "refill_starter" } },
      "no_plan",
    ],
    [
      "is of a product of ours that is gone",
      { metadata: {}, product: { id: "refill_starter", deleted: true } },
      "product_deleted",
    ],
    ["has no credits", custom(), "no_credits"],
    ["has credits with commas", custom("100,000,000"), "no_credits"],
    ["has no credits at all", custom("0"), "no_credits"],
    ["has half credits", custom("12.5"), "no_credits"],
    ["takes credits", custom("-5"), "no_credits"],
    ["has more credits than anybody may have", custom("9".repeat(16)), "no_credits"],
    ["is charged every other month", recurring({ interval_count: 2 }), "interval_not_sold"],
    ["is charged by the week", recurring({ interval: "week" }), "interval_not_sold"],
    ["is charged once", { recurring: null }, "interval_not_sold"],
    ["is in euros", { currency: "eur" }, "currency_not_sold"],
    ["is metered", recurring({ usage_type: "metered" }), "not_a_fixed_price"],
    ["is tiered", { billing_scheme: "tiered", unit_amount: null }, "not_a_fixed_price"],
    ["costs parts of a cent", { unit_amount: null }, "not_a_fixed_price"],
    ["is sold by the dozen", { transform_quantity: { divide_by: 12, round: "up" } }, "not_a_fixed_price"],
  ])("cannot be read where it %s", (_, change, reason) => {
    expect(readPrice(price(change))).toEqual(unreadable(reason));
  });

  it.each<[string, object]>([
    ["nothing", { metadata: {} }],
    ["nothing, and its product is gone", { metadata: {}, product: { id: "prod_1", deleted: true } }],
    ["somebody else's lookup key", { metadata: {}, lookup_key: "ink_refill_month" }],
  ])("is another product's where it says %s", (_, change) => {
    expect(readPrice(price(change))).toEqual({ kind: "other" });
  });
});

describe("a price", () => {
  it("has its amount and currency, readable or not", () => {
    expect(toPriceFact(price())).toMatchObject({ priceId: "price_1", unitCents: 299_00n, currency: "usd" });
    expect(toPriceFact(price({ currency: "eur", unit_amount: 279_00 }))).toEqual({
      priceId: "price_1",
      unitCents: 279_00n,
      currency: "eur",
      reading: unreadable("currency_not_sold"),
    });
  });

  it("that is sold in another of its currencies does not say for how much", () => {
    expect(toPriceFact(price(), "eur")).toEqual({
      priceId: "price_1",
      unitCents: null,
      currency: "eur",
      reading: unreadable("currency_not_sold"),
    });
  });

  it("that is gone is ours where its copy says so", () => {
    expect(toGonePriceFact(price(), "usd")).toMatchObject({
      unitCents: 299_00n,
      reading: unreadable("price_gone"),
    });
    expect(toGonePriceFact({ id: "price_2", product: "refill_premium" }, "usd").reading).toEqual(
      unreadable("price_gone"),
    );
    expect(toGonePriceFact({ id: "price_2" }, "usd")).toEqual({
      priceId: "price_2",
      unitCents: null,
      currency: "usd",
      reading: { kind: "other" },
    });
  });
});
