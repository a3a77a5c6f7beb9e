import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { bucket } from "../../db/schema";
import type { TimeSpan } from "../calendar";
import { categoryIdOf } from "../catalog/categories";
import type { ActorKind } from "../ledger/cause";
import { ENTRY_CATEGORY } from "../ledger/entry-category";
import type { Bucket } from "../ledger/state";
import { type Credits, credits } from "../money/credits";

/** What a movement is, by the buckets it goes between. */
export const ENTRY_KINDS = {
  given: sql`e.from_bucket = 'issued'`,
  used: sql`e.to_bucket = 'spent'`,
  held: sql`e.to_bucket = 'held'`,
  given_back: sql`e.from_bucket = 'held' and e.to_bucket = 'available'`,
  expired: sql`e.to_bucket = 'expired'`,
  taken_back: sql`e.to_bucket = 'revoked'`,
  put_back: sql`e.from_bucket in ('revoked', 'expired', 'spent')`,
  debt: sql`(e.from_bucket = 'owed' or e.to_bucket = 'owed')`,
} as const satisfies Record<string, SQL>;
export type EntryKind = keyof typeof ENTRY_KINDS;

export const BUCKETS = bucket.enumValues;

export type LedgerFilter = {
  /** A grant's uuid. */
  readonly grantId: string | null;
  /** On either side. */
  readonly bucket: Bucket | null;
  readonly kind: EntryKind | null;
  /** As its caller wrote it, to the letter. */
  readonly reference: string | null;
  readonly within: TimeSpan | null;
};

export const NO_FILTER: LedgerFilter = {
  grantId: null,
  bucket: null,
  kind: null,
  reference: null,
  within: null,
};

export type LedgerLine = {
  readonly seq: bigint;
  readonly at: Date;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: Credits;
  readonly grant: { readonly id: string; readonly kind: string; readonly source: string } | null;
  readonly holdId: string | null;
  readonly category: string | null;
  readonly resource: string | null;
  readonly reference: string | null;
  /** What this application asked of the ledger; null for what came through the API, and for what time alone did. */
  readonly command: { readonly kind: string; readonly key: string } | null;
  /** Who caused it: of a spend, the API key; null where nobody is named, as on entries of earlier releases. */
  readonly actor: { readonly kind: ActorKind; readonly name: string | null } | null;
  readonly reason: string | null;
};

export type LedgerPage = {
  readonly lines: readonly LedgerLine[];
  /** Before which entry the next page looks, or null on the last. */
  readonly nextCursor: bigint | null;
  /** The page ends because so many entries were looked through, not because it is full. */
  readonly lookedThrough: number | null;
};

const LEDGER_PAGE = 50;
/** Entries that one page looks through at most, however few of them are asked for. */
const MAX_LOOKED_THROUGH = 100_000;

type Row = {
  seq: string;
  at: string;
  from_bucket: Bucket;
  to_bucket: Bucket;
  credits: string;
  grant_id: string | null;
  grant_kind: string | null;
  grant_source: string | null;
  hold_id: string | null;
  category: number | null;
  resource: string | null;
  reference: string | null;
  command_kind: string | null;
  command_key: string | null;
  actor_kind: ActorKind | null;
  actor_name: string | null;
  reason: string | null;
  api_key_name: string | null;
};

type Paging = {
  readonly before?: bigint | null;
  readonly most?: number;
  /** For tests. */
  readonly mostLookedThrough?: number;
};

/**
 * An account's entries that fit, newest first, each with its grant and the command that asked for it. A page looks through so
 * many entries at most: of those asked for seldom it says where to look on, so that none costs more with a million.
 */
