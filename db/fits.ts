import { sql } from "drizzle-orm";
import { BEHIND_POOLER } from "./address";
import type { Database, Reader } from "./client";
import { NEWEST_MIGRATION } from "./oldest-code";
import { sqlState } from "./transact";

/** Why this code must not run on this database, or cannot. */
export type Misfit = SchemaMisfit | "role_may_edit" | "behind_pooler" | "no_time_limits";
type SchemaMisfit = "not_migrated" | "build_too_old";

/** What is to be done about it. */
export const MISFITS: Readonly<Record<Misfit, string>> = {
  not_migrated: "The database lacks tables of this version: run `npm run db:migrate`.",
  build_too_old:
    "A newer build has migrated the database, and this one would write what that does not understand: run the newer build.",
  role_may_edit:
    "DATABASE_URL: its role owns the tables or may change ledger entries. Give the application a role of its own, which `npm run db:migrate` makes.",
  behind_pooler: BEHIND_POOLER,
  no_time_limits:
    "DATABASE_PREPARE=false: the application's role has no time limits of its own, which a pooler's connections cannot ask for. Run `npm run db:migrate` with the same setting.",
};

/** No such table or schema, or no right to it, which migrating gives. */
const NOT_THERE = new Set(["42P01", "3F000", "42501"]);

/**
 * What stands between this code and the tables: not every migration that it knows was applied, or one that it must know and
 * does not. Newer ones it need not know may have been. Null: nothing. Rejects when the database is away.
 */
export async function findSchemaMisfit(db: Reader): Promise<SchemaMisfit | null> {
  try {
    const [row] = await db.execute<{ newest: string | null; oldest: string | null }>(
      sql`select (select max(created_at) from drizzle.__drizzle_migrations)::text as newest,
        (select migration_at from oldest_code)::text as oldest`,
    );
    if (Number(row?.oldest ?? 0) > NEWEST_MIGRATION) return "build_too_old";
    return Number(row?.newest ?? 0) >= NEWEST_MIGRATION ? null : "not_migrated";
  } catch (error) {
    if (NOT_THERE.has(sqlState(error) ?? "")) return "not_migrated";
    throw error;
  }
}

/**
 * What stands against running on this database as this role; null when nothing does. A role that owns the tables, is a
 * superuser, or was given the right could change entries, which nobody may. A connection without the limits it asked for goes
 * through a pooler nobody told of. Rejects when the database is away.
 */
export async function findMisfit(db: Database): Promise<Misfit | null> {
  const [role] = await db.execute<{ edits: boolean | null }>(sql`
    select bool_or(pg_has_role(relowner, 'member')
      or (relname = 'entries' and has_any_column_privilege(oid, 'update'))
      or (relname = 'entries' and has_table_privilege(oid, 'delete, truncate'))) as edits
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`);
  if (role?.edits) return "role_may_edit";
  const [limit] = await db.execute<{ limited: boolean; asked: boolean }>(
    sql`select setting <> '0' as limited, source = 'client' as asked from pg_settings where name = 'statement_timeout'`,
  );
  if (db.keepsSettings && !limit?.asked) return "behind_pooler";
  if (!limit?.limited) return "no_time_limits";
  return findSchemaMisfit(db);
}
