import { sql } from "drizzle-orm";
import type { Reader } from "./client";
import journal from "./migrations/meta/_journal.json";
import { sqlState } from "./transact";

/** Why this code must not run on this database, or cannot. */
export type Misfit = "not_migrated" | "role_may_edit";

/** What is to be done about it. */
export const MISFITS: Readonly<Record<Misfit, string>> = {
  not_migrated: "The database lacks tables of this version: run `npm run db:migrate`.",
  role_may_edit:
    "DATABASE_URL: its role owns the tables or may change ledger entries. Give the application a role of its own, which `npm run db:migrate` makes.",
};

/** When the newest migration this code was written with was made; the migrator keeps that of each it has applied. */
const NEWEST_MIGRATION = Math.max(...journal.entries.map(({ when }) => when));

/** No such table or schema, or no right to it, which migrating gives. */
const NOT_THERE = new Set(["42P01", "3F000", "42501"]);

/** Whether every migration this code knows was applied; newer ones may have been. Rejects when the database is away. */
export async function isMigrated(db: Reader): Promise<boolean> {
  try {
    const [row] = await db.execute<{ newest: string | null }>(
      sql`select max(created_at)::text as newest from drizzle.__drizzle_migrations`,
    );
    return Number(row?.newest ?? 0) >= NEWEST_MIGRATION;
  } catch (error) {
    if (NOT_THERE.has(sqlState(error) ?? "")) return false;
    throw error;
  }
}

/**
 * What stands against running on this database as this role; null when nothing does. A role that owns the tables, is a
 * superuser, or was given the right could change entries, which nobody may. Rejects when the database is away.
 */
export async function findMisfit(db: Reader): Promise<Misfit | null> {
  const [role] = await db.execute<{ edits: boolean | null }>(sql`
    select bool_or(pg_has_role(relowner, 'member')
      or (relname = 'entries' and has_any_column_privilege(oid, 'update'))
      or (relname = 'entries' and has_table_privilege(oid, 'delete, truncate'))) as edits
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`);
  if (role?.edits) return "role_may_edit";
  return (await isMigrated(db)) ? null : "not_migrated";
}
