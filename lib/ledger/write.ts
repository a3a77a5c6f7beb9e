import type { Raw } from "../../db/client";
import type { Credits } from "../money/credits";
import { encodeAnswer } from "./answer";
import type { Answer, HouseAnswer, NewGrant } from "./decide";
import { isSpending } from "./keys";
import type { Loaded, Prepared } from "./load";
import { instantArray, plainArray, type SetStatement, setStatement, textArray } from "./set-sql";
import type { Hold, LiveGrant, Movement } from "./state";

/** A command that was decided and is now written: once, with these movements. */
export type Decided = {
  readonly prepared: Prepared;
  readonly answer: Answer;
  readonly movements: readonly Movement[];
};

/** What a batch does to one account. */
export type Change = {
  readonly loaded: Loaded;
  /** What came due first, whatever was asked. */
  readonly due: readonly Movement[];
  readonly decided: readonly Decided[];
  /** In their new state, those that are new included. */
  readonly grants: readonly LiveGrant[];
  readonly holds: readonly Hold[];
  readonly balance: Balance;
};

export type Balance = {
  readonly lastSeq: bigint;
  readonly owed: Credits;
  readonly activeGrantId: string | null;
  readonly activeCredits: Credits;
  readonly quietUntil: Date | null;
};

/** Writes what a batch does: one statement per table, whatever the number of accounts and commands. */
export async function write(raw: Raw, changes: readonly Change[]): Promise<void> {
  const [first] = changes;
  const one = changes.length === 1 && first ? first.loaded.work.accountId : null;
  const run = (statement: SetStatement, accounts: readonly string[], parameters: (string | null)[]) =>
    one
      ? raw.unsafe(statement.one, [one, ...parameters])
      : raw.unsafe(statement.many, [plainArray(accounts), ...parameters]);
  // Sent together, run in order: what refers to a row comes after it.
  await Promise.all([
    writeBalances(run, changes),
    insertGrants(run, changes),
    updateGrants(run, changes),
    insertHolds(run, changes),
    endHolds(run, changes),
    insertEntries(run, changes),
    insertCommands(run, changes),
  ]);
}

type Run = (
  statement: SetStatement,
  accounts: readonly string[],
  parameters: (string | null)[],
) => Promise<unknown>;

const UPDATE_BALANCES = setStatement(
  [
    ["last_seq", "bigint"],
    ["owed_credits", "numeric"],
    ["active_grant_id", "uuid"],
    ["active_credits", "bigint"],
    ["quiet_until", "timestamptz"],
  ],
  (rows, account) => `
    update balances as b set last_seq = m.last_seq, owed_credits = m.owed_credits,
      active_grant_id = m.active_grant_id, active_credits = m.active_credits, quiet_until = m.quiet_until
    from ${rows} where b.account_id = ${account}`,
);

function writeBalances(run: Run, changes: readonly Change[]) {
  const balances = changes.map((each) => each.balance);
  return run(UPDATE_BALANCES, accountsOf(changes), [
    plainArray(balances.map((each) => each.lastSeq)),
    plainArray(balances.map((each) => each.owed)),
    plainArray(balances.map((each) => each.activeGrantId)),
    plainArray(balances.map((each) => each.activeCredits)),
    instantArray(balances.map((each) => each.quietUntil)),
  ]);
}

const accountsOf = (changes: readonly Change[]) => changes.map((each) => each.loaded.work.accountId);

const PARTS = ["remaining", "held", "spent", "expired", "revoked"] as const;

const UPDATE_GRANTS = setStatement(
  [
    ["id", "uuid"],
    ...PARTS.map((part) => [`${part}_credits`, "bigint"] as const),
    ["expires_at", "timestamptz"],
    ["frozen", "boolean"],
    ["now", "timestamptz"],
  ],
  (rows, account) => `
    update grants as g set ${PARTS.map((part) => `${part}_credits = m.${part}_credits`).join(", ")},
      expires_at = m.expires_at, frozen_at = case when m.frozen then coalesce(g.frozen_at, m.now) end
    from ${rows} where g.account_id = ${account} and g.id = m.id`,
);

