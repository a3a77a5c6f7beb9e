import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { checkedBooks } from "../../db/schema";
import type { Drift } from "./reconcile";

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
/** So many accounts, or entries, in one statement. */
const ACCOUNTS_AT_A_TIME = 200;
const ENTRIES_AT_A_TIME = 500_000n;

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
    for (const batch of inBatches(moved)) {
      let ids = batch.map(({ accountId }) => accountId);
      while (ids.length > 0) ids = await checkBatch(db, ids, report);
    }
    after = last.accountId;
  }
  return report;
}

type Moved = { readonly accountId: string; readonly entries: bigint };

async function findMoved(db: Database, after: string): Promise<Moved[]> {
  const rows = await db.execute<{ account_id: string; entries: string }>(sql`
    select b.account_id, (b.last_seq - coalesce(c.seq, 0))::text as entries
    from balances b left join checked_books c on c.account_id = b.account_id
    where b.last_seq > coalesce(c.seq, 0) and b.account_id > ${after}
    order by b.account_id limit 2000`);
  return rows.map(({ account_id, entries }) => ({ accountId: account_id, entries: BigInt(entries) }));
}

function inBatches(moved: readonly Moved[]): Moved[][] {
  const batches: Moved[][] = [];
  let entries = 0n;
  for (const each of moved) {
    const batch = batches.at(-1);
    if (batch && batch.length < ACCOUNTS_AT_A_TIME && entries + each.entries <= ENTRIES_AT_A_TIME)
      batch.push(each);
    else {
      batches.push([each]);
      entries = 0n;
    }
    entries += each.entries;
  }
  return batches;
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

/** Returns the accounts of which so much moved that they are to be looked at again for the rest. */
async function checkBatch(
  db: Database,
  ids: readonly string[],
  report: { accounts: number; entries: bigint; drift: Drift[] },
): Promise<string[]> {
  // One statement sees one moment: what is stored, and all entries until then.
  const rows = await db.execute<Row>(sql`
    select b.account_id, b.last_seq::text, b.owed_credits::text as owed, coalesce(c.seq, 0)::text as seq, c.sums,
      (select coalesce(jsonb_agg(jsonb_build_array(e.grant_id, e.from_bucket, e.to_bucket, e.credits::text, e.entries)), '[]')
       from (select grant_id, from_bucket, to_bucket, sum(credits) as credits, count(*) as entries from entries
             where account_id = b.account_id and seq > coalesce(c.seq, 0) and seq <= coalesce(c.seq, 0) + ${String(ENTRIES_AT_A_TIME)}::bigint
             group by 1, 2, 3) as e) as moved,
      (select coalesce(jsonb_agg(jsonb_build_array(g.id, g.credits::text, g.remaining_credits::text, g.held_credits::text,
         g.spent_credits::text, g.expired_credits::text, g.revoked_credits::text)), '[]')
       from current_grants g where g.account_id = b.account_id) as grants
    from balances b left join checked_books c on c.account_id = b.account_id
    where b.account_id in (${sql.join(
      ids.map((id) => sql`${id}::uuid`),
      sql`, `,
    )})`);
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
  if (right.length > 0)
    await db
      .insert(checkedBooks)
      .values(right.map((each) => ({ ...each, checkedAt: sql`now()` })))
      .onConflictDoUpdate({
        target: checkedBooks.accountId,
        set: { seq: sql`excluded.seq`, sums: sql`excluded.sums`, checkedAt: sql`excluded.checked_at` },
      });
  return again;
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
