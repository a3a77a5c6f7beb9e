import type { Raw } from "../../db/client";
import { categoryIdOf } from "../catalog/categories";
import { type Credits, credits, NO_CREDITS } from "../money/credits";
import { asker, endedHold, lookUpEach, named, type Query } from "./ask-rows";
import type { LedgerLimits } from "./limits";
import { GRANT_COLUMNS, type GrantRow, type HoldRow, toGrant } from "./rows";
import { plainArray, setStatement } from "./set-sql";
import {
  bySpendingOrder,
  FIRST_INSTANT,
  type Hold,
  type LedgerState,
  type LiveGrant,
  NOTHING_YET,
} from "./state";
import type { Work } from "./work";

export type Loaded = {
  readonly work: Work;
  /** The database's clock, read after the lock was granted. */
  readonly now: Date;
  readonly lastSeq: bigint;
  readonly state: LedgerState;
  readonly activeGrantId: string | null;
  /** Stable: nothing changes by time alone before this instant; null when that is not known. */
  readonly stableUntil: Date | null;
  /** Whether the state holds no more than the active grant, which is enough for these commands: nothing else was loaded. */
  readonly isFastPath: boolean;
  /** The instant at which the first hold that is not in the state falls due. */
  readonly nextDue: Date | null;
  /** From then on somebody has to be asked first; null where `stableUntil` says that it has not come. */
  readonly opensAt: Date | null;
};

export type LoadOptions = {
  /** False passes over accounts that somebody else has locked: they are missing from the answer. */
  readonly wait: boolean;
  readonly limits: LedgerLimits;
};

type Locked = {
  account_id: string;
  last_seq: bigint;
  /** A `numeric`: digits. */
  owed_credits: string;
  active_grant_id: string | null;
  active_credits: bigint;
  stable_until: string | null;
  opens_at: string | null;
  cycle_start: string;
};

const BALANCE =
  "account_id, last_seq, owed_credits, active_grant_id, active_credits, stable_until, opens_at, cycle_start";
const LOCK_ONE = `select ${BALANCE} from balances where account_id = $1::uuid for no key update`;
// In id order, so that two batches that share accounts cannot deadlock.
const LOCK_MANY = `select ${BALANCE} from balances where account_id = any($1::uuid[]) order by account_id for no key update`;
const CLOCK = "select clock_timestamp() as now";

/**
 * Locks the accounts and reads of each what its commands need. One account is addressed by a constant, so that a
 * sharded database finds its shard.
 */
export async function load(
  raw: Raw,
  work: readonly Work[],
  options: LoadOptions,
): Promise<readonly Loaded[]> {
  const skip = options.wait ? "" : " skip locked";
  const [only] = work;
  // Sent together, run in order: the clock is read after the locks were granted.
  const [rows, [clock]] = await Promise.all([
    work.length === 1 && only
      ? raw.unsafe<Locked>(LOCK_ONE + skip, [only.accountId])
      : raw.unsafe<Locked>(LOCK_MANY + skip, [plainArray(work.map((each) => each.accountId))]),
    raw.unsafe<{ now: string }>(CLOCK),
  ]);
  const now = new Date((clock as { now: string }).now);
  const found = new Map(rows.map((each) => [each.account_id, each]));
  const loaded: Loaded[] = [];
  const further: { work: Work; locked: Locked }[] = [];
  for (const each of work) {
    const locked = found.get(each.accountId);
    if (!locked) continue;
    const active = activeOf(locked);
    const alone = active && fastPathOf(each, active, { limits: options.limits, now });
    if (alone) loaded.push(alone);
    else further.push({ work: each, locked });
  }
  if (further.length > 0) loaded.push(...(await loadWhole(raw, further, now)));
  return loaded;
}

/** What is left of the grant an account is spending from, and for how long that is all a spend need know. */
export type Active = {
  readonly lastSeq: bigint;
  readonly grantId: string;
  readonly credits: Credits;
  readonly stableUntil: Date;
};

const activeOf = ({ last_seq, active_grant_id, active_credits, stable_until }: Locked): Active | null =>
  active_grant_id === null || stable_until === null
    ? null
    : {
        lastSeq: last_seq,
        grantId: active_grant_id,
        credits: credits(active_credits),
        stableUntil: new Date(stable_until),
      };

/**
 * The state in which ordinary spends are decided: the grant that is being spent from covers them all, none is refused,
 * and nothing is due before it stops being stable. Null when there is more to know. Without `now` the caller sees to it
 * that it is stable.
 */
export function fastPathOf(
  work: Work,
  active: Active,
  { limits, now = FIRST_INSTANT }: { readonly limits: LedgerLimits; readonly now?: Date },
): Loaded | null {
  if (now >= active.stableUntil) return null;
  let wanted = 0n;
  for (const { command } of work.commands) {
    if (command.kind !== "spend" || command.credits > limits.mostPerCall) return null;
    wanted += command.credits;
  }
  if (wanted > active.credits) return null;
  // Before it all grants are empty, and while it is stable it may be spent from: its other facts decide nothing.
  const grant: LiveGrant = {
    id: active.grantId,
    kind: "plan",
    remaining: active.credits,
    ...NOTHING_YET,
    startsAt: FIRST_INSTANT,
    expiresAt: active.stableUntil,
    createdAt: FIRST_INSTANT,
    frozen: false,
    cycleFrom: null,
  };
  return {
    work,
    now,
    lastSeq: active.lastSeq,
    state: { grants: [grant], holds: [], owed: NO_CREDITS, cycleStart: FIRST_INSTANT },
    activeGrantId: active.grantId,
    stableUntil: active.stableUntil,
    isFastPath: true,
    nextDue: null,
    opensAt: null,
  };
}

