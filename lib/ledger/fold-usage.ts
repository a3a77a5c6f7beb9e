import { type SQL, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { ENTRY_CATEGORY, IS_USAGE } from "./entry-category";
import { type Fold, type FoldDeps, type FoldOptions, foldAccount, foldAll } from "./fold";

/** So many entries that are not added up yet cost a reader nothing to speak of. */
const SHORT_TAIL = 5_000n;

/** Adds an account's new entries up into its days (`foldAccount`). */
export const foldUsage = (db: Database, accountId: string, options?: FoldOptions): Promise<void> =>
  foldAccount(db, USAGE, accountId, options);

/**
 * Folds where so much has gathered that adding it up at every look would be felt: whoever looks first pays, as long as `goOn`
 * says. What is not added up by then is read entry by entry.
 */
export async function foldLongTail(db: Database, accountId: string, goOn?: () => boolean): Promise<void> {
  const [tail] = await db.execute<{ entries: bigint }>(sql`
    select b.last_seq - coalesce(p.seq, 0) as entries
    from balances as b left join usage_progress as p on p.account_id = b.account_id
    where b.account_id = ${accountId}`);
  if (tail && tail.entries > SHORT_TAIL) await foldUsage(db, accountId, goOn ? { goOn } : {});
}

/** Folds the accounts that are behind (`foldAll`). Returns how many accounts it looked at. */
export const foldAllUsage = (deps: FoldDeps, goOn?: () => boolean): Promise<number> =>
  foldAll(deps, USAGE, goOn);

/** The number of an entry's quarter of an hour in its UTC day, 0 to 95. */
const QUARTER = sql.raw("(floor(extract(epoch from e.at) / 900)::bigint % 96)::smallint");

type Sums = "credits_until" | "spends_until";

/** What both sides say was used up to a quarter and with it; a side without one so early, or without a row, says nothing. */
const together = (sums: Sums): SQL => sql.join([ofSide("a", sums), ofSide("d", sums)], sql` + `);
const ofSide = (side: "a" | "d", sums: Sums): SQL =>
  sql.raw(`coalesce(${side}.${sums}[width_bucket(q.quarter, ${side}.quarters)], 0)`);

/** The days that an account's entries after one and up to another add up to, as rows of `usage_days`. */
export const daysOf = (accountId: string, after: bigint, last: bigint): SQL => sql`
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
    ) as running group by 1, 2, 3, 4`;

/**
 * New entries are added up per quarter (`e`), become a day's running sums (`a`) and come together with those of the day's
 * row (`d`), which is written anew: whoever adds up has locked the account's progress, so nobody else writes it.
 */
function addToDays(tx: Tx, accountId: string, after: bigint, last: bigint) {
  return tx.execute(sql`
    insert into usage_days as t (account_id, day, category, resource, quarters, credits_until, spends_until,
      credits, spends, first_seq, last_seq)
    select a.account_id, a.day, a.category, a.resource, m.quarters, m.credits_until, m.spends_until,
      m.credits_until[cardinality(m.quarters)], m.spends_until[cardinality(m.quarters)],
      least(a.first_seq, d.first_seq), greatest(a.last_seq, d.last_seq)
    from (${daysOf(accountId, after, last)}) as a
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
}

const USAGE: Fold = {
  progress: "usage_progress",
  trouble: "an account's usage could not be added up",
  add: addToDays,
};
