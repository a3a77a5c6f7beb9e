import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { runMigrations } from "graphile-worker";
import postgres, { type Sql, type TransactionSql } from "postgres";
import { inject } from "vitest";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { installRehearsalClock } from "../rehearsal-clock";
import type { TestDatabase } from "./database";

const MIGRATIONS = fileURLToPath(new URL("../../db/migrations", import.meta.url));

/** A database whose tables are those of an earlier release, with the accounts of a database of today in it. */
export type FormerRelease = {
  readonly owner: Sql;
  /** Applies every later migration, as a deployment does, and connects as the application's role. */
  upgrade(): Promise<Database>;
  /** Moves the application's time there. */
  moveTo(at: Date): Promise<void>;
  close(): Promise<void>;
};

/** Brings an empty database to the migration whose number is given, and no further. */
export async function migrateUpTo(ownerUrl: string, last: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "migrations-"));
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  try {
    const journal = JSON.parse(await readFile(join(MIGRATIONS, "meta/_journal.json"), "utf8"));
    const entries = (journal.entries as { idx: number; tag: string }[]).filter(({ idx }) => idx <= last);
    for (const { tag } of entries) await symlink(join(MIGRATIONS, `${tag}.sql`), join(folder, `${tag}.sql`));
    await mkdir(join(folder, "meta"));
    await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
    await migrate(drizzle(sql), { migrationsFolder: folder });
    await runMigrations({ connectionString: ownerUrl });
  } finally {
    await sql.end({ timeout: 5 });
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The last migration of the release before plans came from a catalog and gave allowances: plans and categories were enums of the
 * database, and a billing period was a row of `plan_periods`.
 */
export const LAST_OF_RELEASE_BEFORE = 16;

/** Everything of a database of today, as the release before allowances had it, in a database of its own. */
export async function asReleasedBefore(today: TestDatabase): Promise<FormerRelease> {
  const { ownerUrl: given, appRole } = inject("database");
  const name = `refill_former_${randomBytes(6).toString("hex")}`;
  const maintenance = postgres(given, { max: 1, onnotice: () => {} });
  await maintenance.unsafe(`create database ${name}`);
  const url = (from: string) => Object.assign(new URL(from), { pathname: `/${name}` }).href;
  const ownerUrl = url(given);
  await migrateUpTo(ownerUrl, LAST_OF_RELEASE_BEFORE);
  let clock = await installRehearsalClock(ownerUrl, appRole.name);
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  const moveTo = (at: Date) => clock.setOffset(at.getTime() - Date.now());
  await moveTo(today.clock.now());
  await copyRows(today.owner, owner, today.clock.now());
  // What a migration calls now() is the moved time for it as well.
  await owner.unsafe(
    `alter role current_user in database ${name} set search_path = public, rehearsal, pg_catalog`,
  );
  const opened: Database[] = [];
  return {
    owner,
    moveTo,
    async upgrade() {
      await migrateDatabase(ownerUrl, appRole);
      const at = await clock.offset();
      clock = await installRehearsalClock(ownerUrl, appRole.name);
      await clock.setOffset(at);
      const db = connect(url(today.appUrl), { max: 5 });
      opened.push(db);
      return db;
    },
    async close() {
      for (const db of opened) await db.pool.end({ timeout: 5 });
      await owner.end({ timeout: 5 });
      await maintenance.unsafe(`drop database if exists ${name} with (force)`);
      await maintenance.end({ timeout: 5 });
    },
  };
}

/** The categories that were an enum of the database, which the catalog's numbers 1 to 3 stand for. */
const CATEGORIES = "(array['ai_processing', 'infrastructure', 'platform'])";

/** Columns that had another name or other values in that release: the former one, and what of a row `t` of today it had. */
const FORMER_COLUMNS: { readonly [table: string]: readonly (readonly [was: string, is: string])[] } = {
  accounts: [
    ["subscription_asked", "t.subscription_read_started"],
    ["subscription_answered", "t.subscription_read_applied"],
    ["subscription_overlapped", "t.subscription_read_superseded"],
    ["cards_asked", "t.cards_read_started"],
    ["cards_answered", "t.cards_read_applied"],
    ["cards_overlapped", "t.cards_read_superseded"],
    // The next cycle was written an hour ahead.
    [
      "cycle_due_at",
      "case when t.cycle_due_at = t.period_end then t.period_end - interval '1 hour' else t.cycle_due_at end",
    ],
  ],
  balances: [["quiet_until", "t.stable_until"]],
  checkouts: [["ask_at", "t.next_read_at"]],
  entries: [["category", `coalesce(t.former_category::text, ${CATEGORIES}[t.category])`]],
  holds: [["category", `${CATEGORIES}[t.category]`]],
  subscriptions: [
    ["wish", "t.pending_change"],
    ["wish_plan", "t.pending_plan"],
    ["wish_interval", "t.pending_interval"],
    ["wished_at", "t.pending_since"],
    ["former_wish", "t.change_to_restore"],
    ["former_plan", "t.plan_to_restore"],
    ["former_interval", "t.interval_to_restore"],
    ["asking_until", "t.lease_until"],
    ["freed_at", "t.downgraded_to_free_at"],
    ["ask_at", "t.next_read_at"],
  ],
};

/** Added up anew, per day: what today's release keeps are sums of quarters of an hour. */
const ADDED_UP_ANEW = ["usage_days", "usage_progress"];

/** Copies what both have, and makes the rest what it would have been. */
async function copyRows(from: Sql, to: Sql, now: Date): Promise<void> {
  const tables = await tablesOf(to);
  const both = (await tablesOf(from)).filter(
    (each) => tables.includes(each) && each !== "migration_turn" && !ADDED_UP_ANEW.includes(each),
  );
  await to.begin(async (tx) => {
    // Tables come in any order: nothing is checked but the shape of each row.
    await tx`set local session_replication_role = replica`;
    for (const table of both) {
      const former = (FORMER_COLUMNS[table] ?? []).map(([was, is]) => `'${was}', ${is}`).join(", ");
      const [{ rows } = { rows: null }] = await from.unsafe<{ rows: string | null }[]>(
        `select jsonb_agg(to_jsonb(t) || jsonb_build_object(${former}))::text as rows from "${table}" as t`,
      );
      await tx.unsafe(`delete from "${table}"`);
      const columns = await tx<{ name: string }[]>`select quote_ident(attname) as name from pg_attribute
        where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
      const list = columns.map(({ name }) => name).join(", ");
      if (rows)
        await tx.unsafe(
          `insert into "${table}" (${list}) select ${list} from jsonb_populate_recordset(null::"${table}", $1::text::jsonb)`,
          [rows],
        );
    }
    await makePeriods(from, tx);
    await makeQuietUntil(tx, now);
    await addUpUsage(tx);
  });
}

/** Makes each allowance the period that it would have been. */
async function makePeriods(from: Sql, tx: TransactionSql): Promise<void> {
  const [{ rows } = { rows: null }] = await from<{ rows: string | null }[]>`
    select jsonb_agg(to_jsonb(t))::text as rows from allowances as t where grant_id is not null`;
  await tx`create temporary table given on commit drop as
    select * from jsonb_to_recordset(${rows ?? "[]"}::text::jsonb) as t (account_id uuid, source text, plan text,
      subscription_id text, invoice_id text, starts_at timestamptz, ends_at timestamptz, credits bigint, grant_id uuid,
      payment text, frozen boolean, closed text, opened_at timestamptz, origin text, closed_at timestamptz,
      regrant_id uuid, former text)`;
  await tx`update given set former = 'plan:' || coalesce(subscription_id || ':' || plan || ':', '')
    || to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  await tx`update grants set source = given.former from given
    where given.account_id = grants.account_id and given.grant_id = grants.id`;
  await tx`update grants set source = given.former || '~paid' from given
    where given.account_id = grants.account_id and given.regrant_id = grants.id`;
  // Paid after all, a period had the grant that was made then. What was withdrawn before it began had its first one.
  await tx`
    insert into plan_periods (account_id, source, plan, subscription_id, starts_at, ends_at, credits, grant_id, payment, invoice_id,
      opened_at, withdrawn_at, withdrawals)
    select account_id, former, plan::plan_id, subscription_id, starts_at, ends_at, credits,
      case when payment = 'paid' then coalesce(regrant_id, grant_id) else grant_id end,
      (case when subscription_id is null then 'none' when origin = 'migrated' and closed = 'voided' then 'awaited'
        when payment = 'paid' then 'paid' when closed is not null then 'unpaid' when frozen then 'failed'
        else 'awaited' end)::period_payment,
      invoice_id, opened_at, w.at, (w.at is not null)::int
    from given, lateral (select case when origin = 'migrated' and closed = 'voided' then closed_at end as at) as w`;
}

/** That release knew no end of a cycle here: a balance was quiet until time alone would change what is spent from. */
async function makeQuietUntil(tx: TransactionSql, now: Date): Promise<void> {
  await tx`update balances as b set quiet_until = least(
    (select min(case when g.id = b.active_grant_id then g.expires_at else g.starts_at end) from grants as g
      where g.account_id = b.account_id and (g.id = b.active_grant_id or g.starts_at > ${now})),
    (select min(h.expires_at) from holds as h where h.account_id = b.account_id and h.status = 'open'))`;
}

async function addUpUsage(tx: TransactionSql): Promise<void> {
  await tx`delete from usage_days`;
  await tx`delete from usage_progress`;
  await tx`insert into usage_days (account_id, day, category, resource, credits, spends, first_seq, last_seq)
    select account_id, (at at time zone 'UTC')::date, category, coalesce(resource, ''), sum(credits), count(*), min(seq), max(seq)
    from entries where category is not null group by 1, 2, 3, 4`;
  await tx`insert into usage_progress (account_id, seq) select account_id, last_seq from balances`;
}

const tablesOf = async (sql: Sql): Promise<string[]> =>
  (
    await sql<{ name: string }[]>`select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`
  ).map(({ name }) => name);
