import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { sourcesOf, TIMELINE_KINDS, type TimelineKind, type TimelineOf } from "./timeline-sources";

export { TIMELINE_KINDS, type TimelineKind, type TimelineOf } from "./timeline-sources";

/** What happened, by what is known of it: Stripe's ids and ours as uuids, amounts as digits. The sentences are the page's. */
export type TimelineRow = {
  readonly at: Date;
  /** Unique in the account's timeline. */
  readonly key: string;
  readonly kind: TimelineKind;
  readonly data: TimelineData;
};

export type TimelineData = {
  readonly what:
    | "order"
    | "attempt"
    | "paid"
    | "plan_payment"
    | "invoice"
    | "refund"
    | "dispute"
    | "reversal"
    | "event"
    | "command"
    | "usage"
    | "mail"
    | "sign_in"
    | "viewed"
    | "act";
} & {
  readonly [name in
    | "order"
    | "reference"
    | "invoice"
    | "mail"
    | "currency"
    | "status"
    | "kind"
    | "type"
    | "cents"
    | "credits"
    | "number"
    | "plan"
    | "brand"
    | "last4"
    | "code"
    | "why"
    | "by"
    | "key"
    | "seq"
    | "who"
    | "second"
    | "subject"
    | "where"
    | "browser"
    | "system"
    | "stripe"]?: string | null;
};

export type TimelineCursor = { readonly at: Date; readonly key: string };

export type TimelinePage = {
  readonly rows: readonly TimelineRow[];
  /** For the next page, or null on the last. */
  readonly nextCursor: TimelineCursor | null;
};

const TIMELINE_PAGE = 50;

/**
 * What happened to an account, from all its tables, newest first, one page: orders and attempts, payments, refunds and disputes,
 * events, the ledger's commands, spends added up per hour, mails, sign-ins and operators. Every source gives its newest
 * before the cursor and no more.
 */
export async function listTimeline(
  db: Reader,
  of: TimelineOf,
  {
    kinds = TIMELINE_KINDS,
    before = null,
    most = TIMELINE_PAGE,
  }: {
    readonly kinds?: readonly TimelineKind[];
    readonly before?: TimelineCursor | null;
    readonly most?: number;
  } = {},
): Promise<TimelinePage> {
  const sources = sourcesOf(of, kinds, { most: most + 1, until: before?.at ?? null });
  if (sources.length === 0) return { rows: [], nextCursor: null };
  const earlier = before
    ? sql`where (s.at, s.key collate "C") < (${before.at.toISOString()}::timestamptz, ${before.key})`
    : sql``;
  const pieces = sources.map(
    ({ kind, rows }) => sql`(select s.at, s.key, ${kind}::text as kind, s.data from (${rows}) s ${earlier}
      order by s.at desc, s.key collate "C" desc limit ${most + 1})`,
  );
  const found = await db.execute<{ at: string; key: string; kind: TimelineKind; data: TimelineData }>(sql`
    select * from (${sql.join(pieces, sql` union all `)}) every order by every.at desc, every.key collate "C" desc limit ${most + 1}`);
  const rows = found.slice(0, most).map((row) => ({ ...row, at: new Date(row.at) }));
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > most && last ? { at: last.at, key: last.key } : null };
}

const LAST_MS = 253_402_300_799_999;

export const writeTimelineCursor = ({ at, key }: TimelineCursor): string => `${at.getTime()}.${key}`;

/** Null for whatever we did not write. */
export function readTimelineCursor(text: string | null): TimelineCursor | null {
  const [, at, key] = /^(\d{1,15})\.([\w:-]{1,200})$/.exec(text ?? "") ?? [];
  return at !== undefined && key !== undefined && Number(at) <= LAST_MS
    ? { at: new Date(Number(at)), key }
    : null;
}
