import type { Raw } from "../../db/client";
import { NO_CREDITS } from "../money/credits";
import type { Change } from "./change";
import { type Cells, sender, setStatement } from "./set-sql";
import { entriesOf, INSERT_SPENDS, SPEND_COLUMNS } from "./write-entries";

/** How long a batch that goes by its memory waits for somebody else's lock: with locks of its own it would pass over. */
const IMPATIENT = "set local lock_timeout = '50ms'";
/** A sharded database hands the settings of a transaction on to the shard's node only when it is told to. */
const TELL_THE_NODE = "set local citus.propagate_set_commands = 'local'";
/** The columns keep milliseconds and would round: a spend just before an expiry must not be written down as at it. */
const NOW = "date_trunc('milliseconds', now())";
const INSTANT = `select ${NOW} as at`;

const updateIfUnchanged = (returning: string) =>
  setStatement(
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
      and b.active_grant_id = m.active_grant_id and b.stable_until > now()
    returning ${returning}`,
  );
const UPDATE_IF_UNCHANGED = updateIfUnchanged(`b.account_id, ${NOW} as at`);
/** Of one shard: that may give back no more than its own columns. */
export const UPDATE_ONE_IF_UNCHANGED = updateIfUnchanged("b.account_id");

/** An account that was not updated gets no entries; should it have moved to just this number, the numbers collide. */
const INSERT_IF_UPDATED = setStatement(
  [...SPEND_COLUMNS, ["last_seq", "bigint"]],
  (rows, account) => `
  insert into entries as e (account_id, seq, grant_id, from_bucket, to_bucket, credits, at, key, fingerprint, line,
    category, resource, reference, api_key)
  select ${account}, m.seq, m.grant_id, 'available', 'spent', m.credits, ${NOW}, m.key, m.fingerprint, 0,
    m.category, m.resource, m.reference, m.api_key
  from ${rows} join balances as b on b.account_id = ${account} and b.last_seq = m.last_seq`,
);

const accountsOf = (changes: readonly Change[]) => changes.map((each) => each.loaded.work.accountId);

/** As `UPDATE_IF_UNCHANGED` has them. */
const moves = (changes: readonly Change[]): Cells[] => [
  changes.map((each) => each.loaded.lastSeq),
  changes.map((each) => each.loaded.state.grants[0]?.remaining ?? NO_CREDITS),
  changes.map((each) => each.balance.activeGrantId),
  changes.map((each) => each.balance.lastSeq),
  changes.map((each) => each.balance.activeCredits),
];

/**
 * Writes spends that were decided on what this process remembers of their accounts, where that is still true: the
 * database compares under the row's lock, and goes by its own clock. Returns the accounts that were as remembered, with
 * the instant of what was written; of the others nothing is.
 */
export async function writeIfUnchanged(
  raw: Raw,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, Date>> {
  const one = changes.length === 1 ? (accountsOf(changes)[0] ?? null) : null;
  const send = sender(raw, { one, asValues: false });
  const rows = entriesOf(changes);
  const seqAfter = new Map(changes.map((each) => [each.loaded.work.accountId, each.balance.lastSeq]));
  const [, updated] = await Promise.all([
    raw.unsafe(IMPATIENT),
    send<{ account_id: string; at: string }>(UPDATE_IF_UNCHANGED, accountsOf(changes), moves(changes)),
    send(INSERT_IF_UPDATED, rows.accounts, [
      ...rows.ofSpends,
      rows.accounts.map((each) => seqAfter.get(each) ?? null),
    ]),
  ]);
  return new Map(updated.map((each) => [each.account_id, new Date(each.at)]));
}

/** What is left to write of spends that `moveIfUnchanged` moved the account's row for. */
export type Moved = { readonly at: Date; readonly insert: () => Promise<unknown> };

/**
 * The same of one account in one shard, where no insert may depend on what an update found: so its row is moved first,
 * and the entries are inserted by whoever saw that it was. Null when the account is not as remembered.
 */
export async function moveIfUnchanged(raw: Raw, change: Change): Promise<Moved | null> {
  const { accountId } = change.loaded.work;
  const send = sender(raw, { one: accountId, asValues: true });
  const rows = entriesOf([change]);
  const [, , [clock], updated] = await Promise.all([
    raw.unsafe(TELL_THE_NODE),
    raw.unsafe(IMPATIENT),
    raw.unsafe<{ at: string }>(INSTANT),
    send(UPDATE_ONE_IF_UNCHANGED, [accountId], moves([change])),
  ]);
  if (!clock || updated.length === 0) return null;
  const at = new Date(clock.at);
  return { at, insert: () => send(INSERT_SPENDS, rows.accounts, rows.ofSpends, [at.toISOString()]) };
}
