import type Stripe from "stripe";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { simulate } from "../../dev/stripe/testing";
import { catalogWith, sellAsUsual } from "../../dev/testing/catalog";
import { setCatalog } from "../catalog/catalog";
import { createPriceBook } from "./plan-prices";
import { setUpCatalog } from "./setup";

let simulator: Simulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
});
afterEach(sellAsUsual);
afterAll(() => simulator.close());

it("finds all prices on sale, also of more plans than Stripe takes keys for at once", async () => {
  const ids = ["team", "group", "office", "works", "campus"];
  setCatalog(
    catalogWith(({ plans }) => {
      const more = ids.map((id, index) => ({
        id,
        name: `Plan ${id}`,
        kind: "self_serve" as const,
        prices_cents: { month: 100_000 + index, year: 1_000_000 + index },
        credits_per_cycle: 80_000_000,
      }));
      plans.splice(plans.length - 1, 0, ...more);
    }),
  );
  await setUpCatalog(stripe, { appUrl: "http://shop.test" });
  const sold = await createPriceBook(stripe).listOnSale();
  for (const id of ids)
    expect(
      sold
        .filter(({ plan }) => plan === id)
        .map(({ interval }) => interval)
        .sort(),
    ).toEqual(["month", "year"]);
});
