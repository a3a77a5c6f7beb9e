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
 * Usage added up per quarter of an hour, so that a report costs the same for a hundred entries and ten million, whatever days
 * the reader's time zone has: all zones differ from UTC by whole quarters. A row is a UTC day, with the quarters in
 * which anything was used and what had been used up to the end of each; so any part of the day is a difference of two of
 * its sums, and a day costs 96 of them at most. Derived from entries, up to `usage_progress`; what is newer is added
 * when it is read.
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
    /** Of the day, 0 to 95, ascending: those in which anything was used. */
    quarters: smallint("quarters").array().notNull(),
    /** Used from the day's beginning to the end of each of them. */
    creditsUntil: creditsSum("credits_until").array().notNull(),
    spendsUntil: bigint("spends_until", { mode: "bigint" }).array().notNull(),
    /** Of the whole day: the last of its sums. */
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
    check(
      "usage_days_end_with_their_sums",
      sql`cardinality(quarters) between 1 and 96 and quarters[1] >= 0 and quarters[cardinality(quarters)] <= 95
        and cardinality(credits_until) = cardinality(quarters) and cardinality(spends_until) = cardinality(quarters)
        and credits_until[cardinality(quarters)] = credits and spends_until[cardinality(quarters)] = spends`,
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