function updateGrants(run: Run, changes: readonly Change[]) {
  const rows = changes.flatMap((change) => {
    const created = new Set(newGrants(change).map(({ id }) => id));
    return change.grants.filter(({ id }) => !created.has(id)).map((grant) => ({ change, grant }));
  });
  if (rows.length === 0) return;
  return run(UPDATE_GRANTS, accountsOf(rows.map((each) => each.change)), [
    plainArray(rows.map((each) => each.grant.id)),
    ...PARTS.map((part) => plainArray(rows.map((each) => each.grant[part]))),
    instantArray(rows.map((each) => each.grant.expiresAt)),
    plainArray(rows.map((each) => each.grant.frozen)),
    instantArray(rows.map((each) => each.change.loaded.now)),
  ]);
}

const newGrants = ({ decided }: Change): readonly NewGrant[] =>
  decided.flatMap(({ prepared: { command } }) => (command.kind === "grant" ? [command.grant] : []));

const INSERT_GRANTS = setStatement(
  [
    ["id", "uuid"],
    ["kind", "grant_kind"],
    ["source", "text"],
    ["credits", "bigint"],
    ...PARTS.map((part) => [`${part}_credits`, "bigint"] as const),
    ["starts_at", "timestamptz"],
    ["expires_at", "timestamptz"],
    ["created_at", "timestamptz"],
    ["frozen", "boolean"],
  ],
  (rows, account) => `
    insert into grants as g (account_id, id, kind, source, credits, ${PARTS.map((part) => `${part}_credits`).join(", ")},
      starts_at, expires_at, created_at, frozen_at)
    select ${account}, m.id, m.kind, m.source, m.credits, ${PARTS.map((part) => `m.${part}_credits`).join(", ")},
      m.starts_at, m.expires_at, m.created_at, case when m.frozen then m.created_at end
    from ${rows}`,
);

function insertGrants(run: Run, changes: readonly Change[]) {
  const rows = changes.flatMap((change) => {
    const live = new Map(change.grants.map((each) => [each.id, each]));
    return newGrants(change).map((given) => ({ change, given, live: live.get(given.id) as LiveGrant }));
  });
  if (rows.length === 0) return;
  return run(INSERT_GRANTS, accountsOf(rows.map((each) => each.change)), [
    plainArray(rows.map((each) => each.given.id)),
    plainArray(rows.map((each) => each.given.kind)),
    textArray(rows.map((each) => each.given.source)),
    plainArray(rows.map((each) => each.given.credits)),
    ...PARTS.map((part) => plainArray(rows.map((each) => each.live[part]))),
    instantArray(rows.map((each) => each.given.startsAt)),
    instantArray(rows.map((each) => each.live.expiresAt)),
    instantArray(rows.map((each) => each.live.createdAt)),
    plainArray(rows.map((each) => each.live.frozen)),
  ]);
}

const INSERT_HOLDS = setStatement(
  [
    ["id", "uuid"],
    ["credits", "bigint"],
    ["captured_credits", "bigint"],
    ["status", "hold_status"],
    ["shares", "text"],
    ["category", "spend_category"],
    ["resource", "text"],
    ["reference", "text"],
    ["placed_at", "timestamptz"],
    ["expires_at", "timestamptz"],
    ["ended_at", "timestamptz"],
    ["ended_key", "uuid"],
  ],
  (rows, account) => `
    insert into holds as h (account_id, id, credits, captured_credits, status, shares, category, resource, reference,
      placed_at, expires_at, ended_at, ended_key)
    select ${account}, m.id, m.credits, m.captured_credits, m.status, m.shares::jsonb, m.category, m.resource,
      m.reference, m.placed_at, m.expires_at, m.ended_at, m.ended_key
    from ${rows}`,
);

const END_HOLDS = setStatement(
  [
    ["id", "uuid"],
    ["captured_credits", "bigint"],
    ["status", "hold_status"],
    ["shares", "text"],
    ["ended_at", "timestamptz"],
    ["ended_key", "uuid"],
  ],
  (rows, account) => `
    update holds as h set captured_credits = m.captured_credits, status = m.status, shares = m.shares::jsonb,
      ended_at = m.ended_at, ended_key = m.ended_key
    from ${rows} where h.account_id = ${account} and h.id = m.id and h.status = 'open'`,
);

