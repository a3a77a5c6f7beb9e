import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { quarterAt } from "../calendar";
import { categoryIdOf } from "../catalog/categories";
import { credits } from "../money/credits";
import { readSeqCursor } from "../page-cursor";
import { ENTRY_CATEGORY, IS_USAGE } from "./entry-category";
import type { GrantKind } from "./state";
import { isWithin, numberIn, type UsageFilter } from "./usage";
import { groupSpends, type Span, type UsageLine, type UsageSpend, windowBefore } from "./usage-lines";
import { spanOf } from "./usage-time";

export type { UsageLine, UsageSpend } from "./usage-lines";

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
  const { resource } = filter;
  const category = numberIn(filter);
  const { start, end } = spanOf(filter);
  const [first, last] = [quarterAt(start), quarterAt(new Date(end.getTime() - 1))];
  const rows = await db.execute<{ first: bigint; last: bigint }>(sql`
    select min(d.first_seq) as first, max(d.last_seq) as last from usage_days as d
    where d.account_id = ${accountId} and d.day between ${first.day}::date and ${last.day}::date
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
      and ${isWithin(spanOf(filter))}
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
