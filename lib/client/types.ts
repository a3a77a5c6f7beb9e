/** One of those that the API's documentation lists: what your installation's catalog has. */
export type Category = string;
export type GrantKind = "plan" | "promotional" | "adjustment" | "purchase";
export type Bucket = "issued" | "available" | "held" | "spent" | "expired" | "revoked" | "owed";

export type Purpose = {
  readonly category: Category;
  /** The model or other resource, as you name it. */
  readonly resource?: string | null;
  /** Your own reference: a conversation, a job. */
  readonly reference?: string | null;
};

type Keyed = {
  /** One key, one effect. Made up when it is left out; give your own to be able to ask again after a restart. */
  readonly idempotencyKey?: string;
};

export type SpendRequest = Purpose & Keyed & { readonly credits: number };
export type HoldRequest = SpendRequest & {
  /** From 1 to 86,400; 900 when it is left out. */
  readonly expiresInSeconds?: number;
};
export type CaptureRequest = Keyed & { readonly credits: number };
export type ReleaseRequest = Keyed;
export type BatchedSpend = SpendRequest & { readonly accountId: string };
export type EntriesRequest = { readonly cursor?: string | null; readonly limit?: number };

export type Share = { readonly grantId: string; readonly credits: number };
export type KindBalance = { readonly available: number; readonly held: number };

export type Balance = {
  readonly accountId: string;
  readonly available: number;
  readonly held: number;
  readonly owed: number;
  readonly frozen: number;
  readonly byKind: Readonly<Record<GrantKind, KindBalance>>;
  readonly nextExpiry: { readonly at: string; readonly credits: number } | null;
  readonly cycle: Cycle;
};

/** The running cycle: total = used + paidBack + held + frozen + expired + remaining. What is owed is outside of it. */
export type Cycle = {
  readonly startedAt: string;
  readonly total: number;
  readonly used: number;
  /** What new grants paid of what was owed. */
  readonly paidBack: number;
  readonly held: number;
  readonly frozen: number;
  readonly expired: number;
  readonly remaining: number;
  /** Of the total, what was left from before, by when it ends: the soonest first. */
  readonly carriedOver: readonly { readonly expiresAt: string; readonly credits: number }[];
};

export type Spend = {
  readonly accountId: string;
  readonly credits: number;
  readonly from: readonly Share[];
  readonly entry: number;
  readonly at: string;
};

export type Hold = Spend & { readonly holdId: string; readonly expiresAt: string };

export type Release = {
  readonly holdId: string;
  readonly accountId: string;
  readonly returned: number;
  /** Null when no credits moved. */
  readonly entry: number | null;
  readonly at: string;
};

export type Capture = Release & {
  readonly credits: number;
  readonly from: readonly Share[];
  /** Of the credits, those that neither the hold nor the balance had. */
  readonly owed: number;
};

export type Entry = {
  readonly entry: number;
  readonly at: string;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: number;
  readonly grantId: string | null;
  readonly holdId: string | null;
  readonly category: Category | null;
  readonly resource: string | null;
  readonly reference: string | null;
};

export type Entries = { readonly entries: readonly Entry[]; readonly nextCursor: string | null };

/** What the API says of a request that failed (RFC 9457), and what only this code has to say. */
export type Problem = {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  readonly available?: number;
  readonly owed?: number;
  /** The most that the same request may name. */
  readonly mostCredits?: number;
  readonly endedAs?: "captured" | "released" | "expired";
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
};

export type SpendResult =
  | {
      readonly idempotencyKey: string;
      readonly status: 201;
      readonly replayed: boolean;
      readonly spend: Spend;
    }
  | { readonly idempotencyKey: string | null; readonly status: number; readonly problem: Problem };