type HoldRow = { readonly change: Change; readonly hold: Hold; readonly endedKey: string | null };

function holdRows(change: Change, isWanted: (isNew: boolean) => boolean): HoldRow[] {
  if (change.holds.length === 0) return [];
  const placed = new Set<string>();
  const ended = new Map<string, string>();
  for (const { prepared } of change.decided) {
    const { command, id } = prepared;
    if (command.kind === "hold") placed.add(command.holdId);
    if (command.kind === "capture" || command.kind === "release") ended.set(command.holdId, id);
  }
  return change.holds
    .filter((each) => isWanted(placed.has(each.id)))
    .map((hold) => ({ change, hold, endedKey: ended.get(hold.id) ?? null }));
}

function insertHolds(run: Run, changes: readonly Change[]) {
  const rows = changes.flatMap((each) => holdRows(each, (isNew) => isNew));
  if (rows.length === 0) return;
  const holds = rows.map((each) => each.hold);
  return run(INSERT_HOLDS, accountsOf(rows.map((each) => each.change)), [
    plainArray(holds.map((each) => each.id)),
    plainArray(holds.map((each) => each.credits)),
    plainArray(holds.map((each) => each.captured)),
    plainArray(holds.map((each) => each.status)),
    textArray(holds.map(sharesText)),
    plainArray(holds.map((each) => each.purpose.category)),
    textArray(holds.map((each) => each.purpose.resource)),
    textArray(holds.map((each) => each.purpose.reference)),
    instantArray(holds.map((each) => each.placedAt)),
    instantArray(holds.map((each) => each.expiresAt)),
    instantArray(holds.map((each) => each.endedAt)),
    plainArray(rows.map((each) => each.endedKey)),
  ]);
}

function endHolds(run: Run, changes: readonly Change[]) {
  const rows = changes.flatMap((each) => holdRows(each, (isNew) => !isNew));
  if (rows.length === 0) return;
  const holds = rows.map((each) => each.hold);
  return run(END_HOLDS, accountsOf(rows.map((each) => each.change)), [
    plainArray(holds.map((each) => each.id)),
    plainArray(holds.map((each) => each.captured)),
    plainArray(holds.map((each) => each.status)),
    textArray(holds.map(sharesText)),
    instantArray(holds.map((each) => each.endedAt)),
    plainArray(rows.map((each) => each.endedKey)),
  ]);
}

const sharesText = ({ shares }: Hold) =>
  JSON.stringify(shares.map((each) => [each.grantId, String(each.credits)]));

const INSERT_ENTRIES = setStatement(
  [
    ["seq", "bigint"],
    ["grant_id", "uuid"],
    ["from_bucket", "bucket"],
    ["to_bucket", "bucket"],
    ["credits", "bigint"],
    ["key", "uuid"],
    ["fingerprint", "bigint"],
    ["line", "smallint"],
    ["hold_id", "uuid"],
    ["category", "spend_category"],
    ["resource", "text"],
    ["reference", "text"],
  ],
  (rows, account) => `
    insert into entries as e (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, line,
      hold_id, category, resource, reference)
    select ${account}, m.seq, m.grant_id, m.from_bucket, m.to_bucket, m.credits, $14::timestamptz, m.key,
      m.fingerprint, m.line, m.hold_id, m.category, m.resource, m.reference
    from ${rows}`,
);

const insertSpends = (account: string, at: string, from: string) => `
  insert into entries as e (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, line,
    category, resource, reference)
  select ${account}, m.seq, m.grant_id, 'available', 'spent', m.credits, ${at}, m.key, m.fingerprint, 0,
    m.category, m.resource, m.reference
  from ${from}`;

/** The ordinary spend: one line, from what is available of the active grant. A third fewer arrays to send and read. */
const SPEND_COLUMNS = [
  ["seq", "bigint"],
  ["grant_id", "uuid"],
  ["credits", "bigint"],
  ["key", "uuid"],
  ["fingerprint", "bigint"],
  ["category", "spend_category"],
  ["resource", "text"],
  ["reference", "text"],
] as const;
const INSERT_SPENDS = setStatement(SPEND_COLUMNS, (rows, account) =>
  insertSpends(account, "$10::timestamptz", rows),
);

