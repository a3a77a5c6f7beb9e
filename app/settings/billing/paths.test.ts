import { describe, expect, it } from "vitest";
import { toPublicId } from "@/lib/ids";
import { BUY_CREDIT, findDestination, PLANS, rawQueryOf, upgradeDestination, upgradePath } from "./paths";

describe("where saving a card leads back to", () => {
  it("is one of our pages by name, an order, or the upgrade that needed the card", () => {
    const order = toPublicId("order", "01920000-0000-7000-8000-000000000000");
    expect(findDestination("plans")).toBe(PLANS);
    expect(findDestination(order)).toBe(`${BUY_CREDIT}/${order}`);
    expect(findDestination(upgradeDestination("premium", "year"))).toBe(upgradePath("premium", "year"));
  });

  it.each([
    undefined,
    null,
    "",
    "//evil.example",
    "https://evil.example",
    "upgrade-premium",
    "upgrade-premium-week",
    "upgrade-../../x-month",
    "upgrade-a&b=c-month",
    ["plans"],
  ])("is nowhere for %o", (then) => {
    expect(findDestination(then)).toBeNull();
  });
});

it("a name that stands twice in an address is a list for routes as it is for pages", () => {
  const raw = rawQueryOf(new URLSearchParams("from=a&from=b&to=c&__proto__=d&empty"));
  expect(Object.entries(raw)).toEqual([
    ["from", ["a", "b"]],
    ["to", "c"],
    ["__proto__", "d"],
    ["empty", ""],
  ]);
});
