import { type DisputeFact, isInquiry, isOpenDispute, type RefundFact } from "./decide";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So long after it was made a refund that succeeded may still fail, and a lost dispute be appealed. */
const MAY_CHANGE_FOR_MS = 90 * DAY_MS;

/** When Stripe is asked again though nobody told of anything; null where nothing can change any more. */
export function nextReadAt({ refunds, disputes }: DatedFacts, now: Date): Date | null {
  const isYoung = ({ createdAt }: { readonly createdAt: Date }) =>
    now.getTime() - createdAt.getTime() < MAY_CHANGE_FOR_MS;
  const waits = [
    refunds.some((each) => each.status === "requested") ? MINUTE_MS / 2 : null,
    refunds.some((each) => each.status === "pending" || each.status === "requires_action")
      ? 5 * MINUTE_MS
      : null,
    disputes.some((each) => isOpenDispute(each) || isInquiry(each)) ? HOUR_MS : null,
    [...refunds, ...disputes].some(isYoung) ? DAY_MS : null,
  ].filter((each) => each !== null);
  return waits.length > 0 ? new Date(now.getTime() + Math.min(...waits)) : null;
}

export type DatedFacts = {
  readonly refunds: readonly (RefundFact & { readonly createdAt: Date })[];
  readonly disputes: readonly (DisputeFact & { readonly createdAt: Date })[];
};
