import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { inBatches, inLanes, type ToRead } from "./account-batches";
import type { Drift } from "./reconcile";
import { plainArray, textArray } from "./set-sql";

/** Movements of one grant between two buckets: grant (none: debt), from, to, credits as digits, how many entries. */
export type MovementSum = readonly [
  grantId: string | null,
  from: string,
  to: string,
  credits: string,
  entries: number,
];

/** What is stored of an account, as its sums of entries must say it too. */
export type StoredBooks = {
  readonly accountId: string;
  readonly lastSeq: bigint;
  readonly owed: bigint;
  /** Grant, then credits given, available, held, spent, expired and revoked, as digits. */
  readonly grants: readonly (readonly [string, string, string, string, string, string, string])[];
};

export type MovedReport = {
  readonly accounts: number;
  readonly entries: bigint;
  readonly drift: readonly Drift[];
};

const BUCKETS = ["issued", "available", "held", "spent", "expired", "revoked"] as const;
/** Of one account in one statement: what is after them is read in the next. */
const ENTRIES_AT_A_TIME = 500_000n;
const ACCOUNTS_AT_A_TIME = 20_000;

/**
 * Compares the books of the accounts whose entries moved since they were last found right with those entries, added to what they
 * had added up to (I1, I2, I4): a look costs what moved, whatever there is. Entries are immutable, so sums of them stay true;
 * whether they are still all there, and the cycle's figures, only the full check says (`checkBooks`). An account that differs is
 * looked at again every time.
 */
export async function checkMovedBooks(db: Database, goOn: () => boolean = () => true): Promise<MovedReport> {
  const report = { accounts: 0, entries: 0n, drift: [] as Drift[] };
  for (let after = "00000000-0000-0000-0000-000000000000"; goOn(); ) {
    const moved = await findMoved(db, after);
    const last = moved.at(-1);
    if (!last) break;
    await inLanes(inBatches(moved), async (batch) => {
      let ids: readonly string[] = batch;
      while (ids.length > 0) ids = await checkBatch(db, ids, report);
    });
    after = last.accountId;
  }
  return report;
}

async function findMoved(db: Database, after: string): Promise<ToRead[]> {
  const rows = await db.execute<{ account_id: string; entries: string }>(sql`
    select b.account_id, (b.last_seq - coalesce(c.seq, 0))::text as entries
    from balances b left join checked_books c on c.account_id = b.account_id
    where b.last_seq > coalesce(c.seq, 0) and b.account_id > ${after}
    order by b.account_id limit ${ACCOUNTS_AT_A_TIME}`);
  return rows.map(({ account_id, entries }) => ({ accountId: account_id, entries: BigInt(entries) }));
}

type Row = {
  account_id: string;
  last_seq: string;
  owed: string;
  seq: string;
  sums: MovementSum[] | null;
  moved: MovementSum[];
  grants: StoredBooks["grants"];
};

/** One statement sees one moment: what is stored, and all entries until then, added up where they are. */
const readBatch = (db: Database, ids: readonly string[]) =>
  db.execute<Row>(sql`
    with asked as (
      select b.account_id, b.last_seq, b.owed_credits, coalesce(c.seq, 0) as seq, c.sums
      from balances b left join checked_books c on c.account_id = b.account_id where b.account_id = any(${plainArray(ids)}::uuid[])
    ),
    moved as (
      -- Each account by itself: of all at once the planner reads the whole table, and sorts what it found, for every batch.
      select account_id, jsonb_agg(jsonb_build_array(grant_id, from_bucket, to_bucket, credits::text, entries)) as sums
      from (
        select e.* from asked a cross join lateral (
          select e.account_id, e.grant_id, e.from_bucket, e.to_bucket, sum(e.credits) as credits, count(*) as entries
          from entries e where e.account_id = a.account_id and e.seq > a.seq and e.seq <= a.seq + ${String(ENTRIES_AT_A_TIME)}::bigint
          group by 1, 2, 3, 4
        ) as e
      ) as e group by account_id
    ),
    stored as (
      select g.account_id, jsonb_agg(jsonb_build_array(g.id, g.credits::text, g.remaining_credits::text, g.held_credits::text,
        g.spent_credits::text, g.expired_credits::text, g.revoked_credits::text)) as grants
      from current_grants g where g.account_id = any(${plainArray(ids)}::uuid[]) group by g.account_id
    )
    select a.account_id, a.last_seq::text, a.owed_credits::text as owed, a.seq::text, a.sums,
      coalesce(m.sums, '[]') as moved, coalesce(s.grants, '[]') as grants
    from asked a left join moved m on m.account_id = a.account_id left join stored s on s.account_id = a.account_id`);

