import { describe, expect, it } from "vitest";
import { type WrittenCatalog, writtenCatalog } from "../../dev/testing/catalog";
import { readCatalog } from "../read-catalog";
import { parseCatalog } from "./parse";

const messageOf = (text: string): string => {
  try {
    parseCatalog(text, "shop.json");
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was taken");
};

describe("a catalog that contradicts itself", () => {
  type Change = (written: WrittenCatalog) => void;
  const plan = (written: WrittenCatalog, id: string): Record<string, unknown> =>
    written.plans.find((each) => each.id === id) as never;
  const free = { id: "gratis", name: "Gratis", kind: "free", credits_per_cycle: 1 } as const;
  const again = <T>(list: T[], change: object) => void list.push({ ...list[0], ...change } as T);

  it.each<[string, Change, string]>([
    [
      "two plans of one id",
      (c) => (plan(c, "premium").id = "starter"),
      'plans[2].id is "starter", as plans[1]',
    ],
    ["two plans of one name", (c) => (plan(c, "premium").name = "Starter"), "plans[2].name"],
    ["no free plan", (c) => void c.plans.shift(), 'plans must have a plan of kind "free"'],
    ["two free plans", (c) => void c.plans.push(free), "plans[4] is a second plan"],
    ["a free plan that is not first", (c) => void c.plans.reverse(), "plans[3] must come first"],
    [
      "a free plan with a price",
      (c) => (plan(c, "free").prices_cents = {}),
      'plans[0] has no field "prices_cents"',
    ],
    [
      "a free plan without credits",
      (c) => delete plan(c, "free").credits_per_cycle,
      "plans[0].credits_per_cycle is missing",
    ],
    [
      "credits for free below one",
      (c) => (plan(c, "free").credits_per_cycle = 0),
      "plans[0].credits_per_cycle must be at least 1",
    ],
    [
      "free accounts that buy",
      (c) => (plan(c, "free").may_buy_credits = true),
      'has no field "may_buy_credits"',
    ],
    [
      "a plan without a price",
      (c) => delete plan(c, "starter").prices_cents,
      "plans[1].prices_cents is missing",
    ],
    [
      "a plan without a monthly price",
      (c) => (plan(c, "starter").prices_cents = {}),
      "plans[1].prices_cents.month is missing",
    ],
    [
      "a year for nothing",
      (c) => (plan(c, "starter").prices_cents = { month: 100, year: 0 }),
      "plans[1].prices_cents.year must be at least 50",
    ],
    [
      "a year below its month",
      (c) => (plan(c, "starter").prices_cents = { month: 100, year: 99 }),
      "plans[1].prices_cents.year must not be less",
    ],
    [
      "a negative price",
      (c) => (plan(c, "starter").prices_cents = { month: -1 }),
      "plans[1].prices_cents.month must be at least 50",
    ],
    ["half a cent", (c) => (plan(c, "starter").prices_cents = { month: 99.5 }), "must be a whole number"],
    [
      "a larger plan that costs less",
      (c) => (plan(c, "premium").prices_cents = { month: 100 }),
      "plans[2].prices_cents.month is less than that of starter",
    ],
    [
      "a plan of no known kind",
      (c) => (plan(c, "starter").kind = "trial"),
      'plans[1].kind must be "free", "self_serve" or "agreement"',
    ],
    [
      "an agreement with a price",
      (c) => (plan(c, "custom").prices_cents = { month: 100 }),
      'plans[3] has no field "prices_cents"',
    ],
    [
      "an id that is no plain word",
      (c) => (plan(c, "starter").id = "Starter Plan"),
      "plans[1].id must be a plain lower-case word",
    ],
    ["a name of two lines", (c) => (plan(c, "starter").name = "Star\nter"), "plans[1].name must be one line"],
    [
      "a bundle off the rate",
      (c) => Object.assign(c.bundles[1] ?? {}, { credits: 40_000_001 }),
      "bundles[1].credits must be 40000000",
    ],
    [
      "two bundles of one id",
      (c) => again(c.bundles, { price_cents: 100, credits: 80_000 }),
      "bundles[4].id",
    ],
    ["two bundles of one price", (c) => again(c.bundles, { id: "again" }), "bundles[4].price_cents"],
    [
      "a bundle beyond the limits",
      (c) => (c.purchase_cents.max = 150_000),
      "bundles[3].price_cents must be within purchase_cents",
    ],
    ["no bundle", (c) => (c.bundles = []), "bundles must have a bundle"],
    [
      "limits that cross",
      (c) => (c.purchase_cents = { min: 500, max: 400 }),
      "purchase_cents.min must not be more than max",
    ],
    [
      "less than Stripe charges",
      (c) => (c.purchase_cents.min = 49),
      "purchase_cents.min must be at least 50",
    ],
    [
      "a purchase no grant may give",
      (c) => (c.credits_per_dollar = 1_000_000_000_000_000),
      "purchase_cents.max buys more",
    ],
    [
      "a rate that rounds",
      (c) => (c.credits_per_dollar = 80_050),
      "credits_per_dollar must be a multiple of 100",
    ],
    [
      "two categories of one id",
      (c) => again(c.categories, { number: 9, label: "Other" }),
      "categories[3].id",
    ],
    [
      "two categories of one number",
      (c) => again(c.categories, { id: "other", label: "Other" }),
      "categories[3].number is 1",
    ],
    [
      "two categories of one label",
      (c) => again(c.categories, { id: "other", number: 9 }),
      "categories[3].label",
    ],
    [
      "a category without a number",
      (c) => again(c.categories, { id: "other", number: undefined }),
      "categories[3].number is missing",
    ],
    [
      "a number too large to keep",
      (c) => again(c.categories, { id: "other", number: 40_000 }),
      "must be at most 32767",
    ],
    [
      "only retired categories",
      (c) => {
        for (const each of c.categories) each.retired = true;
      },
      "categories must have one",
    ],
    [
      "a field nobody knows",
      (c) => Object.assign(c, { currency: "eur" }),
      'the file has no field "currency"',
    ],
    [
      "nothing about trials",
      (c) => Object.assign(c, { trial_allowance: "all" }),
      'trial_allowance must be "share" or "none"',
    ],
  ])("is refused for %s, in one sentence with its file and place", (_, change, says) => {
    const written = writtenCatalog();
    change(written);
    const message = messageOf(JSON.stringify(written));
    expect(message).toMatch(/^shop\.json: /);
    expect(message).toContain(says);
    expect(message).not.toMatch(/\n|undefined/);
  });

  it.each(["", "{", "[]", "null", '"catalog"'])("is refused where it is %o and no catalog", (text) => {
    expect(messageOf(text)).toMatch(/^shop\.json: /);
  });

  it("is refused where there is no file", () => {
    expect(() => readCatalog("no/such.json")).toThrow("CATALOG_FILE: no/such.json cannot be read (ENOENT)");
    expect(() => readCatalog("lib")).toThrow("CATALOG_FILE: lib cannot be read (EISDIR)");
  });
});
