import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Cents, Credits } from "../../lib/money/credits";
import { accounts, instant, planId, planIdsAreIds } from "./accounts";

export const centsColumn = (name: string) => bigint(name, { mode: "bigint" }).$type<Cents>();
export const creditsColumn = (name: string) => bigint(name, { mode: "bigint" }).$type<Credits>();

/** Stripe's spelling. */
export const subscriptionStatus = pgEnum("subscription_status", [
  "incomplete",
  "incomplete_expired",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
]);
export const planInterval = pgEnum("plan_interval", ["month", "year"]);
/** `keep`: nothing of what was chosen before. `change`: to something smaller. */
export const pendingChangeKind = pgEnum("pending_change_kind", ["keep", "change", "cancel"]);

/** Stripe's `pause_collection.behavior`. */
export const pauseBehavior = pgEnum("pause_behavior", ["keep_as_draft", "mark_uncollectible", "void"]);

/** A schedule as JSON has it: instants as text, amounts as digits. `lib/billing/subscriptions/mirror` reads it back. */
export type StoredSchedule = {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endsByCancel: boolean;
  readonly next: readonly {
    readonly start: string;
    readonly end: string | null;
    readonly items: readonly { readonly price: StoredPrice; readonly quantity: number }[];
  }[];
};
export type StoredPrice = {
  readonly priceId: string;
  readonly unitCents: string | null;
  readonly currency: string;
  readonly plan: string | null;
  readonly interval: (typeof planInterval.enumValues)[number] | null;
  readonly creditsPerMonth: string | null;
  readonly unreadableReason: string | null;
};

/**
 * What we know of the account's subscriptions; Stripe has the last word, `syncSubscription` follows it. What it sells is
 * said of the item that gives the plan, as it was last readable; null where it never was. Items: `subscription_items`.
 */
