import { expect, it } from "vitest";
import { cents } from "../../money/credits";
import { nextReadAt } from "./next-read";

const NOW = new Date("2026-11-29T12:00:00Z");
const DAY_MS = 86_400_000;
const madeAgo = (days: number) => ({ createdAt: new Date(NOW.getTime() - days * DAY_MS) });
const refund = (days: number) => ({
  ...{ id: "1", refundId: "re_1", amountCents: cents(100n), unreadable: null, failureCode: null },
  ...{ status: "succeeded" as const, ...madeAgo(days) },
});
const dispute = (status: "needs_response" | "lost" | "won", days: number) => ({
  ...{ id: "du_1", amountCents: cents(100n), currency: "usd", unreadable: null },
  ...{ reason: "fraudulent", evidenceDueAt: null, status, ...madeAgo(days) },
});
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

it("a refund is asked about daily as long as it may fail", () => {
  expect(nextReadAt({ refunds: [refund(89)], disputes: [] }, NOW)).toEqual(inDays(1));
  expect(nextReadAt({ refunds: [refund(91)], disputes: [] }, NOW)).toBeNull();
});

it("a dispute that was decided after months is asked about daily: it may be appealed, or decided otherwise", () => {
  const next = (each: ReturnType<typeof dispute>) => nextReadAt({ refunds: [], disputes: [each] }, NOW);
  expect(next(dispute("needs_response", 100))).toEqual(inDays(1 / 24));
  expect(next(dispute("lost", 100))).toEqual(inDays(1));
  expect(next(dispute("won", 364))).toEqual(inDays(1));
  expect(next(dispute("lost", 366))).toBeNull();
});
