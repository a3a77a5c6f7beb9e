import { expect, it } from "vitest";
import { cents } from "../../money/credits";
import { asRefund, type RefundFact } from "./decide";
import { newsOf } from "./news";

const only = (refunds: readonly RefundFact[]) => ({ refunds, disputes: [] });
const elsewhere = (amount: bigint) => only([asRefund("in_1:elsewhere", cents(amount))]);

it("each credit note that was paid back elsewhere is news, of what it adds", () => {
  const amounts = (was: ReturnType<typeof only>, now: ReturnType<typeof only>) =>
    newsOf(was, now).map(({ kind, about }) => [kind, about.amountCents]);
  expect(amounts(only([]), elsewhere(500n))).toEqual([["refunded", 500n]]);
  expect(amounts(elsewhere(500n), elsewhere(500n))).toEqual([]);
  expect(amounts(elsewhere(500n), elsewhere(800n))).toEqual([["refunded", 300n]]);
  // One was voided: nothing was paid back by that.
  expect(amounts(elsewhere(800n), elsewhere(300n))).toEqual([]);
});
