import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { sentencesOf } from "../../billing/attention/reasons";
import type { PageCursor } from "../../page-cursor";
import { QUEUE_NAMES, type QueueName } from "./kinds";
import { ROWS } from "./rows";

export type QueueCount = {
  readonly queue: QueueName;
  readonly count: number;
  /** Since when the one that waits longest does; null: none does. */
  readonly oldest: Date | null;
  /** How long that is, by the database's clock. */
  readonly oldestMs: number | null;
  /** The first by which something has to be done. */
  readonly dueFirst: Date | null;
};

export type QueueItem = {
  readonly queue: QueueName;
  /** Among its queue's: the database's, or Stripe's. */
  readonly id: string;
  readonly since: Date;
  /** The account's id; null: of none, or nobody knows whose. */
  readonly accountId: string | null;
  readonly accountName: string | null;
  readonly subject: string;
  /** Why it waits, as it was stored: a reason's word, or a sentence. */
  readonly why: string;
  /** What is the matter and what to do, where the item itself says it. */
  readonly sentences: { readonly matter: string; readonly toDo: string } | null;
  readonly dueAt: Date | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
};

/** How much waits in each queue, and since when; of one moment. */
export async function countQueues(db: Reader): Promise<readonly QueueCount[]> {
  const counts = QUEUE_NAMES.map(
    (queue) => sql`
    select ${queue}::text as queue, count(*)::int as count, min(since) as oldest,
      (extract(epoch from now() - min(since)) * 1000)::bigint::text as oldest_ms, min(due_at) as due_first
    from (${ROWS[queue]}) as q`,
  );
  const rows = await db.execute<{
    queue: QueueName;
    count: number;
    oldest: string | null;
    oldest_ms: string | null;
    due_first: string | null;
  }>(sql.join(counts, sql` union all `));
  const found = new Map(rows.map((row) => [row.queue, row]));
  return QUEUE_NAMES.map((queue) => {
    const row = found.get(queue);
    return {
      queue,
      count: row?.count ?? 0,
      oldest: instantOf(row?.oldest),
      oldestMs: row?.oldest_ms ? Number(row.oldest_ms) : null,
      dueFirst: instantOf(row?.due_first),
    };
  });
}

type ItemRow = {
  queue: QueueName;
  id: string;
  since: string;
  account_id: string | null;
  account_name: string | null;
  subject: string;
  why: string;
  due_at: string | null;
  details: QueueItem["details"];
};

/** What came to wait last, in whatever queue, the newest first. At most so many. */
export async function listNewest(db: Reader, most: number): Promise<readonly QueueItem[]> {
  const newest = QUEUE_NAMES.map(
    (queue) =>
      sql`(select ${queue}::text as queue, q.* from (${ROWS[queue]}) as q order by since desc, id desc limit ${most})`,
  );
  return toItems(
    await db.execute<ItemRow>(sql`
      select w.*, a.name as account_name from (
        select * from (${sql.join(newest, sql` union all `)}) as u order by since desc, id desc limit ${most}
      ) as w left join accounts as a on a.id = w.account_id order by w.since desc, w.id desc`),
  );
}

export type QueuePage = { readonly items: readonly QueueItem[]; readonly next: PageCursor | null };

/** A page of one queue: disputes by when evidence is due, the next first; all others the newest first. */
export async function listQueue(
  db: Reader,
  queue: QueueName,
  { after = null, most = 50 }: { readonly after?: PageCursor | null; readonly most?: number } = {},
): Promise<QueuePage> {
  const isByDue = queue === "disputes";
  const rank = sql.raw(isByDue ? "coalesce(due_at, since)" : "since");
  const [direction, behind] = isByDue ? [sql.raw("asc"), sql.raw(">")] : [sql.raw("desc"), sql.raw("<")];
  const from: SQL = after
    ? sql`where (${rank}, id) ${behind} (${after.createdAt.toISOString()}::timestamptz, ${after.id}::text)`
    : sql``;
  const rows = await db.execute<ItemRow>(sql`
    select w.*, a.name as account_name from (
      select ${queue}::text as queue, q.* from (${ROWS[queue]}) as q ${from} order by ${rank} ${direction}, id ${direction} limit ${most + 1}
    ) as w left join accounts as a on a.id = w.account_id order by ${rank} ${direction}, w.id ${direction}`);
  const items = toItems(rows.slice(0, most));
  const last = items.at(-1);
  const createdAt = last && ((isByDue ? last.dueAt : null) ?? last.since);
  return { items, next: rows.length > most && last && createdAt ? { createdAt, id: last.id } : null };
}

const instantOf = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

const toItems = (rows: readonly ItemRow[]): QueueItem[] =>
  rows.map((row) => ({
    queue: row.queue,
    id: row.id,
    since: new Date(row.since),
    accountId: row.account_id,
    accountName: row.account_name,
    subject: row.subject,
    why: row.why,
    sentences: row.queue === "attention" ? sentencesOf(row.why) : null,
    dueAt: instantOf(row.due_at),
    details: row.details,
  }));

/** Whether anything waits for an operator at all. */
export const isAnythingWaiting = (counts: readonly QueueCount[]): boolean =>
  counts.some(({ count }) => count > 0);
