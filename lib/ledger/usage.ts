import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { quarterAt } from "../calendar";
import { categoryIdOf, categoryNumberOf } from "../catalog/categories";
import { type Credits, credits, sumCredits } from "../money/credits";
import { ENTRY_CATEGORY, IS_USAGE } from "./entry-category";
import { instantArray, plainArray } from "./set-sql";
import type { SpendCategory } from "./state";
import { type AskedDays, piecesOf, timeOf, type UsageTime } from "./usage-time";

export type UsageFilter = AskedDays & {
  /** Null for all. */
  readonly category: SpendCategory | null;
  /** Empty for usage that names none, null for all. */
  readonly resource: string | null;
};

export type UsageAmount = {
  readonly credits: Credits;
  /** How many spends and captures. */
  readonly spends: bigint;
};

export type UsageView = UsageAmount & {
  /** Oldest day first; days on which nothing was used are left out. */
  readonly days: readonly (UsageAmount & { readonly day: string; readonly category: SpendCategory })[];
  /** The most used first, at most 50. Empty where the caller named none. */
  readonly resources: readonly (UsageAmount & { readonly resource: string })[];
  /** How many there are in all. */
  readonly resourceCount: number;
  /** The most used of these days, whatever category and resource are asked for; at most 200. */
  readonly knownResources: readonly string[];
};

const MAX_RESOURCES = 50;
const MAX_KNOWN = 200;

/** The number that the ledger keeps of the category asked for. */
export const numberIn = ({ category }: Pick<UsageFilter, "category">): number | null =>
  category === null ? null : categoryNumberOf(category);

type UsageRow = {
  part: "day" | "resource" | "known" | "count";
  /** Its place among the days asked for, from 1. */
  day: number;
  category: number;
  resource: string;
  /** A `numeric`: digits. */
  credits: string;
  spends: bigint;
};

/**
 * What an account used on some days of a time zone, added up: quarters of an hour that are folded and the few entries that are
 * not yet, read in one statement and so of one moment. Equal to the sum of the entries, and as cheap with ten million
 * as with a hundred.
 */
export async function getUsage(db: Reader, accountId: string, filter: UsageFilter): Promise<UsageView> {
  const { resource } = filter;
  const category = numberIn(filter);
  const time = timeOf(filter);
  const rows = await db.execute<UsageRow>(sql`
    with used as materialized (
      select day, category, resource, sum(credits) as credits, sum(spends) as spends
      from (${usedIn(accountId, time)}) as parts group by 1, 2, 3 having sum(credits) > 0
    ), wanted as (
      select * from used where category = coalesce(${category}::smallint, category)
        and resource = coalesce(${resource}::text, resource)
    )
    select 'day' as part, day, category, '' as resource, sum(credits) as credits, sum(spends)::bigint as spends
    from wanted group by day, category
    union all (
      select 'resource', null, null, resource, sum(credits), sum(spends)::bigint
      from wanted group by resource order by 5 desc, 4 limit ${MAX_RESOURCES}
    )
    union all (
      select 'known', null, null, resource, sum(credits), 0
      from used group by resource order by 5 desc, 4 limit ${MAX_KNOWN}
    )
    union all select 'count', null, null, '', 0, count(distinct resource) from wanted`);
  return toUsageView(rows, time.days);
}

/** Quarters are added up as wholes: of those in which the asked time begins or ends, the entries are read. */
function usedIn(accountId: string, time: UsageTime): SQL {
  const parts = time.parts.map((part) => sql` union all ${foldedIn(accountId, time, part)}`);
  return sql`${foldedQuarters(accountId, time)}${sql.join(parts)} union all ${notYetFolded(accountId, time)}`;
}

/** What a day's row says was used up to a quarter and with it; nothing before its first. */
const until = (sums: string, quarter: string): string =>
  `coalesce(d.${sums}[width_bucket(p.${quarter}, d.quarters)], 0)`;

/** Used in a piece of a day. Most begin or end with the day, so that one of its sums is enough, or none. */
const within = (total: string, sums: string): SQL =>
  sql.raw(
    `case p.up_to when 95 then d.${total} else ${until(sums, "up_to")} end
      - case p.after when -1 then 0 else ${until(sums, "after")} end`,
  );

function foldedQuarters(accountId: string, time: UsageTime): SQL {
  const pieces = piecesOf(time);
  const column = (read: (piece: (typeof pieces)[number]) => string | number) => plainArray(pieces.map(read));
  return sql`
  select p.day_number as day, d.category, d.resource, ${within("credits", "credits_until")} as credits,
    ${within("spends", "spends_until")} as spends
  from unnest(
    ${column((each) => each.day)}::date[], ${column((each) => each.after)}::smallint[],
    ${column((each) => each.upTo)}::smallint[], ${column((each) => each.number)}::int[]
  ) as p(day, after, up_to, day_number)
  join usage_days as d on d.account_id = ${accountId} and d.day = p.day`;
}

/** What entries say by themselves, as the rows of a day do. */
const entryColumns = ({ starts }: UsageTime): SQL => sql`
  width_bucket(e.at, ${instantArray(starts)}::timestamptz[]), ${ENTRY_CATEGORY}, coalesce(e.resource, ''), e.credits,
  case when e.line = 0 then 1 else 0 end`;

/** The entries of a part of a quarter that are added up already. */
function foldedIn(accountId: string, time: UsageTime, part: UsageTime["span"]): SQL {
  const { day } = quarterAt(part.start);
  const sameDay = sql`p.account_id = ${accountId} and p.day = ${day}::date`;
  return sql`
  select ${entryColumns(time)}
  from entries as e
  where e.account_id = ${accountId} and ${IS_USAGE}
    and e.seq >= (select min(p.first_seq) from usage_days as p where ${sameDay})
    and e.seq <= (select max(p.last_seq) from usage_days as p where ${sameDay})
    and ${isWithin(part)}`;
}

/** The upper bound changes nothing but tells the planner that the tail is short. */
const notYetFolded = (accountId: string, time: UsageTime): SQL => sql`
  select ${entryColumns(time)}
  from entries as e
  where e.account_id = ${accountId} and ${IS_USAGE}
    and e.seq > coalesce((select p.seq from usage_progress as p where p.account_id = ${accountId}), 0)
    and e.seq <= (select b.last_seq from balances as b where b.account_id = ${accountId})
    and ${isWithin(time.span)}`;

/** Whether an entry `e` is of that time. */
export const isWithin = ({ start, end }: UsageTime["span"]): SQL => sql`
  e.at >= ${start.toISOString()}::timestamptz and e.at < ${end.toISOString()}::timestamptz`;

function toUsageView(rows: readonly UsageRow[], names: readonly string[]): UsageView {
  const of = (part: UsageRow["part"]) => rows.filter((each) => each.part === part);
  const days = of("day")
    .sort((a, b) => a.day - b.day)
    .map((row) => ({
      day: names[row.day - 1] ?? "",
      category: categoryIdOf(row.category),
      ...toAmount(row),
    }));
  return {
    credits: sumCredits(days.map((each) => each.credits)),
    spends: days.reduce((sum, each) => sum + each.spends, 0n),
    days,
    resources: of("resource").map((row) => ({ resource: row.resource, ...toAmount(row) })),
    resourceCount: Number(of("count")[0]?.spends ?? 0n),
    knownResources: of("known").map((row) => row.resource),
  };
}

const toAmount = (row: UsageRow): UsageAmount => ({
  credits: credits(BigInt(row.credits)),
  spends: row.spends,
});
