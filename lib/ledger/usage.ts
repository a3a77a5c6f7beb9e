import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import type { TimeSpan } from "../calendar";
import { categoryIdOf, categoryNumberOf } from "../catalog/categories";
import { type Credits, credits, sumCredits } from "../money/credits";
import { readSeqCursor } from "../page-cursor";
import { ENTRY_CATEGORY, IS_USAGE } from "./entry-category";
import type { GrantKind, SpendCategory } from "./state";
import { partialDays, wholeDays } from "./usage-days";
import { groupSpends, type Span, type UsageLine, type UsageSpend, windowBefore } from "./usage-lines";

export type { UsageLine, UsageSpend } from "./usage-lines";

export type UsageFilter = {
  /** UTC days, both included: `2026-11-25`. */
  readonly from: string;
  readonly to: string;
  /** Null for all. */
  readonly category: SpendCategory | null;
  /** Empty for usage that names none, null for all. */
  readonly resource: string | null;
  /** Of these days, what is in it, to the millisecond: a billing cycle begins and ends within a day. Null for whole days. */
  readonly within?: TimeSpan | null;
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

const numberIn = ({ category }: UsageFilter): number | null =>
  category === null ? null : categoryNumberOf(category);

type UsageRow = {
  part: "day" | "resource" | "known" | "count";
  day: string;
  category: number;
  resource: string;
  /** A `numeric`: digits. */
  credits: string;
  spends: bigint;
};

/**
 * What an account used on some days, added up: days that are folded and the few entries that are not yet, read in one
 * statement and so of one moment. Equal to the sum of the entries, and as cheap with ten million as with a hundred.
 */
export async function getUsage(db: Reader, accountId: string, filter: UsageFilter): Promise<UsageView> {
  const { resource } = filter;
  const category = numberIn(filter);
  const rows = await db.execute<UsageRow>(sql`
    with used as materialized (
      select day, category, resource, sum(credits) as credits, sum(spends) as spends
      from (${usedOnDays(accountId, filter)}) as parts group by 1, 2, 3
    ), wanted as (
      select * from used where category = coalesce(${category}::smallint, category)
        and resource = coalesce(${resource}::text, resource)
    )
    select 'day' as part, day::text, category, '' as resource, sum(credits) as credits, sum(spends)::bigint as spends
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
  return toUsageView(rows);
}

/** Days are added up as wholes: of those in which a span begins or ends, the entries are read. */
function usedOnDays(accountId: string, filter: UsageFilter): SQL {
  const whole = wholeDays(filter);
  const parts = partialDays(filter).map((day) => sql` union all ${foldedOfDay(accountId, day, filter)}`);
  return sql`
  select d.day, d.category, d.resource, d.credits, d.spends from usage_days as d
  where d.account_id = ${accountId} and d.day between ${whole.from}::date and ${whole.to}::date
  ${sql.join(parts)}
  union all ${notYetFolded(accountId, filter)}`;
}

/** Of a day, the entries that are added up already and in the span. */
const foldedOfDay = (accountId: string, day: string, filter: UsageFilter): SQL => sql`
  select ${day}::date, ${ENTRY_CATEGORY}, coalesce(e.resource, ''), e.credits, case when e.line = 0 then 1 else 0 end
  from entries as e
  where e.account_id = ${accountId} and ${IS_USAGE}
    and e.seq >= (select min(p.first_seq) from usage_days as p where p.account_id = ${accountId} and p.day = ${day}::date)
    and e.seq <= (select max(p.last_seq) from usage_days as p where p.account_id = ${accountId} and p.day = ${day}::date)
    and e.at >= ${day}::date::timestamp at time zone 'UTC' and e.at < (${day}::date + 1)::timestamp at time zone 'UTC'
    and ${inTime(filter)}`;

/** The upper bound changes nothing but tells the planner that the tail is short. */
const notYetFolded = (accountId: string, filter: UsageFilter): SQL => sql`
  select (e.at at time zone 'UTC')::date, ${ENTRY_CATEGORY}, coalesce(e.resource, ''), e.credits,
    case when e.line = 0 then 1 else 0 end
  from entries as e
  where e.account_id = ${accountId} and ${IS_USAGE}
    and e.seq > coalesce((select p.seq from usage_progress as p where p.account_id = ${accountId}), 0)
    and e.seq <= (select b.last_seq from balances as b where b.account_id = ${accountId})
    and ${inTime(filter)}`;

const inTime = ({ from, to, within }: UsageFilter): SQL => sql`
  e.at >= ${from}::date::timestamp at time zone 'UTC' and e.at < (${to}::date + 1)::timestamp at time zone 'UTC'
  ${within ? sql`and e.at >= ${within.start.toISOString()}::timestamptz and e.at < ${within.end.toISOString()}::timestamptz` : sql``}`;

function toUsageView(rows: readonly UsageRow[]): UsageView {
  const of = (part: UsageRow["part"]) => rows.filter((each) => each.part === part);
  const days = of("day")
    .map((row) => ({ day: row.day, category: categoryIdOf(row.category), ...toAmount(row) }))
    .sort((a, b) => (a.day < b.day ? -1 : a.day === b.day ? 0 : 1));
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

export type UsagePage = {
  /** Newest first. May be empty although there is a next page: what is rare is looked for in steps. */
  readonly spends: readonly UsageSpend[];
  /** For the next page, or null on the last. */
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 25;
const LINES_AT_A_TIME = 200;
const READS_PER_PAGE = 4;
const ENTRIES_PER_READ = 5_000n;

/**
 * The spends and captures of some days, newest first, 25 a page, each with what it took from which grant. Looks at
 * no more than 20,000 entries a page. A cursor made up by hand starts from the newest.
 */
export async function listUsage(
  db: Reader,
  accountId: string,
  filter: UsageFilter,
  cursor: string | null,
): Promise<UsagePage> {
  const spans = await findSpans(db, accountId, filter);
  const lines: UsageLine[] = [];
  let before = readSeqCursor(cursor);
  let found = groupSpends(lines);
  for (let read = 0; read < READS_PER_PAGE && found.spends.length <= PAGE_SIZE; read += 1) {
    const part = await readLines(db, accountId, { filter, spans, before, most: LINES_AT_A_TIME });
    lines.push(...part.lines);
    found = groupSpends(lines);
    before = part.before;
    if (before === null) break;
  }
  const spends = found.spends.slice(0, PAGE_SIZE);
  const last = spends.at(-1);
  if (last && found.spends.length > PAGE_SIZE) return { spends, nextCursor: String(last.seq) };
  const [cut] = found.open;
  return { spends, nextCursor: before === null ? null : String(cut ? cut.seq + 1n : before) };
}

/**
 * Every line of usage of some days, newest first, so many at a time, as they were when it began. Each read waits
 * until the last one is taken, so that memory does not grow with the history.
 */
export async function* readUsage(
  db: Reader,
  accountId: string,
  filter: UsageFilter,
  linesAtATime = 1_000,
): AsyncGenerator<readonly UsageLine[], void, undefined> {
  const spans = await findSpans(db, accountId, filter);
  let before: bigint | null = null;
  do {
    const part: Part = await readLines(db, accountId, { filter, spans, before, most: linesAtATime });
    if (part.lines.length > 0) yield part.lines;
    before = part.before;
  } while (before !== null);
}

/** Where the entries of these days are: day by day where they are folded, and all that are not yet. */
async function findSpans(db: Reader, accountId: string, filter: UsageFilter): Promise<readonly Span[]> {
  const { from, to, resource } = filter;
  const category = numberIn(filter);
  const rows = await db.execute<{ first: bigint; last: bigint }>(sql`
    select min(d.first_seq) as first, max(d.last_seq) as last from usage_days as d
    where d.account_id = ${accountId} and d.day between ${from}::date and ${to}::date
      and d.category = coalesce(${category}::smallint, d.category)
      and d.resource = coalesce(${resource}::text, d.resource)
    group by d.day
    union all
    select coalesce(p.seq, 0) + 1, b.last_seq
    from balances as b left join usage_progress as p on p.account_id = b.account_id
    where b.account_id = ${accountId} and b.last_seq > coalesce(p.seq, 0)`);
  return rows.map(({ first, last }) => ({ first, last }));
}

type Part = {
  readonly lines: readonly UsageLine[];
  /** Where to go on, or null when all was looked at. */
  readonly before: bigint | null;
};

type LineRow = {
  seq: bigint;
  line: number;
  at: string;
  category: number;
  resource: string | null;
  reference: string | null;
  credits: bigint;
  grant_id: string | null;
  kind: GrantKind;
  starts_at: string;
  hold_id: string | null;
};

type Reading = {
  readonly filter: UsageFilter;
  readonly spans: readonly Span[];
  readonly before: bigint | null;
  readonly most: number;
};

async function readLines(
  db: Reader,
  accountId: string,
  { filter, spans, before, most }: Reading,
): Promise<Part> {
  const window = windowBefore(spans, before, ENTRIES_PER_READ);
  if (!window) return { lines: [], before: null };
  const { resource } = filter;
  const category = numberIn(filter);
  const rows = await db.execute<LineRow>(sql`
    select e.seq, e.line, e.at, ${ENTRY_CATEGORY} as category, e.resource, e.reference, e.credits, e.grant_id, g.kind, g.starts_at, e.hold_id
    from entries as e left join grants as g on g.account_id = e.account_id and g.id = e.grant_id
    where e.account_id = ${accountId} and ${IS_USAGE}
      and e.seq between ${String(window.first)}::bigint and ${String(window.last)}::bigint
      and ${inTime(filter)}
      and ${ENTRY_CATEGORY} = coalesce(${category}::smallint, ${ENTRY_CATEGORY})
      and coalesce(e.resource, '') = coalesce(${resource}::text, e.resource, '')
    order by e.seq desc limit ${most}`);
  const lines = rows.map(toLine);
  return { lines, before: (rows.length === most && rows.at(-1)?.seq) || window.first };
}

const toLine = (row: LineRow): UsageLine => ({
  seq: row.seq,
  line: row.line,
  at: new Date(row.at),
  category: categoryIdOf(row.category),
  resource: row.resource,
  reference: row.reference,
  credits: credits(row.credits),
  grant: row.grant_id ? { id: row.grant_id, kind: row.kind, startsAt: new Date(row.starts_at) } : null,
  holdId: row.hold_id,
});