type AccountGrantRow = GrantRow & { readonly account_id: string };

const GRANT = `g.account_id, ${GRANT_COLUMNS}`;
const HOLD =
  "h.account_id, h.id, h.credits, h.captured_credits, h.status, h.shares, h.category, h.resource, h.reference, h.placed_at, h.expires_at, h.ended_at";

/** What a query says of its accounts: `$1` is the account, or the array of accounts. */
const ofAccounts = (build: (isOf: (alias: string) => string) => string): Query => ({
  one: build((alias) => `${alias}.account_id = $1::uuid`),
  many: build((alias) => `${alias}.account_id = any($1::uuid[])`),
});
const OPEN_GRANTS = ofAccounts(
  (isOf) => `select ${GRANT} from current_grants as g where ${isOf("g")} and g.open`,
);
const OPEN_HOLDS = ofAccounts(
  (isOf) => `select ${HOLD} from holds as h where ${isOf("h")} and h.status = 'open'`,
);
const DUE_HOLDS = ofAccounts(
  (isOf) =>
    `select ${HOLD} from holds as h where ${isOf("h")} and h.status = 'open' and h.expires_at <= $2::timestamptz`,
);
const NEXT_DUE = ofAccounts(
  (isOf) => `
    select h.account_id, min(h.expires_at) as next_due from holds as h
    where ${isOf("h")} and h.status = 'open' and h.expires_at > $2::timestamptz group by h.account_id`,
);
const NAMED_GRANTS = setStatement([["id", "uuid"]], (rows, account) =>
  lookUpEach(
    rows,
    GRANT,
    `current_grants as g where g.account_id = ${account} and g.id = m.id and not g.open limit 1`,
  ),
);
const NAMED_HOLDS = setStatement([["id", "uuid"]], (rows, account) =>
  lookUpEach(rows, HOLD, `holds as h where h.account_id = ${account} and h.id = m.id limit 1`),
);

async function loadWhole(
  raw: Raw,
  wanted: readonly { work: Work; locked: Locked }[],
  now: Date,
): Promise<readonly Loaded[]> {
  const work = wanted.map((each) => each.work);
  const ask = asker(
    raw,
    work.map((each) => each.accountId),
  );
  const mayBeDue = wanted.some(({ locked }) => !isStable(locked, now));
  const revokes = work.some(({ commands }) => commands.some((each) => each.command.kind === "revoke"));
  const at = now.toISOString();
  const none = Promise.resolve([]);
  const [open, namedGrants, namedHolds, dueHolds, nextDue] = await Promise.all([
    ask.ofAccounts<AccountGrantRow>(OPEN_GRANTS),
    ask.ofNamed<AccountGrantRow>(
      NAMED_GRANTS,
      named(work, ({ command }) => ("grantId" in command ? command.grantId : null)),
    ),
    ask.ofNamed<HoldRow>(NAMED_HOLDS, named(work, endedHold)),
    revokes ? ask.ofAccounts<HoldRow>(OPEN_HOLDS) : mayBeDue ? ask.ofAccounts<HoldRow>(DUE_HOLDS, at) : none,
    mayBeDue ? ask.ofAccounts<{ account_id: string; next_due: string }>(NEXT_DUE, at) : none,
  ]);
  const grants = groupByAccount([...open, ...namedGrants], toGrant);
  const holds = groupByAccount([...namedHolds, ...dueHolds], toHold);
  const due = new Map(nextDue.map((each) => [each.account_id, new Date(each.next_due)]));
  return wanted.map(({ work, locked }) => ({
    work,
    now,
    lastSeq: locked.last_seq,
    state: {
      grants: (grants.get(work.accountId) ?? []).sort(bySpendingOrder),
      holds: onceEach(holds.get(work.accountId) ?? []),
      owed: credits(BigInt(locked.owed_credits)),
      cycleStart: new Date(locked.cycle_start),
    },
    activeGrantId: locked.active_grant_id,
    stableUntil: isStable(locked, now) ? toInstant(locked.stable_until) : null,
    isFastPath: false,
    nextDue: due.get(work.accountId) ?? null,
    opensAt: toInstant(locked.opens_at),
  }));
}

const toInstant = (text: string | null) => (text === null ? null : new Date(text));
const isStable = ({ stable_until }: Locked, now: Date) =>
  stable_until !== null && now < new Date(stable_until);

function groupByAccount<R extends { account_id: string }, T>(
  rows: readonly R[],
  read: (row: R) => T,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.account_id);
    if (group) group.push(read(row));
    else groups.set(row.account_id, [read(row)]);
  }
  return groups;
}

/** A hold may be named and due. */
const onceEach = (holds: readonly Hold[]): Hold[] => [
  ...new Map(holds.map((each) => [each.id, each])).values(),
];

const toHold = (row: HoldRow): Hold => ({
  id: row.id,
  credits: credits(row.credits),
  shares: row.shares.map(([grantId, amount]) => ({ grantId, credits: credits(BigInt(amount)) })),
  purpose: { category: categoryIdOf(row.category), resource: row.resource, reference: row.reference },
  placedAt: new Date(row.placed_at),
  expiresAt: new Date(row.expires_at),
  status: row.status,
  captured: credits(row.captured_credits),
  endedAt: toInstant(row.ended_at),
});
