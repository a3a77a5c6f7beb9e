import { sql } from "drizzle-orm";
import { bigint, check, date, foreignKey, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { balances, bucket, creditsSum } from "./ledger";

/**
 * An account's movements added up per month (UTC), kind of grant and pair of buckets, so that the credits of all accounts by
 * month cost the same for a hundred entries and ten million. Derived from entries, up to `credit_month_progress`; what is
 * newer is added when it is read.
 */
export const creditMonths = pgTable(
  "credit_months",
  {
    accountId: uuid("account_id").notNull(),
    /** Its first day. */
    month: date("month", { mode: "string" }).notNull(),
    /** A `grant_kind`, or `none`: used without a grant that had it, which made debt. */
    kind: text("kind").notNull(),
    fromBucket: bucket("from_bucket").notNull(),
    toBucket: bucket("to_bucket").notNull(),
    credits: creditsSum("credits").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.month, t.kind, t.fromBucket, t.toBucket] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check("credit_months_move_something", sql`credits > 0 and from_bucket <> to_bucket`),
    check("credit_months_begin_with_their_month", sql`extract(day from month) = 1`),
  ],
);

/** How far an account's entries have been added up by month. Its row is the lock under which they are. */
export const creditMonthProgress = pgTable(
  "credit_month_progress",
  {
    accountId: uuid("account_id").primaryKey(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check("credit_month_progress_never_negative", sql`seq >= 0`),
  ],
);
