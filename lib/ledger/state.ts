import type { bucket, grantKind, holdStatus } from "../../db/schema";
import { type Credits, NO_CREDITS, sumCredits } from "../money/credits";

export type GrantKind = (typeof grantKind.enumValues)[number];
export type Bucket = (typeof bucket.enumValues)[number];
/** The id of one of the catalog's categories. */
export type SpendCategory = string;

/** What credits are used for. */
export type Purpose = {
  readonly category: SpendCategory;
  /** The model or other resource, as the caller names it. */
  readonly resource: string | null;
  readonly reference: string | null;
};

/** Where the credits of a grant are now. They add up to what was granted. */
export type GrantParts = {
  readonly remaining: Credits;
  readonly held: Credits;
  /** Used, or taken to pay for credits that were used before. */
  readonly spent: Credits;
  readonly expired: Credits;
  readonly revoked: Credits;
};

/** What the running cycle's figures are made of, beside what remains and is held. */
export type CycleParts = {
  /** Of what was spent of it ever, what paid debts; not less when it is revoked. */
  readonly paidBack: Credits;
  /** Spends and captures since the cycle's start, and so the next two. */
  readonly cycleUsed: Credits;
  readonly cyclePaidBack: Credits;
  readonly cycleExpired: Credits;
};

/** Of a grant that was just given. */
export const NOTHING_YET: Omit<GrantParts, "remaining"> & CycleParts = {
  held: NO_CREDITS,
  spent: NO_CREDITS,
  expired: NO_CREDITS,
  revoked: NO_CREDITS,
  paidBack: NO_CREDITS,
  cycleUsed: NO_CREDITS,
  cyclePaidBack: NO_CREDITS,
  cycleExpired: NO_CREDITS,
};

export type LiveGrant = GrantParts &
  CycleParts & {
    readonly id: string;
    readonly kind: GrantKind;
    readonly startsAt: Date;
    readonly expiresAt: Date;
    readonly createdAt: Date;
    readonly frozen: boolean;
    /** The start of the cycle in which its `cycle…` count; null where it was over before cycles were counted. */
    readonly cycleFrom: Date | null;
  };

export type Share = { readonly grantId: string; readonly credits: Credits };
export type HoldEnd = Exclude<(typeof holdStatus.enumValues)[number], "open">;

/** Credits set aside. The shares say which grants they came from, in spending order. */
export type Hold = {
  readonly id: string;
  readonly credits: Credits;
  readonly shares: readonly Share[];
  readonly purpose: Purpose;
  readonly placedAt: Date;
  readonly expiresAt: Date;
  readonly status: "open" | HoldEnd;
  readonly captured: Credits;
  readonly endedAt: Date | null;
};

/** An account's credits as far as any rule needs to know them. */
export type LedgerState = {
  /** In spending order: at least every grant with credits remaining or held. */
  readonly grants: readonly LiveGrant[];
  /** At least those that are due, and those a command names. */
  readonly holds: readonly Hold[];
  /** Debt: credits used and never paid for. */
  readonly owed: Credits;
  /** The start of the running cycle, in which what is given counts. */
  readonly cycleStart: Date;
};

/** Of books without cycles: everything counts. */
export const FIRST_INSTANT = new Date(0);

/** So many credits, from one bucket to another: both sides of the books in one row. */
export type Movement = {
  /** Null where no grant had the credits: what is used then is owed. */
  readonly grantId: string | null;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: Credits;
  readonly holdId: string | null;
  /** On usage, and on nothing else. */
  readonly purpose: Purpose | null;
};

/** The state of an account to which nothing was given yet. */
export const EMPTY: LedgerState = { grants: [], holds: [], owed: NO_CREDITS, cycleStart: FIRST_INSTANT };

/** Half-open: usable from `startsAt` on, and no longer at `expiresAt`. A frozen grant is not. */
export const isSpendable = (
  grant: Pick<LiveGrant, "startsAt" | "expiresAt"> & { readonly frozen?: boolean },
  now: Date,
): boolean => {
  // As numbers: comparing dates themselves costs ten times as much, and this is asked of every grant every time.
  const nowMs = now.getTime();
  return grant.startsAt.getTime() <= nowMs && nowMs < grant.expiresAt.getTime() && !grant.frozen;
};

/** What can be spent at this instant of a state in which nothing is due. */
export const availableAt = (state: LedgerState, now: Date): Credits =>
  sumCredits(state.grants.filter((each) => isSpendable(each, now)).map((each) => each.remaining));

/** Plan credits are exhausted before any add-on; among add-ons what was bought goes last. */
const KIND_ORDER: Record<GrantKind, number> = { plan: 0, promotional: 1, adjustment: 2, purchase: 3 };

/** Kind, then the earliest expiry, then the oldest; ids are time-sortable and settle what is left. */
export const bySpendingOrder = (
  a: Pick<LiveGrant, "id" | "kind" | "expiresAt" | "createdAt">,
  b: Pick<LiveGrant, "id" | "kind" | "expiresAt" | "createdAt">,
): number =>
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  a.expiresAt.getTime() - b.expiresAt.getTime() ||
  a.createdAt.getTime() - b.createdAt.getTime() ||
  (a.id < b.id ? -1 : a.id === b.id ? 0 : 1);