export const subscriptions = pgTable(
  "subscriptions",
  {
    accountId: uuid("account_id").notNull(),
    id: text("id").notNull(),
    status: subscriptionStatus("status").notNull(),
    /** The one the account's plan comes from. */
    isPrimary: boolean("is_primary").notNull(),
    plan: planId("plan"),
    interval: planInterval("interval"),
    priceId: text("price_id"),
    /** An interval. */
    priceCents: centsColumn("price_cents"),
    /** A month, whatever the interval. */
    creditsPerCycle: creditsColumn("credits_per_cycle"),
    itemId: text("item_id"),
    anchor: instant("anchor").notNull(),
    periodStart: instant("period_start"),
    periodEnd: instant("period_end"),
    /** When it ends because somebody canceled it; the customer's own can be taken back until then. */
    cancelAt: instant("cancel_at"),
    /** What our metadata at Stripe said of a cancellation when it was last read (`lib/billing/subscriptions/cancellations`). */
    cancelMark: text("cancel_mark"),
    /** The customer canceled it; every other end is an operator's. */
    canceledByCustomer: boolean("canceled_by_customer").notNull().default(false),
    scheduleId: text("schedule_id"),
    /** What follows at the period's end, where something else was chosen. */
    nextPlan: planId("next_plan"),
    nextInterval: planInterval("next_interval"),
    nextPriceCents: centsColumn("next_price_cents"),
    nextCreditsPerCycle: creditsColumn("next_credits_per_cycle"),
    /** The card renewals are charged to; null: the customer's default. */
    paymentMethodId: text("payment_method_id"),
    trialEnd: instant("trial_end"),
    /** How Stripe treats its invoices while it does not collect; null: it collects. */
    pauseBehavior: pauseBehavior("pause_behavior"),
    pauseResumesAt: instant("pause_resumes_at"),
    /** Its invoices are sent by mail instead of charged. */
    sendsInvoice: boolean("sends_invoice").notNull().default(false),
    /** Stripe charges something else than the price times the quantity: a discount, or tax. */
    hasDiscountOrTax: boolean("has_discount_or_tax").notNull().default(false),
    /** An upgrade that waits for its payment. */
    hasPendingUpdate: boolean("has_pending_update").notNull().default(false),
    latestInvoiceId: text("latest_invoice_id"),
    schedule: jsonb("schedule").$type<StoredSchedule>(),
    /** When Stripe said that it has no such subscription, and has not shown it since: the rest is what was known. */
    notFoundAt: instant("not_found_at"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
    /** What was chosen for the period's end and Stripe has not confirmed yet: requested until it has. */
    pendingChange: pendingChangeKind("pending_change"),
    pendingPlan: planId("pending_plan"),
    pendingInterval: planInterval("pending_interval"),
    pendingSince: instant("pending_since"),
    /** What counted before it, and counts again should Stripe refuse it half-way. */
    changeToRestore: pendingChangeKind("change_to_restore"),
    planToRestore: planId("plan_to_restore"),
    intervalToRestore: planInterval("interval_to_restore"),
    /** Until then one caller requests it of Stripe: two at once could undo each other's. */
    leaseUntil: instant("lease_until"),
    /** When the account was downgraded to Free because of its end. */
    downgradedToFreeAt: instant("downgraded_to_free_at"),
    /** When it is read again without an event, in case events were lost. */
    nextReadAt: instant("next_read_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    uniqueIndex("subscriptions_one_primary").on(t.accountId).where(sql`is_primary`),
    planIdsAreIds("subscriptions", "plan", "next_plan", "pending_plan", "plan_to_restore"),
    check("subscriptions_give_something", sql`price_cents >= 0 and credits_per_cycle > 0`),
    check(
      "subscriptions_sell_something_whole",
      sql`(plan is null) = (interval is null) and (plan is null) = (credits_per_cycle is null) and (item_id is null) = (period_start is null) and (item_id is null) = (period_end is null) and (plan is null or item_id is not null)`,
    ),
    check(
      "subscriptions_know_what_is_next",
      sql`(next_plan is null) = (next_interval is null) and (next_plan is null) = (next_price_cents is null) and (next_plan is null) = (next_credits_per_cycle is null)`,
    ),
    check(
      "subscriptions_pending_change_is_whole",
      sql`(pending_change is null) = (pending_since is null) and (pending_plan is null) = (pending_interval is null) and (pending_plan is not null) = coalesce(pending_change = 'change', false)`,
    ),
    check(
      "subscriptions_change_to_restore_is_whole",
      sql`(pending_change is not null or change_to_restore is null) and (plan_to_restore is null) = (interval_to_restore is null) and (plan_to_restore is not null) = coalesce(change_to_restore = 'change', false)`,
    ),
    check("subscriptions_resume_what_is_paused", sql`pause_resumes_at is null or pause_behavior is not null`),
    // Both serve the sweep that makes up for lost events and answers.
    index("subscriptions_pending_changes").on(t.pendingSince).where(sql`pending_since is not null`),
    index("subscriptions_to_read").on(t.nextReadAt).where(sql`next_read_at is not null`),
  ],
);

/** Stripe's spelling. */
export const invoiceStatus = pgEnum("invoice_status", ["draft", "open", "paid", "uncollectible", "void"]);

/** Stripe's invoices of the account's plan, as last heard. */
export const invoices = pgTable(
  "invoices",
  {
    accountId: uuid("account_id").notNull(),
    id: text("id").notNull(),
    number: text("number"),
    subscriptionId: text("subscription_id"),
    status: invoiceStatus("status").notNull(),
    /** Stripe's `billing_reason`: `subscription_create`, `subscription_cycle`, `subscription_update`. */
    reason: text("reason"),
    /** Of its line for a plan; null where it has none. */
    plan: planId("plan"),
    creditsPerCycle: creditsColumn("credits_per_cycle"),
    periodStart: instant("period_start"),
    periodEnd: instant("period_end"),
    totalCents: centsColumn("total_cents").notNull(),
    dueCents: centsColumn("due_cents").notNull(),
    paidCents: centsColumn("paid_cents").notNull(),
    currency: text("currency").notNull(),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: instant("next_attempt_at"),
    /** Why its last payment failed, in Stripe's codes. For choosing a sentence, never shown. */
    failureCode: text("failure_code"),
    /** Ids of the cards that were declined for it, whoever tried them: Stripe itself names only the last. */
    declinedCards: text("declined_cards").array().notNull().default([]),
    createdAt: instant("created_at").notNull(),
    paidAt: instant("paid_at"),
    /** Stripe's `amount_remaining`; null where it was not read yet. */
    remainingCents: centsColumn("remaining_cents"),
    /** Of credit notes issued before and after it was paid. */
    creditNotesCents: centsColumn("credit_notes_cents"),
    /** Of those issued before it was paid; null where that was not read yet. */
    prePaymentNotesCents: centsColumn("pre_payment_notes_cents"),
    sendsInvoice: boolean("sends_invoice").notNull().default(false),
    /** Whether Stripe finalizes and charges it by itself. */
    autoAdvance: boolean("auto_advance").notNull().default(true),
    dueAt: instant("due_at"), // Where it is sent by mail.
    voidedAt: instant("voided_at"),
    /** When it was first known here that it is paid. */
    paidSeenAt: instant("paid_seen_at"),
    /** When Stripe said that it has no such invoice, and has not shown it since: the rest is what was known. */
    notFoundAt: instant("not_found_at"),
    /** Of credit notes issued after it was paid: paid back elsewhere than at Stripe. */
    paidBackElsewhereCents: centsColumn("paid_back_elsewhere_cents").notNull().default(sql`0`),
    /** Reads of what became of its money, numbered as those of the plan are. */
    returnsReadStarted: bigint("returns_read_started", { mode: "bigint" }).notNull().default(sql`0`),
    /** The last that was applied; 0: nothing ever came back. */
    returnsReadApplied: bigint("returns_read_applied", { mode: "bigint" }).notNull().default(sql`0`),
    returnsReadSuperseded: bigint("returns_read_superseded", { mode: "bigint" }).notNull().default(sql`0`),
    /** When Stripe is asked again what became of its money. */
    nextReturnsReadAt: instant("next_returns_read_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    planIdsAreIds("invoices", "plan"),
    check("invoices_pay_nothing_back_that_is_negative", sql`paid_back_elsewhere_cents >= 0`),
    check("invoices_remain_to_be_paid", sql`remaining_cents >= 0 and credit_notes_cents >= 0`),
    check(
      "invoices_plan_has_period",
      sql`(plan is null) = (period_start is null) and (plan is null) = (period_end is null)`,
    ),
    index("invoices_newest_first").on(t.accountId, t.createdAt, t.id), // serves History
    index("invoices_by_id").on(t.id), // serves the desk's Find, and what comes back of an invoice whose customer is no account's
    index("invoices_by_payment").on(t.paidAt), // serves the money of a month, and the reconciliation of a day
    // Serves the sweep that makes up for lost events.
    index("invoices_returns_to_read").on(t.nextReturnsReadAt).where(sql`next_returns_read_at is not null`),
  ],
);
