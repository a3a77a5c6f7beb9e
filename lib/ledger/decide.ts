import { type Credits, minCredits, NO_CREDITS, subtractCredits, sumCredits } from "../money/credits";
import { err, invariant, ok, type Result, unreachable } from "../result";

export type GrantKind = "plan" | "purchase" | "promotional" | "adjustment";
export type Bucket = "issued" | "available" | "held" | "spent" | "expired" | "revoked" | "owed";

/** A grant that still holds credits. */
export type LiveGrant = {
  readonly id: string;
  readonly kind: GrantKind;
  readonly remaining: Credits;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly createdAt: Date;
};

/** An account's credits as far as any rule needs to know them. */
export type LedgerState = { readonly grants: readonly LiveGrant[] };

export type NewGrant = {
  readonly id: string;
  readonly kind: GrantKind;
  /** What it is given for: one grant per source, whatever arrives twice. */
  readonly source: string;
  readonly credits: Credits;
  readonly startsAt: Date;
  readonly expiresAt: Date;
};

export type Command =
  | { readonly kind: "grant"; readonly grant: NewGrant }
  | { readonly kind: "spend"; readonly credits: Credits }
  /** Moves what is left of grants past their expiry out of `available`: a tidy-up, spending never waits for it. */
  | { readonly kind: "expire" };

/** So many credits of one grant, from one bucket to another: both sides of the books in one row. */
export type Movement = {
  readonly grantId: string;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: Credits;
};

export type Share = { readonly grantId: string; readonly credits: Credits };

export type Answer =
  | { readonly kind: "granted"; readonly grantId: string; readonly credits: Credits }
  | { readonly kind: "spent"; readonly credits: Credits; readonly from: readonly Share[] }
  | { readonly kind: "expired"; readonly credits: Credits; readonly from: readonly Share[] };

export type Refusal =
  | { readonly code: "insufficient_credits"; readonly available: Credits }
  | { readonly code: "nothing_to_do" };

export type Decision = {
  readonly movements: readonly Movement[];
  readonly state: LedgerState;
  readonly answer: Answer;
};

/**
 * The rules of the ledger, as a pure function: what a command does to an account's credits at an instant, or why
 * it does nothing. The returned state is what the next command of the same batch decides on.
 */
export function decide(state: LedgerState, command: Command, now: Date): Result<Decision, Refusal> {
  switch (command.kind) {
    case "grant":
      return ok(decideGrant(state, command.grant, now));
    case "spend":
      return decideSpend(state, command.credits, now);
    case "expire":
      return decideExpire(state, now);
    default:
      return unreachable(command);
  }
}

/** Half-open: usable from `startsAt` on, and no longer at `expiresAt`. */
export const isSpendable = (grant: Pick<LiveGrant, "startsAt" | "expiresAt">, now: Date): boolean =>
  grant.startsAt <= now && now < grant.expiresAt;

/** What can be spent at this instant. */
export const availableAt = (state: LedgerState, now: Date): Credits =>
  sumCredits(state.grants.filter((each) => isSpendable(each, now)).map((each) => each.remaining));

/** Plan credits are exhausted before any add-on; among add-ons what was bought goes last. */
const KIND_ORDER: Record<GrantKind, number> = { plan: 0, promotional: 1, adjustment: 2, purchase: 3 };

/** Kind, then the earliest expiry, then the oldest; ids are time-sortable and settle what is left. */
export const bySpendingOrder = (a: LiveGrant, b: LiveGrant): number =>
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  a.expiresAt.getTime() - b.expiresAt.getTime() ||
  a.createdAt.getTime() - b.createdAt.getTime() ||
  (a.id < b.id ? -1 : 1);

function decideGrant(state: LedgerState, grant: NewGrant, now: Date): Decision {
  invariant(grant.credits > 0n, "a grant gives something");
  invariant(grant.startsAt < grant.expiresAt, "a grant lives forward");
  const { id, kind, startsAt, expiresAt } = grant;
  const live: LiveGrant = { id, kind, startsAt, expiresAt, remaining: grant.credits, createdAt: now };
  return {
    movements: [{ grantId: id, from: "issued", to: "available", credits: grant.credits }],
    state: { grants: [...state.grants, live] },
    answer: { kind: "granted", grantId: id, credits: grant.credits },
  };
}

function decideSpend(state: LedgerState, wanted: Credits, now: Date): Result<Decision, Refusal> {
  invariant(wanted > 0n, "a spend takes something");
  const available = availableAt(state, now);
  if (wanted > available) return err({ code: "insufficient_credits", available });
  const from: Share[] = [];
  let open: Credits = wanted;
  for (const grant of state.grants.filter((each) => isSpendable(each, now)).sort(bySpendingOrder)) {
    if (open === 0n) break;
    const taken = minCredits(open, grant.remaining);
    if (taken === 0n) continue;
    from.push({ grantId: grant.id, credits: taken });
    open = subtractCredits(open, taken);
  }
  return ok({ ...take(state, from, "spent"), answer: { kind: "spent", credits: wanted, from } });
}

function decideExpire(state: LedgerState, now: Date): Result<Decision, Refusal> {
  const from = state.grants
    .filter((each) => each.expiresAt <= now && each.remaining > 0n)
    .map((each) => ({ grantId: each.id, credits: each.remaining }));
  if (from.length === 0) return err({ code: "nothing_to_do" });
  const total = sumCredits(from.map((each) => each.credits));
  return ok({ ...take(state, from, "expired"), answer: { kind: "expired", credits: total, from } });
}

/** Takes shares out of `available`, leaving every other grant as it is. */
function take(state: LedgerState, shares: readonly Share[], to: Bucket): Omit<Decision, "answer"> {
  const taken = new Map(shares.map((each) => [each.grantId, each.credits]));
  return {
    movements: shares.map((each) => ({ ...each, from: "available" as const, to })),
    state: {
      grants: state.grants.map((each) => ({
        ...each,
        remaining: subtractCredits(each.remaining, taken.get(each.id) ?? NO_CREDITS),
      })),
    },
  };
}

/** The state of an account to which nothing was given yet. */
export const EMPTY: LedgerState = { grants: [] };