/** One array per column, filled row by row: thousands of rows a batch, so no object is made for each. */
class EntryColumns {
  readonly accounts: string[] = [];
  readonly seqs: bigint[] = [];
  readonly grantIds: (string | null)[] = [];
  readonly from: string[] = [];
  readonly to: string[] = [];
  readonly credits: bigint[] = [];
  readonly keys: (string | null)[] = [];
  readonly fingerprints: (string | null)[] = [];
  readonly lines: number[] = [];
  readonly holdIds: (string | null)[] = [];
  readonly categories: (string | null)[] = [];
  readonly resources: (string | null)[] = [];
  readonly references: (string | null)[] = [];

  add(accountId: string, seq: bigint, moved: Movement, line: number, marks: Prepared | null): void {
    this.accounts.push(accountId);
    this.seqs.push(seq);
    this.grantIds.push(moved.grantId);
    this.from.push(moved.from);
    this.to.push(moved.to);
    this.credits.push(moved.credits);
    this.keys.push(marks?.id ?? null);
    this.fingerprints.push(marks?.fingerprint ?? null);
    this.lines.push(line);
    this.holdIds.push(moved.holdId);
    this.categories.push(moved.purpose?.category ?? null);
    this.resources.push(moved.purpose?.resource ?? null);
    this.references.push(moved.purpose?.reference ?? null);
  }
}

function insertEntries(run: Run, changes: readonly Change[]) {
  const rows = entriesOf(changes);
  const [first] = changes;
  if (rows.seqs.length === 0 || !first) return;
  const at = first.loaded.now.toISOString();
  const spends = spendArrays(rows);
  if (changes.every((each) => each.loaded.isActiveAlone)) {
    return run(INSERT_SPENDS, rows.accounts, [...spends, at]);
  }
  const [seqs, grantIds, amounts, keys, fingerprints, ...purposes] = spends;
  const [from, to] = [plainArray(rows.from), plainArray(rows.to)];
  const marks = [keys, fingerprints, plainArray(rows.lines), plainArray(rows.holdIds)];
  const parameters = [seqs, grantIds, from, to, amounts, ...marks, ...purposes, at];
  return run(INSERT_ENTRIES, rows.accounts, parameters);
}

function entriesOf(changes: readonly Change[]): EntryColumns {
  const rows = new EntryColumns();
  for (const change of changes) addEntries(rows, change);
  return rows;
}

const spendArrays = (rows: EntryColumns) =>
  [
    plainArray(rows.seqs),
    plainArray(rows.grantIds),
    plainArray(rows.credits),
    plainArray(rows.keys),
    plainArray(rows.fingerprints),
    plainArray(rows.categories),
    textArray(rows.resources),
    textArray(rows.references),
  ] as const;

function addEntries(rows: EntryColumns, { loaded, due, decided }: Change): void {
  const { accountId } = loaded.work;
  let seq = loaded.lastSeq;
  for (const moved of due) {
    seq += 1n;
    rows.add(accountId, seq, moved, 0, null);
  }
  for (const { prepared, movements } of decided) {
    const marks = isSpending(prepared.command) ? prepared : null;
    for (let line = 0; line < movements.length; line += 1) {
      seq += 1n;
      rows.add(accountId, seq, movements[line] as Movement, line, line === 0 ? marks : null);
    }
  }
}

const INSERT_COMMANDS = setStatement(
  [
    ["key", "text"],
    ["kind", "text"],
    ["fingerprint", "text"],
    ["answer", "text"],
    ["first_seq", "bigint"],
    ["last_seq", "bigint"],
    ["committed_at", "timestamptz"],
  ],
  (rows, account) => `
    insert into commands as c (account_id, key, kind, fingerprint, answer, first_seq, last_seq, committed_at)
    select ${account}, m.key, m.kind, decode(m.fingerprint, 'hex'), m.answer::jsonb, m.first_seq, m.last_seq, m.committed_at
    from ${rows}`,
);

