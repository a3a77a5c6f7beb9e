import { type SQL, sql } from "drizzle-orm";
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

export type FoldOptions = {
  readonly entriesAtATime?: number;
  /** Asked between transactions: what has ended by then stays, and the next run goes on after it. */
  readonly goOn?: () => boolean;
};

const always = () => true;

/**
 * Adds an account's new entries up into its days, in transactions of at most `entriesAtATime` entries. Run twice at
 * once, one waits for the other and nothing is counted twice; cut short, the next goes on where it ended.
 */
export async function foldUsage(
  db: Database,
  accountId: string,
  { entriesAtATime = ENTRIES_AT_A_TIME, goOn = always }: FoldOptions = {},
): Promise<void> {
  let more = true;
  while (more && goOn()) more = await transact(db, (tx) => foldSome(tx, accountId, BigInt(entriesAtATime)));
}

/**
 * Folds where so much has gathered that adding it up at every look would be felt: whoever looks first pays, as long as `goOn`
 * says. What is not added up by then is read entry by entry.
 */
export async function foldLongTail(db: Database, accountId: string, goOn = always): Promise<void> {
  const [tail] = await db.execute<{ entries: bigint }>(sql`
    select b.last_seq - coalesce(p.seq, 0) as entries
    from balances as b left join usage_progress as p on p.account_id = b.account_id
    where b.account_id = ${accountId}`);
  if (tail && tail.entries > SHORT_TAIL) await foldUsage(db, accountId, { goOn });
}

/**
 * Folds the accounts that are behind, those with the most new entries first, a thousand a run, and no further than `goOn`
 * says. One account's trouble is logged and stops nobody. Returns how many accounts it looked at.
 */
export async function foldAllUsage({ db, log }: FoldDeps, goOn = always): Promise<number> {
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
        step: (accountId) => foldUsage(db, accountId, { goOn }),
      },
    );
    inTrouble.push(...failed);
    looked += behind.length;
    done += behind.length - failed.length;
    if (behind.length < ACCOUNTS_AT_A_TIME || done >= ACCOUNTS_AT_A_TIME || !goOn()) return looked;
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

/** The number of an entry's quarter of an hour in its UTC day, 0 to 95. */
const QUARTER = sql.raw("(floor(extract(epoch from e.at) / 900)::bigint % 96)::smallint");

type Sums = "credits_until" | "spends_until";

/** What both sides say was used up to a quarter and with it; a side without one so early, or without a row, says nothing. */
const together = (sums: Sums): SQL => sql.join([ofSide("a", sums), ofSide("d", sums)], sql` + `);
const ofSide = (side: "a" | "d", sums: Sums): SQL =>
  sql.raw(`coalesce(${side}.${sums}[width_bucket(q.quarter, ${side}.quarters)], 0)`);

/**
 * New entries are added up per quarter (`e`), become a day's running sums (`a`) and come together with those of the day's
 * row (`d`), which is written anew: whoever adds up has locked the account's progress, so nobody else writes it.
 */
const addToDays = (tx: Tx, accountId: string, after: bigint, last: bigint) =>
  tx.execute(sql`
    insert into usage_days as t (account_id, day, category, resource, quarters, credits_until, spends_until,
      credits, spends, first_seq, last_seq)
    select a.account_id, a.day, a.category, a.resource, m.quarters, m.credits_until, m.spends_until,
      m.credits_until[cardinality(m.quarters)], m.spends_until[cardinality(m.quarters)],
      least(a.first_seq, d.first_seq), greatest(a.last_seq, d.last_seq)
    from (
      select account_id, day, category, resource, array_agg(quarter order by quarter) as quarters,
        array_agg(credits_until order by quarter) as credits_until,
        array_agg(spends_until order by quarter) as spends_until,
        min(first_seq) as first_seq, max(last_seq) as last_seq
      from (
        select account_id, day, category, resource, quarter, first_seq, last_seq,
          sum(credits) over w as credits_until, (sum(spends) over w)::bigint as spends_until
        from (
          select e.account_id, (e.at at time zone 'UTC')::date as day, ${ENTRY_CATEGORY} as category,
            coalesce(e.resource, '') as resource, ${QUARTER} as quarter, sum(e.credits) as credits,
            count(*) filter (where e.line = 0) as spends, min(e.seq) as first_seq, max(e.seq) as last_seq
          from entries as e
          where e.account_id = ${accountId} and e.seq > ${String(after)}::bigint and e.seq <= ${String(last)}::bigint
            and ${IS_USAGE}
          group by 1, 2, 3, 4, 5
        ) as sums
        window w as (partition by account_id, day, category, resource order by quarter)
      ) as running group by 1, 2, 3, 4
    ) as a
    left join usage_days as d on d.account_id = a.account_id and d.day = a.day and d.category = a.category
      and d.resource = a.resource
    cross join lateral (
      select array_agg(q.quarter order by q.quarter) as quarters,
        array_agg(${together("credits_until")} order by q.quarter) as credits_until,
        array_agg(${together("spends_until")} order by q.quarter) as spends_until
      from (select unnest(a.quarters) union select unnest(d.quarters)) as q(quarter)
    ) as m
    on conflict (account_id, day, category, resource) do update set
      quarters = excluded.quarters, credits_until = excluded.credits_until, spends_until = excluded.spends_until,
      credits = excluded.credits, spends = excluded.spends, first_seq = excluded.first_seq, last_seq = excluded.last_seq`);
