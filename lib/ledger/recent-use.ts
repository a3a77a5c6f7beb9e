import { type SQL, sql } from "drizzle-orm";
import { type Credits, credits } from "../money/credits";
import { IS_USAGE } from "./entry-category";

/** As the database builds it; null where more entries than that wait to be added up. */
export type RecentUseJson = { used: string; since: string; first: string | null };

/** So many entries that are not added up yet are read. With more, what is known of the last days is too old to go by. */
const MAX_TAIL = 10_000;
/** With today's. */
const DAYS = 7;

/**
 * A column for a statement about an account: what it spent on the last seven UTC days, today included, from days that are added
 * up and the few entries that are not. Costs the same whatever the history.
 */
export const recentUseOf = (accountId: string): SQL<RecentUseJson | null> => sql<RecentUseJson | null>`(
  select json_build_object('since', w.since, 'first', (select min(d.day) from usage_days as d where d.account_id = ${accountId}),
    'used', (
      coalesce((select sum(d.credits) from usage_days as d where d.account_id = ${accountId} and d.day >= (w.since at time zone 'UTC')::date), 0)
      + coalesce((
        select sum(e.credits) from entries as e where e.account_id = ${accountId} and ${IS_USAGE}
          and e.seq > coalesce((select p.seq from usage_progress as p where p.account_id = ${accountId}), 0)
          and e.seq <= (select t.last_seq from balances as t where t.account_id = ${accountId}) and e.at >= w.since
      ), 0))::text)
  from balances as b
  cross join (select (date_trunc('day', now() at time zone 'UTC') - make_interval(days => ${DAYS - 1})) at time zone 'UTC' as since) as w
  where b.account_id = ${accountId}
    and b.last_seq - coalesce((select p.seq from usage_progress as p where p.account_id = ${accountId}), 0) <= ${MAX_TAIL})`;

/**
 * What was spent lately, and in how many milliseconds up to `now`: since the account was made, or first spent anything, where
 * that is less than seven days ago.
 */
export function toRecentUse(
  found: RecentUseJson | null,
  { createdAt, now }: { readonly createdAt: Date; readonly now: Date },
): { readonly used: Credits; readonly ms: number } | null {
  if (!found) return null;
  const first = found.first === null ? createdAt.getTime() : Date.parse(found.first);
  const known = Math.min(createdAt.getTime(), first);
  return {
    used: credits(BigInt(found.used)),
    ms: now.getTime() - Math.max(Date.parse(found.since), known),
  };
}
