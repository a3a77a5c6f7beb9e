import type { orderDisputes, orderRefunds } from "../../../db/schema";
import {
  type Cents,
  type Credits,
  cents,
  credits,
  minCredits,
  NO_CREDITS,
  subtractCredits,
} from "../../money/credits";
import { unreachable } from "../../result";

/*
 * What refunds and disputes of an order, or of a plan's invoice, mean for its credits, as a pure function of what Stripe says
 * of its payment and of what was done to the credits so far. It knows no events: whatever was heard, in whatever order, the
 * same facts are the same end.
 *
 * | fact                                            | counts as paid back   | the grant is | an operator looks at it |
 * |-------------------------------------------------|-----------------------|--------------|-------------------------|
 * | refund `requested` (ours, before Stripe answers)| yes, but not in the status | –       | –                       |
 * | refund `pending`, `requires_action`, `succeeded`| yes                   | –            | –                       |
 * | refund `failed`, `canceled`                     | no: it is restored    | –            | the money is here       |
 * | dispute `warning_*`, an inquiry                 | no                    | –            | until it is closed      |
 * | dispute `needs_response`, `under_review`        | no                    | frozen       | until it is decided     |
 * | dispute `won`, `prevented`                      | no                    | –            | –                       |
 * | dispute `lost`, `appeal_*`                      | yes, until it is won  | –            | –                       |
 * | a word that was never read                      | no                    | –            | yes                     |
 *
 * Gone in total: floor(credits × paid back ÷ paid), all of it once all was paid back. Months of a plan's year that were not
 * given count first; the rest is revoked, and what is revoked beyond that is restored. What an operator took of the credits by hand
 * counts as taken back (`lessTaken`).
 */

export type RefundFact = Pick<
  typeof orderRefunds.$inferSelect,
  "id" | "refundId" | "amountCents" | "status" | "unreadable" | "failureCode"
>;
/** Money that went back by something else than a refund at Stripe: it counts as one that succeeded. */
export const asRefund = (id: string, amountCents: Cents): RefundFact => ({
  ...{ id, refundId: null, amountCents },
  ...{ status: "succeeded", unreadable: null, failureCode: null },
});
export type DisputeFact = Pick<
  typeof orderDisputes.$inferSelect,
  "id" | "amountCents" | "currency" | "status" | "unreadable" | "reason" | "evidenceDueAt"
>;
/** What Stripe says became of the money, and what it was asked for. */
export type ReturnFacts = {
  readonly refunds: readonly RefundFact[];
  readonly disputes: readonly DisputeFact[];
};

/** What was paid, and which credits it paid for. */
export type PaidFor = {
  readonly amountCents: Cents;
  readonly currency: string;
  readonly credits: Credits;
  /** Of the credits, those that were not given, or not yet. */
  readonly notGiven?: Credits;
  /** Of the credits, those that ended with money in the customer's balance: they are not gone for what was paid back. */
  readonly ended?: Credits;
};

/** What becomes of what was paid. */
export type PaidStatus = "paid" | "partially_refunded" | "refunded" | "disputed";

export type ReturnsDecision = {
  /** What was paid back or is on its way back, never more than was paid. */
  readonly returnedCents: Cents;
  /** At most one of the two is not 0. */
  readonly revoke: Credits;
  readonly restore: Credits;
  /** Whether what is left is to be frozen, whether or not it is. */
  readonly frozen: boolean;
  readonly status: PaidStatus;
};

/** Decides, from the facts and from how many of the credits are revoked by now on their account. */
export function decideReturns(
  paid: PaidFor,
  { refunds, disputes }: ReturnFacts,
  revokedSoFar: Credits,
): ReturnsDecision {
  const lost = disputes.filter((each) => tookMoney(each, paid)).map((each) => each.amountCents);
  const counted = refunds.filter(countsAsReturned);
  const heard = counted.filter((each) => each.status !== "requested");
  const returnedCents = atMost(paid.amountCents, [...lost, ...counted.map((each) => each.amountCents)]);
  const heardCents = atMost(paid.amountCents, [...lost, ...heard.map((each) => each.amountCents)]);
  const share = shareOf(paid, returnedCents);
  const notGiven = paid.notGiven ?? NO_CREDITS;
  const given = credits(paid.credits - notGiven - (paid.ended ?? NO_CREDITS));
  const due = share > notGiven ? minCredits(given, subtractCredits(share, notGiven)) : NO_CREDITS;
  const frozen = disputes.some(isOpenDispute);
  return {
    returnedCents,
    revoke: due > revokedSoFar ? subtractCredits(due, revokedSoFar) : NO_CREDITS,
    restore: revokedSoFar > due ? subtractCredits(revokedSoFar, due) : NO_CREDITS,
    frozen,
    status: frozen ? "disputed" : statusOf(paid, heardCents),
  };
}

/** The credits that so much money paid for: never more than the money's share, and all of them for all of it. */
export const shareOf = ({ amountCents, credits: all }: PaidFor, returnedCents: Cents): Credits =>
  credits((all * returnedCents) / amountCents);

function statusOf({ amountCents }: PaidFor, returnedCents: Cents): PaidStatus {
  if (returnedCents === amountCents) return "refunded";
  return returnedCents > 0n ? "partially_refunded" : "paid";
}

const atMost = (most: Cents, amounts: readonly Cents[]): Cents => {
  const sum = amounts.reduce((total, each) => total + each, 0n);
  return sum < most ? cents(sum) : most;
};

/** Paid back, or to be: credits are gone before the money is. */
export function countsAsReturned({ status }: Pick<RefundFact, "status">): boolean {
  switch (status) {
    case "requested":
    case "pending":
    case "requires_action":
    case "succeeded":
      return true;
    case "failed":
    case "canceled":
    case null:
      return false;
    default:
      return unreachable(status);
  }
}

/** Stripe had made it, or begun to, and it came to nothing: the money is here, and is still owed. What Stripe refused is none. */
export const cameToNothing = ({ refundId, status }: Pick<RefundFact, "refundId" | "status">): boolean =>
  refundId !== null && (status === "failed" || status === "canceled");

/** The bank has taken the money and nobody has decided yet. */
export const OPEN_DISPUTE = ["needs_response", "under_review"] as const;

export const isOpenDispute = ({ status }: Pick<DisputeFact, "status">): boolean =>
  OPEN_DISPUTE.some((each) => each === status);

/** An inquiry, which moves no money and may become a dispute. */
export const isInquiry = ({ status }: Pick<DisputeFact, "status">): boolean =>
  status === "warning_needs_response" || status === "warning_under_review";

/** The bank has decided for the payer, which it may take back on appeal. In another currency nobody can say how much it took. */
function tookMoney({ status, currency }: DisputeFact, paid: PaidFor): boolean {
  const isLost = status === "lost" || status === "appeal_needs_response" || status === "appeal_under_review";
  return isLost && currency === paid.currency;
}
