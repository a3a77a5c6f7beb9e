import { type SQL, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { transact } from "../../db/transact";
import { invariant } from "../result";
import { forEachAccount, type TroubleLog } from "./each-account";
import { plainArray } from "./set-sql";

const ENTRIES_AT_A_TIME = 50_000;
const ACCOUNTS_AT_A_TIME = 1_000;
export type FoldDeps = { readonly db: Database; readonly log: TroubleLog };

export type FoldOptions = {
  readonly entriesAtATime?: number;
  /** Asked between transactions: what has ended by then stays, and the next run goes on after it. */
  readonly goOn?: () => boolean;
};

/** Sums that are derived from entries, and brought up to date entry after entry. */
export type Fold = {
  /** The table that says how far each account's entries are added up, and whose rows are the lock under which they are. */
  readonly progress: "usage_progress" | "credit_month_progress";
  /** What an account cannot have done, as a sentence for operators. */
  readonly trouble: string;
  /** A step: adds the entries after one up to another. */
  readonly add: (tx: Tx, accountId: string, after: bigint, last: bigint) => Promise<unknown>;
};

const always = () => true;
const tableOf = ({ progress }: Fold): SQL => sql.raw(progress);

/**
 * Adds an account's new entries up, in transactions of at most `entriesAtATime` entries. Run twice at once, one waits for the
 * other and nothing is counted twice; cut short, the next goes on where it ended.
 */
export async function foldAccount(
  db: Database,
  fold: Fold,
  accountId: string,
  { entriesAtATime = ENTRIES_AT_A_TIME, goOn = always }: FoldOptions = {},
): Promise<void> {
  let more = true;
  while (more && goOn())
    more = await transact(db, (tx) => foldSome(tx, fold, accountId, BigInt(entriesAtATime)));
}

/**
 * Folds the accounts that are behind, those with the most new entries first, a thousand a run, and no further than `goOn`
 * says. One account's trouble is logged and stops nobody. Returns how many accounts it looked at.
 */
export async function foldAll({ db, log }: FoldDeps, fold: Fold, goOn = always): Promise<number> {
  const inTrouble: string[] = [];
  let done = 0;
  let looked = 0;
  for (;;) {
    const behind = await findBehind(db, fold, inTrouble);
    const failed = await forEachAccount(
      behind.map((each) => each.account_id),
      { log, trouble: fold.trouble, step: (accountId) => foldAccount(db, fold, accountId, { goOn }) },
    );
    inTrouble.push(...failed);
    looked += behind.length;
    done += behind.length - failed.length;
    if (behind.length < ACCOUNTS_AT_A_TIME || done >= ACCOUNTS_AT_A_TIME || !goOn()) return looked;
  }
}

/** But for those that were tried in vain: they would be first for ever. */
const findBehind = (db: Database, fold: Fold, butFor: readonly string[]) =>
  db.execute<{ account_id: string }>(sql`
    select b.account_id from balances as b left join ${tableOf(fold)} as p on p.account_id = b.account_id
    where b.last_seq > coalesce(p.seq, 0) and b.account_id <> all(${plainArray(butFor)}::uuid[])
    order by b.last_seq - coalesce(p.seq, 0) desc limit ${ACCOUNTS_AT_A_TIME}`);

/** Entries appear in the order of their numbers, because they are written under the account's lock: none is missed. */
async function foldSome(tx: Tx, fold: Fold, accountId: string, most: bigint): Promise<boolean> {
  const done = await lockProgress(tx, fold, accountId);
  const [balance] = await tx.execute<{ last_seq: bigint }>(
    sql`select last_seq from balances where account_id = ${accountId}`,
  );
  invariant(balance, `account ${accountId} has no books`);
  const left = balance.last_seq - done;
  if (left <= 0n) return false;
  const until = left > most ? done + most : balance.last_seq;
  await Promise.all([
    fold.add(tx, accountId, done, until),
    tx.execute(
      sql`update ${tableOf(fold)} set seq = ${String(until)}::bigint where account_id = ${accountId}`,
    ),
  ]);
  return until < balance.last_seq;
}

/** Returns the number of the last entry that is added up. */
async function lockProgress(tx: Tx, fold: Fold, accountId: string): Promise<bigint> {
  const table = tableOf(fold);
  await tx.execute(
    sql`insert into ${table} as p (account_id, seq) values (${accountId}, 0) on conflict do nothing`,
  );
  const [progress] = await tx.execute<{ seq: bigint }>(
    sql`select seq from ${table} where account_id = ${accountId} for no key update`,
  );
  invariant(progress, "the row was just made");
  return progress.seq;
}
