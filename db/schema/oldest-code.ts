import { sql } from "drizzle-orm";
import { bigint, boolean, check, pgTable } from "drizzle-orm/pg-core";

/**
 * Which builds may run on this database: those that know the migration made at this time, or a later one. One row, which
 * `npm run db:migrate` writes (`db/oldest-code.ts`); a build that knows none so new refuses to start.
 */
export const oldestCode = pgTable(
  "oldest_code",
  {
    one: boolean("one").primaryKey().default(true),
    /** As the migrator keeps it, in milliseconds. */
    migrationAt: bigint("migration_at", { mode: "number" }).notNull(),
  },
  () => [check("oldest_code_is_one", sql`one`)],
);
