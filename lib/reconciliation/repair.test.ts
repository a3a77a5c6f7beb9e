import { expect, it } from "vitest";
import { describeLine, type LineKind } from "./lines";
import { leftToPeople, repairable } from "./repair";

const line = (kind: LineKind, object: string, order: string | null = null) =>
  describeLine(kind, { object, accountId: "a", order, since: null });

it("each line is repaired or left to a person, with what can be done", () => {
  const lines = [
    line("charge_of_unpaid_order", "ch_1", "o1"),
    line("charge_for_nothing", "ch_2"),
    line("second_charge", "ch_3", "o1"),
    line("charge_without_order", "ch_4"),
    line("return_differs", "re_1", "o1"),
  ];
  expect(repairable(lines).map(({ kind }) => kind)).toEqual(["order", "order_returns"]);
  expect(leftToPeople(lines)).toEqual([
    expect.stringMatching(/^ch_2: left to a person \(charge_for_nothing\)\. .*refund it there, or give/),
    expect.stringMatching(/^ch_3: .*Refund this one in Stripe's dashboard\.$/),
    expect.stringMatching(/^ch_4: .*npm run recover/),
  ]);
});