/** Returns the accounts of which so much moved that they are to be looked at again for the rest. */
async function checkBatch(
  db: Database,
  ids: readonly string[],
  report: { accounts: number; entries: bigint; drift: Drift[] },
): Promise<string[]> {
  const rows = await readBatch(db, ids);
  const right: { accountId: string; seq: bigint; sums: MovementSum[] }[] = [];
  const again: string[] = [];
  for (const row of rows) {
    const sums = addSums(row.sums ?? [], row.moved);
    const seq = BigInt(row.seq) + ENTRIES_AT_A_TIME;
    const lastSeq = BigInt(row.last_seq);
    report.entries += row.moved.reduce((all, [, , , , entries]) => all + BigInt(entries), 0n);
    if (lastSeq > seq) {
      again.push(row.account_id);
      right.push({ accountId: row.account_id, seq, sums });
      continue;
    }
    const { account_id: accountId, grants } = row;
    const drift = compareBooks({ accountId, lastSeq, owed: BigInt(row.owed), grants }, sums);
    report.accounts += 1;
    report.drift.push(...drift);
    if (drift.length === 0) right.push({ accountId, seq: lastSeq, sums });
  }
  await keep(db, right);
  return again;
}

async function keep(
  db: Database,
  right: readonly {
    readonly accountId: string;
    readonly seq: bigint;
    readonly sums: readonly MovementSum[];
  }[],
): Promise<void> {
  if (right.length === 0) return;
  const sums = textArray(right.map((each) => JSON.stringify(each.sums)));
  await db.execute(sql`
    insert into checked_books (account_id, seq, sums, checked_at)
    select m.account_id, m.seq, m.sums::jsonb, now()
    from unnest(${plainArray(right.map((each) => each.accountId))}::uuid[], ${plainArray(right.map((each) => each.seq))}::bigint[], ${sums}::text[]) as m(account_id, seq, sums)
    on conflict (account_id) do update set seq = excluded.seq, sums = excluded.sums, checked_at = excluded.checked_at`);
}

/** Both, as one. */
export function addSums(before: readonly MovementSum[], after: readonly MovementSum[]): MovementSum[] {
  const sums = new Map<string, MovementSum>();
  for (const each of [...before, ...after]) {
    const [grantId, from, to, credits, entries] = each;
    const key = `${grantId}|${from}|${to}`;
    const known = sums.get(key);
    sums.set(
      key,
      known ? [grantId, from, to, String(BigInt(known[3]) + BigInt(credits)), known[4] + entries] : each,
    );
  }
  return [...sums.values()];
}

/** Where what is stored and what the entries add up to differ, in the words of `findDrift`. */
export function compareBooks(stored: StoredBooks, sums: readonly MovementSum[]): Drift[] {
  const { accountId } = stored;
  const perGrant = new Map<string, Map<string, bigint>>();
  let owed = 0n;
  let entries = 0n;
  for (const [grantId, from, to, digits, count] of sums) {
    const credits = BigInt(digits);
    entries += BigInt(count);
    if (from === "owed") owed += credits;
    if (to === "owed") owed -= credits;
    if (grantId === null) continue;
    const parts = perGrant.get(grantId) ?? new Map<string, bigint>();
    perGrant.set(grantId, parts);
    // What paid a debt was used: it counts as spent of its grant.
    for (const [bucket, moved] of [
      [from, -credits],
      [to, credits],
    ] as const) {
      const part = bucket === "owed" ? "spent" : bucket;
      parts.set(part, (parts.get(part) ?? 0n) + moved);
    }
  }
  const drift: Drift[] = [];
  const tell = (grantId: string | null, what: string, is: bigint | string, says: bigint | string) => {
    if (is !== says) drift.push({ accountId, grantId, what, stored: String(is), entries: String(says) });
  };
  for (const [id, credits, ...parts] of stored.grants) {
    const values = [-BigInt(credits), ...parts.map(BigInt)];
    const own = perGrant.get(id);
    for (const [at, bucket] of BUCKETS.entries())
      tell(id, `grant ${bucket}`, values[at] ?? 0n, own?.get(bucket) ?? 0n);
    perGrant.delete(id);
  }
  for (const grantId of perGrant.keys()) tell(grantId, "entries of no grant", "none", "some");
  tell(null, "owed", stored.owed, owed);
  tell(null, "entry numbers", stored.lastSeq, entries);
  return drift;
}