function insertCommands(run: Run, changes: readonly Change[]) {
  const rows = changes.flatMap(houseCommands);
  if (rows.length === 0) return;
  return run(INSERT_COMMANDS, accountsOf(rows.map((each) => each.change)), [
    textArray(rows.map((each) => each.decided.prepared.key)),
    plainArray(rows.map((each) => each.decided.prepared.command.kind)),
    plainArray(rows.map((each) => each.decided.prepared.fingerprint)),
    textArray(rows.map((each) => encodeAnswer(each.decided.answer as HouseAnswer))),
    plainArray(rows.map((each) => each.firstSeq)),
    plainArray(rows.map((each) => each.lastSeq)),
    instantArray(rows.map((each) => each.change.loaded.now)),
  ]);
}

function houseCommands(change: Change) {
  let seq = change.loaded.lastSeq + BigInt(change.due.length);
  return change.decided.flatMap((decided) => {
    const firstSeq = seq + 1n;
    seq += BigInt(decided.movements.length);
    return isSpending(decided.prepared.command) ? [] : [{ change, decided, firstSeq, lastSeq: seq }];
  });
}

/** How long a batch that trusts its memory waits for somebody else's lock: with locks of its own it would pass over. */
const IMPATIENT = "set local lock_timeout = '50ms'";
/** The columns keep milliseconds and would round: a spend just before an expiry must not be written down as at it. */
const NOW = "date_trunc('milliseconds', now())";

const UPDATE_IF_UNCHANGED = setStatement(
  [
    ["seen_seq", "bigint"],
    ["seen_credits", "bigint"],
    ["active_grant_id", "uuid"],
    ["last_seq", "bigint"],
    ["active_credits", "bigint"],
  ],
  (rows, account) => `
    update balances as b set last_seq = m.last_seq, active_credits = m.active_credits
    from ${rows}
    where b.account_id = ${account} and b.last_seq = m.seen_seq and b.active_credits = m.seen_credits
      and b.active_grant_id = m.active_grant_id and b.quiet_until > now()
    returning b.account_id, ${NOW} as at`,
);

/** An account that was not updated gets no entries; should it have moved to just this number, the numbers collide. */
const INSERT_IF_UPDATED = setStatement([...SPEND_COLUMNS, ["last_seq", "bigint"]], (rows, account) =>
  insertSpends(
    account,
    NOW,
    `${rows} join balances as b on b.account_id = ${account} and b.last_seq = m.last_seq`,
  ),
);

/**
 * Writes spends that were decided on what this process remembers of their accounts, where that is still true: the
 * database compares under the row's lock, and goes by its own clock. Returns the accounts that were as remembered, with
 * the instant of what was written; of the others nothing is.
 */
export async function writeIfUnchanged(
  raw: Raw,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, Date>> {
  const [first] = changes;
  const one = changes.length === 1 && first ? first.loaded.work.accountId : null;
  const rows = entriesOf(changes);
  const seqAfter = new Map(changes.map((each) => [each.loaded.work.accountId, each.balance.lastSeq]));
  const send = <R extends object>(statement: SetStatement, accounts: readonly string[], rest: string[]) =>
    one
      ? raw.unsafe<R>(statement.one, [one, ...rest])
      : raw.unsafe<R>(statement.many, [plainArray(accounts), ...rest]);
  const [, updated] = await Promise.all([
    raw.unsafe(IMPATIENT),
    send<{ account_id: string; at: string }>(UPDATE_IF_UNCHANGED, accountsOf(changes), [
      plainArray(changes.map((each) => each.loaded.lastSeq)),
      plainArray(changes.map((each) => each.loaded.state.grants[0]?.remaining ?? null)),
      plainArray(changes.map((each) => each.balance.activeGrantId)),
      plainArray(changes.map((each) => each.balance.lastSeq)),
      plainArray(changes.map((each) => each.balance.activeCredits)),
    ]),
    send(INSERT_IF_UPDATED, rows.accounts, [
      ...spendArrays(rows),
      plainArray(rows.accounts.map((each) => seqAfter.get(each) ?? null)),
    ]),
  ]);
  return new Map(updated.map((each) => [each.account_id, new Date(each.at)]));
}
