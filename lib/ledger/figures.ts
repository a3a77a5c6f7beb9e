import { type Credits, credits, NO_CREDITS, sumCredits } from "../money/credits";
import type { LiveGrant } from "./state";

/**
 * What became of an account's credits in its running cycle, in credits, each figure zero or more:
 *
 *   total = left at the cycle's start + given since − revoked = used + paidBack + held + frozen + expired + remaining
 *
 * What is revoked of credits that had been used changes none of these: it is owed. What expired at or before the start is in none.
 */
export type CycleFigures = {
  readonly startedAt: Date;
  readonly total: Credits;
  /** Spent out of grants since the start, by entries: spends and captures, whatever grant they came from. */
  readonly used: Credits;
  /** What paid a debt out of grants since the start: credits that were used before, or beyond the balance. */
  readonly paidBack: Credits;
  /** Set aside for running work, also from grants that have expired since. */
  readonly held: Credits;
  /** Left of grants that may not be spent from until they are paid. */
  readonly frozen: Credits;
  /** Expired unused since the start; what expired at the start itself was the last cycle's. */
  readonly expired: Credits;
  /** Usable now. */
  readonly remaining: Credits;
  /** Of the total, what plan grants brought, and what all others did. */
  readonly totalPlan: Credits;
  readonly totalAddOn: Credits;
  /** Of the total, what was left at the cycle's start, by when it expires: the soonest first. */
  readonly carriedOver: readonly CarriedOver[];
  /** Debt, outside the total: credits used that no grant had, or whose grant was revoked. What comes in next pays it. */
  readonly owed: Credits;
};

export type CarriedOver = { readonly expiresAt: Date; readonly credits: Credits };

type Part = "used" | "paidBack" | "held" | "frozen" | "expired" | "remaining";
type Counted = {
  readonly grant: LiveGrant;
  readonly parts: Readonly<Record<Part, Credits>>;
  readonly total: Credits;
};

/** The figures at an instant of grants of a running cycle, in which nothing is due. */
export function figuresOf(
  grants: readonly LiveGrant[],
  { now, cycleStart, owed }: { readonly now: Date; readonly cycleStart: Date; readonly owed: Credits },
): CycleFigures {
  const counted = grants.map((each) => countGrant(each, { now, cycleStart }));
  const sumOf = (part: Part) => sumCredits(counted.map((each) => each.parts[part]));
  const totalOf = (list: readonly Counted[]) => sumCredits(list.map((each) => each.total));
  const totalPlan = totalOf(counted.filter(({ grant }) => grant.kind === "plan"));
  const totalAddOn = totalOf(counted.filter(({ grant }) => grant.kind !== "plan"));
  return {
    startedAt: cycleStart,
    total: sumCredits([totalPlan, totalAddOn]),
    used: sumOf("used"),
    paidBack: sumOf("paidBack"),
    held: sumOf("held"),
    frozen: sumOf("frozen"),
    expired: sumOf("expired"),
    remaining: sumOf("remaining"),
    totalPlan,
    totalAddOn,
    carriedOver: carriedOver(counted, cycleStart),
    owed,
  };
}

type When = { readonly now: Date; readonly cycleStart: Date };

function countGrant(grant: LiveGrant, { now, cycleStart }: When): Counted {
  const { remaining, held, frozen, expiresAt } = grant;
  const isLive = expiresAt > now;
  // Over, swept or not; what was left when it ended with the cycle before is no part of this one.
  const lost = !isLive && expiresAt > cycleStart ? remaining : NO_CREDITS;
  const parts = {
    used: grant.cycleUsed,
    paidBack: grant.cyclePaidBack,
    held,
    frozen: isLive && frozen ? remaining : NO_CREDITS,
    expired: sumCredits([grant.cycleExpired, lost]),
    remaining: isLive && !frozen ? remaining : NO_CREDITS,
  };
  return { grant, parts, total: sumCredits(Object.values(parts)) };
}

/** Of grants that were there before the cycle began. */
function carriedOver(counted: readonly Counted[], cycleStart: Date): readonly CarriedOver[] {
  const sums = new Map<number, bigint>();
  for (const { grant, total } of counted) {
    const wasThere = grant.createdAt < cycleStart && grant.startsAt < cycleStart;
    const at = grant.expiresAt.getTime();
    if (wasThere && total > 0n) sums.set(at, (sums.get(at) ?? 0n) + total);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([at, sum]) => ({ expiresAt: new Date(at), credits: credits(sum) }));
}
