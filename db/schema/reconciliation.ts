import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  uuid,
} from "drizzle-orm/pg-core";
import { accounts, instant } from "./accounts";

export const reconciliationKind = pgEnum("reconciliation_kind", ["books_full", "books_moved", "stripe"]);

/** What was compared and what came of it, a row a run. Local: it is of all accounts. */
export const reconciliations = pgTable(
  "reconciliations",
  {
    id: uuid("id").primaryKey(),
    kind: reconciliationKind("kind").notNull(),
    startedAt: instant("started_at").notNull(),
    finishedAt: instant("finished_at").notNull(),
    /** How many things were found that nobody can explain. */
    drift: integer("drift").notNull(),
    /** Figures, and the first of what was found (`lib/reconciliation/results`). */
    result: jsonb("result").notNull(),
    /** When the alarm about it, or about the same just before, was taken; null: there was nothing to say, nobody to say it to, or it is still tried. */
    toldAt: instant("told_at"),
  },
  (t) => [
    check("reconciliations_run_forward", sql`started_at <= finished_at and drift >= 0`),
    index("reconciliations_newest").on(t.kind, t.finishedAt), // serves health and the command
  ],
);

/** Days that were compared with Stripe to their end, so that an interrupted run goes on behind them. Local, the same. */
export const reconciledDays = pgTable(
  "reconciled_days",
  {
    /** UTC. */
    day: date("day").primaryKey(),
    finishedAt: instant("finished_at").notNull(),
    drift: integer("drift").notNull(),
    result: jsonb("result").notNull(),
  },
  () => [check("reconciled_days_count", sql`drift >= 0`)],
);

/** How far an account's books were found right, and what its entries had added up to: the next look reads those after it. */
export const checkedBooks = pgTable(
  "checked_books",
  {
    accountId: uuid("account_id").primaryKey(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
    /** Sums by grant and buckets (`lib/ledger/books`). */
    sums: jsonb("sums").notNull(),
    checkedAt: instant("checked_at").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("checked_books_begin", sql`seq >= 0`),
  ],
);
