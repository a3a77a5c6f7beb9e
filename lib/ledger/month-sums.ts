import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import type { Bucket, GrantKind } from "./state";

/** Of an entry `e`: the first day of its month, UTC. */
export const ENTRY_MONTH = sql.raw("date_trunc('month', e.at at time zone 'UTC')::date");
/** Of its grant `g`, or `none` where no grant had what was used. */
export const KIND_OF_GRANT = sql.raw("coalesce(g.kind::text, 'none')");

/** So many credits went from one bucket to another in a month, of all accounts together. */
export type MonthSum = {
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly kind: GrantKind | "none";
  readonly from: Bucket;
  readonly to: Bucket;
  /** May pass an int64. */
  readonly credits: bigint;
};

/**
 * The movements of all accounts by month, oldest first: what is folded (`fold-months`) and the entries after that, read in one
 * statement and so of one moment. Equal to the sums of all entries, whether and whenever a fold ran.
 */
export async function sumMonths(db: Reader): Promise<readonly MonthSum[]> {
  const rows = await db.execute<Omit<MonthSum, "credits"> & { credits: string }>(sql`
    select to_char(month, 'YYYY-MM') as month, kind, from_bucket as "from", to_bucket as "to", sum(credits)::text as credits
    from (
      -- Added up before they are put together: by several processes at once, and a month is put in words once.
      select month, kind, from_bucket, to_bucket, sum(credits) as credits from credit_months group by 1, 2, 3, 4
      union all
      select ${ENTRY_MONTH}, ${KIND_OF_GRANT}, e.from_bucket, e.to_bucket, sum(e.credits)
      from balances as b left join credit_month_progress as p on p.account_id = b.account_id
      -- The upper bound changes nothing but tells the planner that the tail is short.
      join entries as e on e.account_id = b.account_id and e.seq > coalesce(p.seq, 0) and e.seq <= b.last_seq
      left join grants as g on g.account_id = e.account_id and g.id = e.grant_id
      where b.last_seq > coalesce(p.seq, 0) group by 1, 2, 3, 4
    ) as m
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`);
  return rows.map(({ credits, ...row }) => ({ ...row, credits: BigInt(credits) }));
}
