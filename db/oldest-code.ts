import type { Sql } from "postgres";
import journal from "./migrations/meta/_journal.json" with { type: "json" };
import { NotMigrated } from "./not-migrated";

/**
 * The migration that code must know to run on a database which this code has migrated. Named anew with every migration
 * under which an earlier build would fail or write what is wrong: then it is not applied while such a build is connected, and
 * none starts afterwards. With a migration that an earlier build does not notice (a table or a column beside what it knows)
 * it stays, and both may run during a rollout. `dev/house.test.ts` finds what has to be named.
 */
export const OLDEST_CODE = "0043_returns";

/** When a migration was made, by which the migrator keeps and compares them. Throws where there is none of this name. */
export function migrationAt(tag: string): number {
  const entry = journal.entries.find((each) => each.tag === tag);
  if (!entry) throw new Error(`there is a migration ${tag}`);
  return entry.when;
}

/** When the newest migration this code was written with was made. */
export const NEWEST_MIGRATION = Math.max(...journal.entries.map(({ when }) => when));

/**
 * Before anything is migrated, under the migrators' lock: throws `NotMigrated` where a newer build migrated this database, and
 * where this build's migrations would pull the tables from under processes that are connected as the application's role.
 */
export async function refuseWhileOthersRun(sql: Sql, role: string, force: boolean): Promise<void> {
  const { newest, oldest } = await readApplied(sql);
  if (newest === null) return;
  if (newest > NEWEST_MIGRATION)
    throw new NotMigrated(
      "A newer build has migrated this database, and this one would take rights away that it needs. Run the newer build's `npm run db:migrate`.",
    );
  if (force || oldest >= migrationAt(OLDEST_CODE)) return;
  const connected = await sql<{ name: string; connections: number }[]>`
    select application_name as name, count(*)::int as connections from pg_stat_activity
    where datname = current_database() and usename = ${role} group by 1 order by 1`;
  if (connected.length === 0) return;
  const all = connected.reduce((sum, { connections }) => sum + connections, 0);
  const names = connected.map(({ name, connections }) => `${name || "no name"}: ${connections}`).join(", ");
  throw new NotMigrated(
    `${all === 1 ? "1 connection is" : `${all} connections are`} open as ${role} (${names}), and this update cannot be made while ` +
      "processes of the release before are running. Stop all web processes and workers and run it again. " +
      "Where what is connected is none of them, a pooler say: npm run db:migrate -- --force",
  );
}

/** The newest migration that was applied, null where none was, and the oldest code that may run, 0 where nobody said. */
async function readApplied(sql: Sql): Promise<{ newest: number | null; oldest: number }> {
  const [there] = await sql<{ migrations: boolean; oldest: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as migrations,
      to_regclass('public.oldest_code') is not null as oldest`;
  const [applied] = there?.migrations
    ? await sql<{ at: string | null }[]>`select max(created_at)::text as at from drizzle.__drizzle_migrations`
    : [];
  const [stored] = there?.oldest
    ? await sql<{ at: string }[]>`select migration_at::text as at from public.oldest_code`
    : [];
  return { newest: applied?.at ? Number(applied.at) : null, oldest: Number(stored?.at ?? 0) };
}

/** Stores which code may run on the database from now on. */
export async function storeOldestCode(sql: Sql): Promise<void> {
  await sql`insert into public.oldest_code (migration_at) values (${migrationAt(OLDEST_CODE)})
    on conflict (one) do update set migration_at = greatest(oldest_code.migration_at, excluded.migration_at)`;
}
