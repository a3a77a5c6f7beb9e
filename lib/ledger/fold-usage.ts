import { sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { transact } from "../../db/transact";
import { invariant } from "../result";
import { forEachAccount, type TroubleLog } from "./each-account";
import { ENTRY_CATEGORY, IS_USAGE } from "./entry-category";
import { plainArray } from "./set-sql";

const ENTRIES_AT_A_TIME = 50_000;
const ACCOUNTS_AT_A_TIME = 1_000;
export type FoldDeps = { readonly db: Database; readonly log: TroubleLog };

/** So many entries that are not added up yet cost a reader nothing to speak of. */
const SHORT_TAIL = 5_000n;

/**
 * Adds an account's new entries up into its days, in transactions of at most `entriesAtATime` entries. Run twice at
 * once, one waits for the other and nothing is counted twice; cut short, the next goes on where it ended.
 */
export async function foldUsage(
  db: Database,
  accountId: string,
  entriesAtATime = ENTRIES_AT_A_TIME,
): Promise<void> {
  let more = true;
  while (more) more = await transact(db, (tx) => foldSome(tx, accountId, BigInt(entriesAtATime)));
}

/** Folds where so much has gathered that adding it up at every look would be felt: whoever looks first pays. */
export async function foldLongTail(db: Database, accountId: string): Promise<void> {
  const [tail] = await db.execute<{ entries: bigint }>(sql`
    select b.last_seq - coalesce(p.seq, 0) as entries
    from balances as b left join usage_progress as p on p.account_id = b.account_id
    where b.account_id = ${accountId}`);
  if (tail && tail.entries > SHORT_TAIL) await foldUsage(db, accountId);
}

/**
 * Folds the accounts that are behind, those with the most new entries first, a thousand a run. One account's trouble is
 * logged and stops nobody. Returns how many accounts it looked at.
 */
export async function foldAllUsage({ db, log }: FoldDeps): Promise<number> {
  const inTrouble: string[] = [];
  let done = 0;
  let looked = 0;
  for (;;) {
    const behind = await findBehind(db, inTrouble);
    const failed = await forEachAccount(
      behind.map((each) => each.account_id),
      {
        log,
        trouble: "an account's usage could not be added up",
        step: (accountId) => foldUsage(db, accountId),
      },
    );
    inTrouble.push(...failed);
    looked += behind.length;
    done += behind.length - failed.length;
    if (behind.length < ACCOUNTS_AT_A_TIME || done >= ACCOUNTS_AT_A_TIME) return looked;
  }
}

/** But for those that were tried in vain: they would be first for ever. */
const findBehind = (db: Database, butFor: readonly string[]) =>
  db.execute<{ account_id: string }>(sql`
    select b.account_id from balances as b left join usage_progress as p on p.account_id = b.account_id
    where b.last_seq > coalesce(p.seq, 0) and b.account_id <> all(${plainArray(butFor)}::uuid[])
    order by b.last_seq - coalesce(p.seq, 0) desc limit ${ACCOUNTS_AT_A_TIME}`);

/** Entries appear in the order of their numbers, because they are written under the account's lock: none is missed. */
async function foldSome(tx: Tx, accountId: string, most: bigint): Promise<boolean> {
  const done = await lockProgress(tx, accountId);
  const [balance] = await tx.execute<{ last_seq: bigint }>(
    sql`select last_seq from balances where account_id = ${accountId}`,
  );
  invariant(balance, `account ${accountId} has no books`);
  const left = balance.last_seq - done;
  if (left <= 0n) return false;
  const until = left > most ? done + most : balance.last_seq;
  await Promise.all([
    addToDays(tx, accountId, done, until),
    tx.execute(sql`update usage_progress set seq = ${String(until)}::bigint where account_id = ${accountId}`),
  ]);
  return until < balance.last_seq;
}

/** Returns the number of the last entry that is added up. */
async function lockProgress(tx: Tx, accountId: string): Promise<bigint> {
  await tx.execute(
    sql`insert into usage_progress as p (account_id, seq) values (${accountId}, 0) on conflict do nothing`,
  );
  const [progress] = await tx.execute<{ seq: bigint }>(
    sql`select seq from usage_progress where account_id = ${accountId} for no key update`,
  );
  invariant(progress, "the row was just made");
  return progress.seq;
}

const addToDays = (tx: Tx, accountId: string, after: bigint, until: bigint) =>
  tx.execute(sql`
    insert into usage_days as d (account_id, day, category, resource, credits, spends, first_seq, last_seq)
    select e.account_id, (e.at at time zone 'UTC')::date, ${ENTRY_CATEGORY}, coalesce(e.resource, ''),
      sum(e.credits), count(*) filter (where e.line = 0), min(e.seq), max(e.seq)
    from entries as e
    where e.account_id = ${accountId} and e.seq > ${String(after)}::bigint and e.seq <= ${String(until)}::bigint
      and ${IS_USAGE}
    group by 1, 2, 3, 4
    on conflict (account_id, day, category, resource) do update set
      credits = d.credits + excluded.credits, spends = d.spends + excluded.spends,
      first_seq = least(d.first_seq, excluded.first_seq), last_seq = greatest(d.last_seq, excluded.last_seq)`);
