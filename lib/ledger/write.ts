import type { Raw } from "../../db/client";
import { categoryNumberOf } from "../catalog/categories";
import { encodeAnswer } from "./answer";
import type { Cause } from "./cause";
import type { Change } from "./change";
import type { InternalAnswer, NewGrant } from "./decide";
import { isSpending } from "./keys";
import { type Cells, insertStatement, type Send, sender, setStatement } from "./set-sql";
import type { Hold, LiveGrant } from "./state";
import { insertEntries } from "./write-entries";

/**
 * Writes what a batch does: one statement per table, whatever the number of accounts and commands. `asValues` is for
 * one account: it writes rows as a sharded database wants them.
 */
export async function write(
  raw: Raw,
  changes: readonly Change[],
  { asValues }: { readonly asValues: boolean },
): Promise<void> {
  const [first] = changes;
  const one = changes.length === 1 && first ? first.loaded.work.accountId : null;
  const send = sender(raw, { one, asValues });
  // Built before the first is sent: the commit may travel with them, and a batch that cannot be built is to leave nothing.
  const built: (() => Promise<unknown>)[] = [];
  const build: Send = async (...statement) => {
    built.push(() => send(...statement));
    return [];
  };
  writeBalances(build, changes);
  insertGrants(build, changes);
  updateGrants(build, changes);
  insertHolds(build, changes);
  endHolds(build, changes);
  insertEntries(build, changes);
  insertCommands(build, changes);
  // Sent together, run in order: what refers to a row comes after it.
  await Promise.all(built.map((each) => each()));
}

export const UPDATE_BALANCES = setStatement(
  [
    ["last_seq", "bigint"],
    ["owed_credits", "numeric"],
    ["active_grant_id", "uuid"],
    ["active_credits", "bigint"],
    ["stable_until", "timestamptz"],
  ],
  (rows, account) => `
    update balances as b set last_seq = m.last_seq, owed_credits = m.owed_credits,
      active_grant_id = m.active_grant_id, active_credits = m.active_credits, stable_until = m.stable_until
    from ${rows} where b.account_id = ${account}`,
);

function writeBalances(send: Send, changes: readonly Change[]) {
  const balances = changes.map((each) => each.balance);
  return send(UPDATE_BALANCES, accountsOf(changes), [
    balances.map((each) => each.lastSeq),
    balances.map((each) => each.owed),
    balances.map((each) => each.activeGrantId),
    balances.map((each) => each.activeCredits),
    balances.map((each) => each.stableUntil),
  ]);
}

const accountsOf = (changes: readonly Change[]) => changes.map((each) => each.loaded.work.accountId);

/** What is kept of a grant's credits: where they are, and what the running cycle's figures are made of. */
const PARTS = {
  remaining_credits: "remaining",
  held_credits: "held",
  spent_credits: "spent",
  expired_credits: "expired",
  revoked_credits: "revoked",
  paid_back_credits: "paidBack",
  cycle_used_credits: "cycleUsed",
  cycle_paid_back_credits: "cyclePaidBack",
  cycle_expired_credits: "cycleExpired",
} as const satisfies Readonly<Record<string, keyof LiveGrant>>;
const PART_COLUMNS = Object.keys(PARTS).map((column) => [column, "bigint"] as const);
const partsOf = (grants: readonly LiveGrant[]): Cells[] =>
  Object.values(PARTS).map((part) => grants.map((each) => each[part]));

export const UPDATE_GRANTS = setStatement(
  [
    ["id", "uuid"],
    ...PART_COLUMNS,
    ["expires_at", "timestamptz"],
    ["frozen", "boolean"],
    ["now", "timestamptz"],
  ],
  (rows, account) => `
    update grants as g set ${PART_COLUMNS.map(([column]) => `${column} = m.${column}`).join(", ")},
      expires_at = m.expires_at, frozen_at = case when m.frozen then coalesce(g.frozen_at, m.now) end
    from ${rows} where g.account_id = ${account} and g.id = m.id`,
);

function updateGrants(send: Send, changes: readonly Change[]) {
  const rows = changes.flatMap((change) => {
    const created = new Set(newGrants(change).map(({ id }) => id));
    return change.grants.filter(({ id }) => !created.has(id)).map((grant) => ({ change, grant }));
  });
  if (rows.length === 0) return;
  return send(UPDATE_GRANTS, accountsOf(rows.map((each) => each.change)), [
    rows.map((each) => each.grant.id),
    ...partsOf(rows.map((each) => each.grant)),
    rows.map((each) => each.grant.expiresAt),
    rows.map((each) => each.grant.frozen),
    rows.map((each) => each.change.loaded.now),
  ]);
}

const newGrants = ({ decided }: Change): readonly NewGrant[] =>
  decided.flatMap(({ prepared: { command } }) => (command.kind === "grant" ? [command.grant] : []));

export const INSERT_GRANTS = insertStatement({
  into: "grants",
  columns: [
    ["id", "uuid"],
    ["kind", "grant_kind"],
    ["source", "text"],
    ["credits", "bigint"],
    ...PART_COLUMNS,
    ["starts_at", "timestamptz"],
    ["expires_at", "timestamptz"],
    ["created_at", "timestamptz"],
    ["frozen_at", "timestamptz"],
    ["cycle_from", "timestamptz"],
  ],
});

