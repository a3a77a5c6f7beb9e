import type { Raw } from "../../db/client";
import { categoryIdOf } from "../catalog/categories";
import { type Credits, credits } from "../money/credits";
import { decodeAnswer } from "./answer";
import type { Answer, Command, SpendingAnswer, SpendingCommand } from "./decide";
import { fingerprintOf, isSpending, type Keyed } from "./keys";
import type { LedgerLimits } from "./limits";
import { type GrantRow, toGrant } from "./rows";
import { plainArray, type SetStatement, setStatement, textArray } from "./set-sql";
import {
  type Bucket,
  bySpendingOrder,
  type Hold,
  type LedgerState,
  type LiveGrant,
  type Share,
} from "./state";

/** A command with what identifies it among an account's commands, and what makes it the same as another. */
export type Prepared = Keyed & {
  readonly id: string;
  readonly fingerprint: string;
  /** Whoever opens its account was asked: it is decided on what is there. */
  readonly wasOpened?: boolean;
};

/** What one account is asked for in a batch. */
export type Work = { readonly accountId: string; readonly commands: readonly Prepared[] };

export type Done = { readonly answer: Answer; readonly at: Date; readonly seq: bigint };
/** What a key was used for. */
export type Known = { readonly fingerprint: string; readonly done: (command: Command) => Done };

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
};

const BALANCE = "account_id, last_seq, owed_credits, active_grant_id, active_credits, stable_until, opens_at";
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

const BEGINNING = new Date(0);

/**
 * The state in which ordinary spends are decided: the grant that is being spent from covers them all, none is refused,
 * and nothing is due before it stops being stable. Null when there is more to know. Without `now` the caller sees to it
 * that it is stable.
 */
export function fastPathOf(
  work: Work,
  active: Active,
  { limits, now = BEGINNING }: { readonly limits: LedgerLimits; readonly now?: Date },
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
    ...NOTHING_ELSE,
    startsAt: BEGINNING,
    expiresAt: active.stableUntil,
    createdAt: BEGINNING,
    frozen: false,
  };
  return {
    work,
    now,
    lastSeq: active.lastSeq,
    state: { grants: [grant], holds: [], owed: credits(0n) },
    activeGrantId: active.grantId,
    stableUntil: active.stableUntil,
    isFastPath: true,
    nextDue: null,
    opensAt: null,
  };
}

const NOTHING_ELSE = { held: credits(0n), spent: credits(0n), expired: credits(0n), revoked: credits(0n) };

type AccountGrantRow = GrantRow & { readonly account_id: string };

type HoldRow = {
  account_id: string;
  id: string;
  credits: bigint;
  captured_credits: bigint;
  status: Hold["status"];
  shares: readonly (readonly [string, string])[];
  category: number;
  resource: string | null;
  reference: string | null;
  placed_at: string;
  expires_at: string;
  ended_at: string | null;
};

const GRANT =
  "g.account_id, g.id, g.kind, g.remaining_credits, g.held_credits, g.spent_credits, g.expired_credits, g.revoked_credits, g.starts_at, g.expires_at, g.created_at, g.frozen_at";
const HOLD =
  "h.account_id, h.id, h.credits, h.captured_credits, h.status, h.shares, h.category, h.resource, h.reference, h.placed_at, h.expires_at, h.ended_at";

/** In two forms, of one account or of many. */
type Query = Pick<SetStatement, "one" | "many">;

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
/** Looks each row up by itself: the limit keeps the planner from reading a table it takes for small instead. */
const lookUpEach = (rows: string, columns: string, where: string) =>
  `select found.* from ${rows} cross join lateral (select ${columns} from ${where}) as found`;
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

/** Something of an account that a command names. */
type Named = { readonly accountId: string; readonly name: string };

type AskOptions = {
  readonly toArray?: (values: readonly string[]) => string;
  readonly rest?: readonly string[];
};
type Asker = ReturnType<typeof asker>;