export async function listLedger(
  db: Reader,
  accountId: string,
  filter: LedgerFilter,
  { before = null, most = LEDGER_PAGE, mostLookedThrough = MAX_LOOKED_THROUGH }: Paging = {},
): Promise<LedgerPage> {
  const start = before === null ? sql`` : sql`and n.seq < ${before.toString()}::bigint`;
  const [looked] = await db.execute<{ lowest: string | null; number: string }>(sql`
    select min(w.seq)::text as lowest, count(*)::text as number from (
      select n.seq from entries n where n.account_id = ${accountId}::uuid ${start} order by n.seq desc limit ${mostLookedThrough}) w`);
  const lowest = looked?.lowest ?? null;
  if (lowest === null) return { lines: [], nextCursor: null, lookedThrough: null };
  const upper = before === null ? sql`` : sql`and e.seq < ${before.toString()}::bigint`;
  const rows = await db.execute<Row>(sql`
    select e.seq::text, e.at, e.from_bucket, e.to_bucket, e.credits::text, e.grant_id, g.kind as grant_kind, g.source as grant_source,
      e.hold_id, ${ENTRY_CATEGORY} as category, e.resource, e.reference, c.kind as command_kind, c.key as command_key,
      c.actor_kind, coalesce(u.email, k.name) as actor_name, c.reason, ak.name as api_key_name
    from (
      select * from entries e where e.account_id = ${accountId}::uuid and e.seq >= ${lowest}::bigint ${upper} ${conditions(filter)}
      order by e.seq desc limit ${most + 1}
    ) e
    left join grants g on g.account_id = e.account_id and g.id = e.grant_id
    left join lateral (${COMMAND_OF}) c on c.last_seq >= e.seq
    left join users u on c.actor_kind in ('customer', 'operator') and u.id = c.actor_id
    left join api_keys k on c.actor_kind = 'api_key' and k.id = c.actor_id
    left join api_keys ak on ak.number = e.api_key
    order by e.seq desc`);
  const lines = rows.slice(0, most).map(toLine);
  const last = lines.at(-1);
  if (rows.length > most && last) return { lines, nextCursor: last.seq, lookedThrough: null };
  const isWhole = Number(looked?.number) < mostLookedThrough;
  return {
    lines,
    nextCursor: isWhole ? null : BigInt(lowest),
    lookedThrough: isWhole ? null : mostLookedThrough,
  };
}

/** Of this application's commands, the one whose entries an entry `e` is among. */
const COMMAND_OF = sql`
  select c.kind, c.key, c.last_seq, c.actor_kind, c.actor_id, c.reason from commands c
  where c.account_id = e.account_id and c.first_seq <= e.seq and c.last_seq >= c.first_seq
  order by c.first_seq desc limit 1`;

function conditions({ grantId, bucket, kind, reference, within }: LedgerFilter): SQL {
  const asked = [
    grantId === null ? null : sql`e.grant_id = ${grantId}::uuid`,
    bucket === null ? null : sql`(e.from_bucket = ${bucket}::bucket or e.to_bucket = ${bucket}::bucket)`,
    kind === null ? null : ENTRY_KINDS[kind],
    reference === null ? null : sql`e.reference = ${reference}`,
    within === null
      ? null
      : sql`e.at >= ${within.start.toISOString()}::timestamptz and e.at < ${within.end.toISOString()}::timestamptz`,
  ].filter((each) => each !== null);
  return sql.join(asked.map((each) => sql` and ${each}`));
}

const toLine = (row: Row): LedgerLine => ({
  seq: BigInt(row.seq),
  at: new Date(row.at),
  from: row.from_bucket,
  to: row.to_bucket,
  credits: credits(BigInt(row.credits)),
  grant:
    row.grant_id === null
      ? null
      : { id: row.grant_id, kind: row.grant_kind ?? "unknown", source: row.grant_source ?? "unknown" },
  holdId: row.hold_id,
  category: row.category === null ? null : categoryIdOf(row.category),
  resource: row.resource,
  reference: row.reference,
  actor: actorOf(row),
  reason: row.reason,
  command: row.command_kind === null ? null : { kind: row.command_kind, key: row.command_key ?? "" },
});

const actorOf = (row: Row): LedgerLine["actor"] => {
  if (row.actor_kind) return { kind: row.actor_kind, name: row.actor_name };
  return row.api_key_name === null ? null : { kind: "api_key", name: row.api_key_name };
};

/** How many a file looks through at a time: each is read once, however few fit. */
const BATCH = 5_000;

/** The same from the newest to the oldest, some at a time: a file's. */
export async function* allLedgerLines(
  db: Reader,
  accountId: string,
  filter: LedgerFilter,
): AsyncGenerator<readonly LedgerLine[]> {
  for (let before: bigint | null | undefined; before !== null; ) {
    const { lines, nextCursor }: LedgerPage = await listLedger(db, accountId, filter, {
      before: before ?? null,
      most: BATCH,
      mostLookedThrough: BATCH,
    });
    if (lines.length > 0) yield lines;
    before = nextCursor;
  }
}
