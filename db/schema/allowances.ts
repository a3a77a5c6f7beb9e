import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Credits } from "../../lib/money/credits";
import { accounts, instant, planId, planIdsAreIds } from "./accounts";
import { grants } from "./ledger";

const creditsColumn = (name: string) => bigint(name, { mode: "bigint" }).$type<Credits>();

/** Of an allowance, by its lines. `owed`: its invoice is `open` or `uncollectible` with something remaining. */
export const allowancePayment = pgEnum("allowance_payment", ["none", "provisional", "paid", "owed", "void"]);
/** `internal`: without a subscription. `trial`: of a line that cost nothing. `migrated`: judged by an earlier release. */
export const allowanceOrigin = pgEnum("allowance_origin", [
  "internal",
  "line",
  "provisional",
  "trial",
  "migrated",
]);
/** Why an allowance was closed out: what was spent of it becomes debt for the first three, and is written off else. */
export const closeReason = pgEnum("close_reason", [
  "unpaid",
  "never_renewed",
  "superseded",
  "voided",
  "never_invoiced",
]);

/** Credits that a month of a plan gives: one row a month of what an invoice line pays for, whatever arrives twice. */
export const allowances = pgTable(
  "allowances",
  {
    accountId: uuid("account_id").notNull(),
    /** Under which its credits are granted: the ledger grants once under it. */
    source: text("source").notNull(),
    origin: allowanceOrigin("origin").notNull(),
    plan: planId("plan").notNull(),
    /** Null: the account's plan has no subscription. */
    subscriptionId: text("subscription_id"),
    itemId: text("item_id"),
    /** Of the line that pays for it, or of the billing period that it begins. */
    periodStart: instant("period_start").notNull(),
    /** Counted from the line's start. */
    month: smallint("month").notNull(),
    /** Of lines that begin at the same instant, which; and what was given later for the same month. */
    part: smallint("part").notNull(),
    /** The line that pays for it, once it is paid. */
    lineId: text("line_id"),
    invoiceId: text("invoice_id"),
    startsAt: instant("starts_at").notNull(),
    /** Earlier than its grant expires where another cycle began in it. */
    endsAt: instant("ends_at").notNull(),
    /** What was given; nothing where it had been given before. */
    credits: creditsColumn("credits").notNull(),
    grantId: uuid("grant_id"),
    /** It begins a cycle: neither a proration nor what came later for the same month. */
    isCycle: boolean("is_cycle").notNull(),
    payment: allowancePayment("payment").notNull(),
    frozen: boolean("frozen").notNull().default(false),
    closed: closeReason("closed"),
    closedAt: instant("closed_at"),
    /** What had been spent of it when it was closed out, and became debt. */
    debtCredits: creditsColumn("debt_credits"),
    /** What was granted again for a payment that came after its credits were gone. */
    regrantId: uuid("regrant_id"),
    openedAt: instant("opened_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.source] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ columns: [t.accountId, t.grantId], foreignColumns: [grants.accountId, grants.id] }),
    foreignKey({ columns: [t.accountId, t.regrantId], foreignColumns: [grants.accountId, grants.id] }),
    unique("allowances_one_per_month_and_part")
      .on(t.accountId, t.itemId, t.periodStart, t.month, t.part)
      .nullsNotDistinct(),
    uniqueIndex("allowances_one_grant_each").on(t.accountId, t.grantId),
    planIdsAreIds("allowances", "plan"),
    check("allowances_run_forward", sql`starts_at < ends_at and month >= 0 and part >= 0`),
    check("allowances_have_a_grant", sql`credits >= 0 and (credits = 0) = (grant_id is null)`),
    check(
      "allowances_without_subscription_cost_nothing",
      sql`(subscription_id is null) = (item_id is null) and (subscription_id is not null or payment = 'none')`,
    ),
    check(
      "allowances_are_paid_by_a_line",
      sql`payment <> 'paid' or origin = 'migrated' or (invoice_id is not null and line_id is not null)`,
    ),
    // Paid for, it is never frozen, whatever became of the subscription.
    check(
      "allowances_frozen_are_unpaid",
      sql`not frozen or (payment in ('provisional', 'owed') and closed is null)`,
    ),
    check(
      "allowances_closed_with_a_reason",
      sql`(closed is null) = (closed_at is null) and (debt_credits is null or closed in ('unpaid', 'never_renewed', 'superseded'))`,
    ),
    // At most one is given before it is paid.
    uniqueIndex("allowances_one_provisional")
      .on(t.accountId)
      .where(sql`payment = 'provisional' and closed is null and origin <> 'migrated'`),
    index("allowances_by_start").on(t.accountId, t.startsAt), // serves the cycle and Overview
  ],
);
