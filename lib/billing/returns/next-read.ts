import { type DisputeFact, isInquiry, isOpenDispute, type RefundFact } from "./decide";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So long after it was made a refund that succeeded may still fail. */
const REFUND_MAY_CHANGE_FOR_MS = 90 * DAY_MS;
/**
 * So long after it was opened a dispute that was decided may be decided otherwise, by an appeal or by the card's network: deciding it takes
 * two or three months (https://docs.stripe.com/disputes/how-disputes-work), and only then that begins.
 */
const DISPUTE_MAY_CHANGE_FOR_MS = 365 * DAY_MS;

/** When Stripe is asked again though nobody told of anything; null where nothing can change any more. */
export function nextReadAt({ refunds, disputes }: DatedFacts, now: Date): Date | null {
  const isYoung =
    (mayChangeForMs: number) =>
    ({ createdAt }: { readonly createdAt: Date }) =>
      now.getTime() - createdAt.getTime() < mayChangeForMs;
  const waits = [
    refunds.some((each) => each.status === "requested") ? MINUTE_MS / 2 : null,
    refunds.some((each) => each.status === "pending" || each.status === "requires_action")
      ? 5 * MINUTE_MS
      : null,
    disputes.some((each) => isOpenDispute(each) || isInquiry(each)) ? HOUR_MS : null,
    refunds.some(isYoung(REFUND_MAY_CHANGE_FOR_MS)) || disputes.some(isYoung(DISPUTE_MAY_CHANGE_FOR_MS))
      ? DAY_MS
      : null,
  ].filter((each) => each !== null);
  return waits.length > 0 ? new Date(now.getTime() + Math.min(...waits)) : null;
}

export type DatedFacts = {
  readonly refunds: readonly (RefundFact & { readonly createdAt: Date })[];
  readonly disputes: readonly (DisputeFact & { readonly createdAt: Date })[];
};
