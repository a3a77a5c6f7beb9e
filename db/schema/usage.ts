import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  date,
  foreignKey,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { balances, creditsSum } from "./ledger";

/**
 * Usage added up per UTC day, so that a report costs the same for a hundred entries and ten million. Derived from
 * entries, up to `usage_progress`; what is newer is added when it is read.
 */
export const usageDays = pgTable(
  "usage_days",
  {
    accountId: uuid("account_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    /** The number of the catalog's category. */
    category: smallint("category").notNull(),
    /** Empty where the caller named none. */
    resource: text("resource").notNull(),
    credits: creditsSum("credits").notNull(),
    /** How many spends and captures: their first lines. */
    spends: bigint("spends", { mode: "bigint" }).notNull(),
    firstSeq: bigint("first_seq", { mode: "bigint" }).notNull(),
    lastSeq: bigint("last_seq", { mode: "bigint" }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.day, t.category, t.resource] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check(
      "usage_days_count_something",
      sql`credits > 0 and spends >= 0 and first_seq > 0 and last_seq >= first_seq`,
    ),
  ],
);

/** How far an account's entries have been added up. Its row is the lock under which they are. */
export const usageProgress = pgTable(
  "usage_progress",
  {
    accountId: uuid("account_id").primaryKey(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check("usage_progress_never_negative", sql`seq >= 0`),
  ],
);
