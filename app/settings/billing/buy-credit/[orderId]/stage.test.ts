import { expect, it } from "vitest";
import { type Stage, titleOf } from "./stage";

it("the title of an order's page tells its states apart, and names the order in each", () => {
  const stages: readonly Stage[] = [
    "review",
    "again",
    "outdated",
    "confirming",
    "bank",
    "paid",
    "canceled",
    "canceling",
    "by_hand",
  ];
  const titles = stages.map((stage) => titleOf(stage, { reference: "CR-7F3K-20" }));
  expect(titles.slice(0, 2)).toEqual(["Confirm order CR-7F3K-20", "Declined, CR-7F3K-20"]);
  expect(titles[5]).toBe("Paid, CR-7F3K-20");
  expect(new Set(titles).size).toBe(stages.length);
  expect(titles.every((title) => title.endsWith(" CR-7F3K-20"))).toBe(true);
});
