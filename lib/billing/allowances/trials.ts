import type { BillingPeriod } from "../../calendar";
import type { Facts, NewAllowance } from "./facts";
import type { Billed } from "./line-worth";
import { lengthOf, NOTHING, type Piece, type Share, times } from "./pieces";

/**
 * What a line that cost nothing gives: its share of the time for which nothing was given yet, where the catalog gives anything for
 * it; once an account, but for whoever has paid for the subscription since.
 */
export function trialShare(
  { trialAllowance }: Pick<Facts, "trialAllowance">,
  given: readonly Pick<NewAllowance, "subscriptionId" | "origin" | "credits" | "startsAt" | "endsAt">[],
  { billed: { subscription }, piece }: { readonly billed: Billed; readonly piece: Piece },
): Share {
  if (trialAllowance === "none") return NOTHING;
  const all = given.filter((each) => each.subscriptionId !== null && each.credits > 0n);
  const hadOne = all.some(({ origin }) => origin === "trial");
  const hasPaid = all.some((each) => each.subscriptionId === subscription.id && each.origin === "line");
  if (hadOne && !hasPaid) return NOTHING;
  return times(piece.worth, lengthOf(piece) - coveredBy(all, piece), lengthOf(piece));
}

/** How much of a time allowances were given for already. */
function coveredBy(
  all: readonly Pick<NewAllowance, "startsAt" | "endsAt">[],
  { start, end }: BillingPeriod,
): bigint {
  const within = all
    .map(({ startsAt, endsAt }) => ({
      from: Math.max(startsAt.getTime(), start.getTime()),
      to: Math.min(endsAt.getTime(), end.getTime()),
    }))
    .filter(({ from, to }) => from < to)
    .toSorted((a, b) => a.from - b.from);
  let [sum, until] = [0, start.getTime()];
  for (const { from, to } of within) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return BigInt(sum);
}