/** Asks about accounts in one of the two forms, and about nothing when nothing is named. */
function asker(raw: Raw, accountIds: readonly string[]) {
  const [first] = accountIds;
  const one = accountIds.length === 1 && first ? first : null;
  return {
    ofAccounts: <R extends object>(query: Query, ...parameters: string[]): Promise<readonly R[]> =>
      one
        ? raw.unsafe<R>(query.one, [one, ...parameters])
        : raw.unsafe<R>(query.many, [plainArray(accountIds), ...parameters]),
    ofNamed: async <R extends object>(
      query: Query,
      named: readonly Named[],
      { toArray = plainArray, rest = [] }: AskOptions = {},
    ): Promise<readonly R[]> => {
      if (named.length === 0) return [];
      const names = toArray(named.map((each) => each.name));
      return one
        ? raw.unsafe<R>(query.one, [one, names, ...rest])
        : raw.unsafe<R>(query.many, [plainArray(named.map((each) => each.accountId)), names, ...rest]);
    },
  };
}

const named = (work: readonly Work[], pick: (each: Prepared) => string | null): Named[] =>
  work.flatMap(({ accountId, commands }) => {
    const names = new Set(commands.flatMap((each) => pick(each) ?? []));
    return [...names].map((name) => ({ accountId, name }));
  });

const endedHold = ({ command }: Prepared): string | null =>
  command.kind === "capture" || command.kind === "release" ? command.holdId : null;

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

type LineRow = {
  account_id: string;
  key: string | null;
  fingerprint: bigint | null;
  seq: bigint;
  line: number;
  grant_id: string | null;
  from_bucket: Bucket;
  to_bucket: Bucket;
  credits: bigint;
  hold_id: string | null;
  at: string;
};
type EndedRow = Pick<HoldRow, "account_id" | "id" | "status" | "captured_credits"> & {
  ended_key: string;
  ended_at: string;
};
type CommandRow = {
  account_id: string;
  key: string;
  fingerprint: Buffer;
  answer: unknown;
  first_seq: bigint;
  last_seq: bigint;
  committed_at: string;
};

const LINE =
  "e.account_id, e.key, e.fingerprint, e.seq, e.line, e.grant_id, e.from_bucket, e.to_bucket, e.credits, e.hold_id, e.at";
// The planner must be told that a key which equals something is not null, or it leaves the index alone.
const FIRST_LINES = setStatement([["key", "uuid"]], (rows, account) =>
  lookUpEach(
    rows,
    LINE,
    `entries as e where e.account_id = ${account} and e.key = m.key and e.key is not null limit 1`,
  ),
);
/** What follows a first line closely: its command's other lines, and then those of other commands. */
const FOLLOWING_LINES = setStatement([["seq", "bigint"]], (rows, account) =>
  lookUpEach(
    rows,
    LINE,
    `entries as e where e.account_id = ${account} and e.seq > m.seq and e.seq <= m.seq + $3::int limit $3::int`,
  ),
);
const ENDED_HOLDS = setStatement([["id", "uuid"]], (rows, account) =>
  lookUpEach(
    rows,
    "h.account_id, h.id, h.status, h.ended_key, h.captured_credits, h.ended_at",
    `holds as h where h.account_id = ${account} and h.id = m.id and h.ended_key is not null limit 1`,
  ),
);
const COMMANDS = setStatement([["key", "text"]], (rows, account) =>
  lookUpEach(
    rows,
    "c.account_id, c.key, c.fingerprint, c.answer, c.first_seq, c.last_seq, c.committed_at",
    `commands as c where c.account_id = ${account} and c.key = m.key limit 1`,
  ),
);

/** What is known of an account's keys, by account and then by `Prepared.id`. */
export type KnownKeys = ReadonlyMap<string, ReadonlyMap<string, Known>>;

/** Which of these commands' keys were used before, and for what. Asked under the accounts' locks. */
export async function lookUpKeys(raw: Raw, work: readonly Work[]): Promise<KnownKeys> {
  const ask = asker(
    raw,
    work.map((each) => each.accountId),
  );
  const [lines, ended, commands] = await Promise.all([
    ask.ofNamed<LineRow>(
      FIRST_LINES,
      named(work, ({ command, id }) => (isSpending(command) ? id : null)),
    ),
    ask.ofNamed<EndedRow>(ENDED_HOLDS, named(work, endedHold)),
    ask.ofNamed<CommandRow>(
      COMMANDS,
      named(work, ({ command, key }) => (isSpending(command) ? null : key)),
      { toArray: textArray },
    ),
  ]);
  const known = new Map(work.map((each) => [each.accountId, new Map<string, Known>()]));
  for (const row of commands) known.get(row.account_id)?.set(`internal:${row.key}`, knownCommand(row));
  for (const row of ended) {
    const [id, value] = knownEnd(row);
    known.get(row.account_id)?.set(id, value);
  }
  for (const command of await wholeCommands(ask, lines)) {
    const [line] = command;
    if (line?.key) known.get(line.account_id)?.set(withoutHyphens(line.key), knownLines(command, line));
  }
  return known;
}