function insertGrants(send: Send, changes: readonly Change[]) {
  const rows = changes.flatMap((change) => {
    const live = new Map(change.grants.map((each) => [each.id, each]));
    return newGrants(change).map((given) => ({ change, given, live: live.get(given.id) as LiveGrant }));
  });
  if (rows.length === 0) return;
  return send(INSERT_GRANTS, accountsOf(rows.map((each) => each.change)), [
    rows.map((each) => each.given.id),
    rows.map((each) => each.given.kind),
    rows.map((each) => each.given.source),
    rows.map((each) => each.given.credits),
    ...partsOf(rows.map((each) => each.live)),
    rows.map((each) => each.given.startsAt),
    rows.map((each) => each.live.expiresAt),
    rows.map((each) => each.live.createdAt),
    rows.map(({ live }) => (live.frozen ? live.createdAt : null)),
    rows.map(({ live }) => live.cycleFrom),
  ]);
}

const asJson = (value: string) => `${value}::jsonb`;

export const INSERT_HOLDS = insertStatement({
  into: "holds",
  columns: [
    ["id", "uuid"],
    ["credits", "bigint"],
    ["captured_credits", "bigint"],
    ["status", "hold_status"],
    ["shares", "text", asJson],
    ["category", "smallint"],
    ["resource", "text"],
    ["reference", "text"],
    ["placed_at", "timestamptz"],
    ["expires_at", "timestamptz"],
    ["ended_at", "timestamptz"],
    ["ended_key", "uuid"],
  ],
});

export const END_HOLDS = setStatement(
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

function insertHolds(send: Send, changes: readonly Change[]) {
  const rows = changes.flatMap((each) => holdRows(each, (isNew) => isNew));
  if (rows.length === 0) return;
  const holds = rows.map((each) => each.hold);
  return send(INSERT_HOLDS, accountsOf(rows.map((each) => each.change)), [
    holds.map((each) => each.id),
    holds.map((each) => each.credits),
    holds.map((each) => each.captured),
    holds.map((each) => each.status),
    holds.map(sharesText),
    holds.map((each) => categoryNumberOf(each.purpose.category)),
    holds.map((each) => each.purpose.resource),
    holds.map((each) => each.purpose.reference),
    holds.map((each) => each.placedAt),
    holds.map((each) => each.expiresAt),
    holds.map((each) => each.endedAt),
    rows.map((each) => each.endedKey),
  ]);
}

function endHolds(send: Send, changes: readonly Change[]) {
  const rows = changes.flatMap((each) => holdRows(each, (isNew) => !isNew));
  if (rows.length === 0) return;
  const holds = rows.map((each) => each.hold);
  return send(END_HOLDS, accountsOf(rows.map((each) => each.change)), [
    holds.map((each) => each.id),
    holds.map((each) => each.captured),
    holds.map((each) => each.status),
    holds.map(sharesText),
    holds.map((each) => each.endedAt),
    rows.map((each) => each.endedKey),
  ]);
}

const sharesText = ({ shares }: Hold) =>
  JSON.stringify(shares.map((each) => [each.grantId, String(each.credits)]));

export const INSERT_COMMANDS = insertStatement({
  into: "commands",
  columns: [
    ["key", "text"],
    ["kind", "text"],
    ["fingerprint", "text", (hex) => `decode(${hex}, 'hex')`],
    ["answer", "text", asJson],
    ["first_seq", "bigint"],
    ["last_seq", "bigint"],
    ["committed_at", "timestamptz"],
    ["actor_kind", "actor_kind"],
    ["actor_id", "uuid"],
    ["reason", "text"],
  ],
});

function insertCommands(send: Send, changes: readonly Change[]) {
  const rows = changes.flatMap(internalCommands);
  if (rows.length === 0) return;
  return send(INSERT_COMMANDS, accountsOf(rows.map((each) => each.change)), [
    rows.map((each) => each.decided.prepared.key),
    rows.map((each) => each.decided.prepared.command.kind),
    rows.map((each) => each.decided.prepared.fingerprint),
    rows.map((each) => encodeAnswer(each.decided.answer as InternalAnswer)),
    rows.map((each) => each.firstSeq),
    rows.map((each) => each.lastSeq),
    rows.map((each) => each.change.loaded.now),
    ...causesOf(rows.map((each) => each.decided.prepared.cause ?? null)),
  ]);
}

const causesOf = (causes: readonly (Cause | null)[]): Cells[] => [
  causes.map((each) => each?.actor ?? null),
  causes.map((each) => (each && each.actor !== "system" ? each.actorId : null)),
  causes.map((each) => each?.reason ?? null),
];

function internalCommands(change: Change) {
  let seq = change.loaded.lastSeq + BigInt(change.due.length);
  return change.decided.flatMap((decided) => {
    const firstSeq = seq + 1n;
    seq += BigInt(decided.movements.length);
    return isSpending(decided.prepared.command) ? [] : [{ change, decided, firstSeq, lastSeq: seq }];
  });
}
