import { expect, it } from "vitest";
import { cents } from "../../money/credits";
import { asRefund, type RefundFact } from "./decide";
import { isCanceled, newsOf } from "./news";

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

it("a refund that came to nothing is news once, whether its bank sent it back or it was canceled", () => {
  const refund = (status: RefundFact["status"], refundId: string | null = "re_1"): RefundFact => ({
    ...asRefund("r1", cents(500n)),
    ...{ refundId, status },
  });
  const news = (was: RefundFact | null, now: RefundFact) =>
    newsOf(only(was ? [was] : []), only([now])).map((each) => [each.kind, isCanceled(each)]);
  expect(news(refund("pending"), refund("failed"))).toEqual([["refund_failed", false]]);
  for (const before of [refund("requires_action"), refund("pending"), refund("succeeded"), null])
    expect(news(before, refund("canceled"))).toEqual([["refund_failed", true]]);
  expect(news(refund("canceled"), refund("canceled"))).toEqual([]);
  expect(news(refund("canceled"), refund("failed"))).toEqual([]);
  // Refused at once, nobody was told that it is on its way.
  expect(news(refund("requested", null), refund("failed", null))).toEqual([]);
});
