import type { BillingPeriod } from "../calendar";
import { type Credits, credits, minCredits, NO_CREDITS, subtractCredits } from "../money/credits";

export type Pace = {
  /** What the rest of the cycle takes if it goes on like this; rounded up. */
  readonly needed: Credits;
  /** What is missing for that; zero when the credits outlast the cycle. */
  readonly missing: Credits;
  /** When the credits run out, or null when they outlast the cycle. */
  readonly lastsUntil: Date | null;
};

/** This cycle's average carried on to its end; null while there is nothing to average. */
export function forecastPace(
  balance: { readonly used: Credits; readonly remaining: Credits },
  period: BillingPeriod,
  now: Date,
): Pace | null {
  const elapsed = BigInt(now.getTime() - period.start.getTime());
  const left = BigInt(period.end.getTime() - now.getTime());
  const { used, remaining } = balance;
  if (used === 0n || elapsed <= 0n || left <= 0n) return null;
  const needed = credits((used * left + elapsed - 1n) / elapsed);
  if (needed <= remaining) return { needed, missing: NO_CREDITS, lastsUntil: null };
  return {
    needed,
    missing: subtractCredits(needed, remaining),
    lastsUntil: new Date(now.getTime() + Number((remaining * elapsed) / used)),
  };
}

/** How much of a purchase would be left at the cycle's end. What was there before it is spent first. */
export function likelyUnused(bought: Credits, remaining: Credits, pace: Pace | null): Credits {
  const after = remaining + bought;
  const needed = pace?.needed ?? 0n;
  return needed >= after ? NO_CREDITS : minCredits(bought, credits(after - needed));
}
