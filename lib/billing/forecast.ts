import type { BillingPeriod } from "../calendar";
import { type Credits, credits, minCredits, NO_CREDITS, subtractCredits } from "../money/credits";

/** What was spent lately: so many credits in so many milliseconds up to now, the last seven days or less. */
export type RecentUse = { readonly used: Credits; readonly ms: number };

export type Unused = { readonly expiresAt: Date; readonly credits: Credits; readonly addOn: Credits };

export type Forecast = {
  /** What the rest of the cycle takes if it goes on like this; rounded up. */
  readonly needed: Credits;
  /** What is missing for that at the cycle's end; zero when nothing is. */
  readonly missing: Credits;
  /** From when on there is nothing to spend, or null when there is something until the cycle's end. */
  readonly lastsUntil: Date | null;
  /** What will be unused when it expires in this cycle or at its end, the soonest first; of it, what is no plan's. */
  readonly unused: readonly Unused[];
};

/** As far as a forecast looks at a grant. */
type Grant = {
  readonly kind: string;
  readonly remaining: Credits;
  readonly expiresAt: Date;
  readonly frozen: boolean;
};

/** Before so much is known of an account, its pace is that of somebody trying things out. */
const LEAST_DATA_MS = 86_400_000;

/**
 * The average of the last seven days carried on to the cycle's end, grant by grant in spending order, each until its own
 * expiry. Null with less than 24 hours of data, and when the cycle is over.
 */
export function forecast(
  { recent, grants }: { readonly recent: RecentUse | null; readonly grants: readonly Grant[] },
  period: BillingPeriod,
  now: Date,
): Forecast | null {
  if (!recent || recent.ms < LEAST_DATA_MS || period.end <= now) return null;
  const [used, per, from, end] = [recent.used, BigInt(recent.ms), now.getTime(), period.end.getTime()];
  const takenBy = (ms: number): bigint => (used * BigInt(ms - from)) / per;
  const left = grants
    .filter((each) => !each.frozen && each.remaining > 0n && each.expiresAt > now)
    .map((each) => ({
      kind: each.kind,
      endsMs: each.expiresAt.getTime(),
      credits: each.remaining as bigint,
    }));
  const ends = [...new Set([...left.map((each) => each.endsMs).filter((ms) => ms < end), end])].sort(
    (a, b) => a - b,
  );
  const unused: Unused[] = [];
  let [at, missing, lastsUntil] = [from, 0n, null as number | null];
  for (const next of ends) {
    const wanted = takenBy(next) - takenBy(at);
    const short = takeInOrder(
      left.filter((each) => each.endsMs > at),
      wanted,
    );
    // It may be that something runs out before a later grant begins to matter: the first time counts.
    if (short > 0n && lastsUntil === null) lastsUntil = from + Number(((takenBy(next) - short) * per) / used);
    missing += short;
    const lost = left.filter((each) => each.endsMs === next && each.credits > 0n);
    if (lost.length > 0) unused.push(toUnused(next, lost));
    at = next;
  }
  const needed = credits((used * BigInt(end - from) + per - 1n) / per);
  return {
    needed,
    missing: missing > 0n ? credits(missing + (needed - takenBy(end))) : NO_CREDITS,
    lastsUntil: lastsUntil === null ? null : new Date(lastsUntil),
    unused,
  };
}

type Left = { readonly kind: string; readonly endsMs: number; credits: bigint };

/** Returns what could not be taken. */
function takeInOrder(left: readonly Left[], wanted: bigint): bigint {
  let open = wanted;
  for (const each of left) {
    const taken = each.credits < open ? each.credits : open;
    each.credits -= taken;
    open -= taken;
  }
  return open;
}

const sum = (list: readonly Left[]) => credits(list.reduce((total, each) => total + each.credits, 0n));

const toUnused = (endsMs: number, lost: readonly Left[]): Unused => ({
  expiresAt: new Date(endsMs),
  credits: sum(lost),
  addOn: sum(lost.filter((each) => each.kind !== "plan")),
});

/** How much of a purchase would be left at the cycle's end. What was there before it is spent first. */
export function likelyUnused(
  bought: Credits,
  remaining: Credits,
  pace: Pick<Forecast, "needed"> | null,
): Credits {
  const after = remaining + bought;
  const needed = pace?.needed ?? NO_CREDITS;
  return needed >= after ? NO_CREDITS : minCredits(bought, subtractCredits(credits(after), needed));
}
