import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

/**
 * How many accounts have spent under the category of this number, or hold credits for it. One read of what usage was added up
 * to, of the entries after that, and of open holds: for a category that the catalog does not have, which is never so in
 * an ordinary start.
 */
export async function countCategoryUses(db: Reader, number: number): Promise<number> {
  const [found] = await db.execute<{ accounts: number }>(sql`
    select count(distinct account_id)::int as accounts
    from (
      select account_id from usage_days where category = ${number}
      union all select account_id from holds where status = 'open' and category = ${number}
      union all select e.account_id
        from balances as b left join usage_progress as p on p.account_id = b.account_id
          join entries as e on e.account_id = b.account_id and e.seq > coalesce(p.seq, 0)
        where e.category = ${number}
    ) as uses`);
  return found?.accounts ?? 0;
}