const withoutHyphens = (uuid: string) => uuid.replaceAll("-", "");

const knownCommand = (row: CommandRow): Known => ({
  fingerprint: row.fingerprint.toString("hex"),
  done: () => ({
    answer: decodeAnswer(row.answer),
    at: new Date(row.committed_at),
    seq: row.last_seq < row.first_seq ? 0n : row.first_seq,
  }),
});

/** Each first line with its command's others, which follow it without a gap and count on from it. */
async function wholeCommands(ask: Asker, firsts: readonly LineRow[], span = 8): Promise<LineRow[][]> {
  const named = firsts.map((each) => ({ accountId: each.account_id, name: String(each.seq) }));
  const near = await ask.ofNamed<LineRow>(FOLLOWING_LINES, named, { rest: [String(span)] });
  const bySeq = new Map(near.map((each) => [`${each.account_id} ${each.seq}`, each]));
  const commands = firsts.map((first) => {
    const lines = [first];
    for (;;) {
      const next = bySeq.get(`${first.account_id} ${first.seq + BigInt(lines.length)}`);
      if (next?.line !== lines.length) return lines;
      lines.push(next);
    }
  });
  // A spend of a hundred small grants has as many lines.
  return commands.some((each) => each.length > span) ? wholeCommands(ask, firsts, span * 8) : commands;
}

const knownLines = (lines: readonly LineRow[], first: LineRow): Known => ({
  fingerprint: String(first.fingerprint),
  done: (command) => ({ answer: answerOf(command, lines, first), at: new Date(first.at), seq: first.seq }),
});

/** An end that moved nothing, because a revocation had taken all the hold had, left no line with its key. */
function knownEnd({ id, status, ended_key, captured_credits, ended_at }: EndedRow): [string, Known] {
  const command: SpendingCommand =
    status === "captured"
      ? { kind: "capture", holdId: id, credits: credits(captured_credits) }
      : { kind: "release", holdId: id };
  const done = { answer: answerOf(command, [], null), at: new Date(ended_at), seq: 0n };
  return [withoutHyphens(ended_key), { fingerprint: String(fingerprintOf(command)), done: () => done }];
}

/** Reads the answer of a spending command off its lines, the way it was given the first time. */
function answerOf(command: Command, lines: readonly LineRow[], first: LineRow | null): SpendingAnswer {
  const used = sharesOf(lines.filter((each) => each.to_bucket === "spent"));
  switch (command.kind) {
    case "spend":
      return { kind: "spent", credits: command.credits, from: used };
    case "hold":
      return {
        kind: "held",
        holdId: first?.hold_id ?? command.holdId,
        credits: command.credits,
        expiresAt: new Date(new Date(first?.at ?? 0).getTime() + command.ttlMs),
        from: sharesOf(lines.filter((each) => each.to_bucket === "held")),
      };
    case "capture":
      return {
        kind: "captured",
        holdId: command.holdId,
        credits: command.credits,
        from: used,
        owed: sum(lines.filter((each) => each.from_bucket === "owed" && each.to_bucket === "spent")),
        returned: givenBack(lines),
      };
    case "release":
      return { kind: "released", holdId: command.holdId, returned: givenBack(lines) };
    default:
      throw new Error(`a ${command.kind} keeps its answer in a row of its own`);
  }
}

const sum = (lines: readonly LineRow[]) => credits(lines.reduce((total, each) => total + each.credits, 0n));

const givenBack = (lines: readonly LineRow[]) =>
  sum(
    lines.filter(
      (each) =>
        each.from_bucket === "held" && (each.to_bucket === "available" || each.to_bucket === "expired"),
    ),
  );

function sharesOf(lines: readonly LineRow[]): Share[] {
  const shares = new Map<string, bigint>();
  for (const { grant_id, credits: amount } of lines) {
    if (grant_id !== null) shares.set(grant_id, (shares.get(grant_id) ?? 0n) + amount);
  }
  return [...shares].map(([grantId, amount]) => ({ grantId, credits: credits(amount) }));
}
