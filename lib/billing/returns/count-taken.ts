import type { Taken } from "../../ledger/revoke";
import {
  type Credits,
  credits,
  minCredits,
  NO_CREDITS,
  subtractCredits,
  sumCredits,
} from "../../money/credits";
import type { ReturnsDecision } from "./decide";
import { type ReturnedGrant, type Reversal, revokedSoFar } from "./moves";

/** What somebody took of a grant, for another reason than that its money went back. */
export type TakenOf = Taken & { readonly grantId: string };

/** What hurts the customer least first, as the ledger takes it. */
const FORWARDS = ["unused", "expired", "used"] as const;

/**
 * Splits what was taken: so much is due by now for money that went back, and was not there to be taken for it. That counts as
 * taken for it from now on (`counted`); the rest may be put back.
 */
export function splitTaken(taken: TakenOf, due: Credits): { counted: Reversal; rest: TakenOf } {
  const counted = { ...taken };
  const rest = { ...taken };
  let open = due;
  for (const place of FORWARDS) {
    counted[place] = minCredits(open, taken[place]);
    rest[place] = subtractCredits(taken[place], counted[place]);
    open = subtractCredits(open, counted[place]);
  }
  return { counted: { kind: "revoke", ...counted }, rest };
}

export const sizeOf = ({ used, unused, expired }: Taken): bigint => used + unused + expired;

type WhereTheyAre = {
  /** The credits that were given for the money. */
  readonly given: Credits;
  readonly before: readonly Reversal[];
  /** All grants that have some of them. */
  readonly grants: readonly ReturnedGrant[];
};

/**
 * What was decided, less what somebody took of these credits for another reason: that is not there any more, and counts as taken back
 * already. So no more goes than leaves what is still paid for, and nobody owes for a refunded share that was taken before (I14: what
 * is revoked in total is the returned share). Should it be put back later, `splitTaken` keeps what is due of it.
 */
export function lessTaken(
  decision: ReturnsDecision,
  { given, before, grants }: WhereTheyAre,
): ReturnsDecision {
  const { revoke } = decision;
  if (revoke === 0n) return decision;
  const there = sumCredits(grants.flatMap((each) => [each.remaining, each.held, each.spent, each.expired]));
  const paidFor = given - revokedSoFar(before) - revoke;
  const tooMany = there > paidFor ? credits(there - paidFor) : NO_CREDITS;
  return { ...decision, revoke: minCredits(revoke, tooMany) };
}
