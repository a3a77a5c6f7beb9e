import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./accounts";
import { grants } from "./ledger";
import { centsColumn, creditsColumn, invoices } from "./plans";
import { disputeStatus, refundStatus, reversalKind } from "./returns";

const movedCredits = (name: string) => creditsColumn(name).notNull().default(sql`0`);

/** Money of a plan's invoice on its way back, as Stripe says it. What is not among what was read is not gone. */
export const invoiceRefunds = pgTable(
  "invoice_refunds",
  {
    accountId: uuid("account_id").notNull(),
    /** Stripe's. */
    id: text("id").notNull(),
    invoiceId: text("invoice_id").notNull(),
    amountCents: centsColumn("amount_cents").notNull(),
    /** The last that could be read; null: none could. */
    status: refundStatus("status"),
    /** Why Stripe's last word could not be read. */
    unreadable: text("unreadable"),
    /** Stripe's code for why it failed. */
    failureCode: text("failure_code"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({
      name: "invoice_refunds_of_an_invoice",
      columns: [t.accountId, t.invoiceId],
      foreignColumns: [invoices.accountId, invoices.id],
    }),
    index("invoice_refunds_of_invoice").on(t.accountId, t.invoiceId), // serves History and whoever decides
    index("invoice_refunds_by_id").on(t.id), // serves the desk's Find
    check("invoice_refunds_pay_back_something", sql`amount_cents > 0`),
    check("invoice_refunds_say_something", sql`status is not null or unreadable is not null`),
    check("invoice_refunds_are_heard_of", sql`status <> 'requested'`),
  ],
);

/** `requested`: stored before Stripe is asked, and nobody has heard its answer yet; `made`: it is among `invoice_refunds`. */
export const refundRequestStatus = pgEnum("refund_request_status", ["requested", "made", "refused"]);

/** Refunds of a plan's invoice that an operator asked for, each stored with its key before Stripe is asked. */
export const invoiceRefundRequests = pgTable(
  "invoice_refund_requests",
  {
    accountId: uuid("account_id").notNull(),
    /** Ours, written on Stripe's refund. */
    id: uuid("id").notNull(),
    invoiceId: text("invoice_id").notNull(),
    amountCents: centsColumn("amount_cents").notNull(),
    status: refundRequestStatus("status").notNull(),
    /** With which Stripe is asked, and asked again. */
    idempotencyKey: text("idempotency_key").notNull(),
    /** The payment it is asked of, stored before it is asked for: part of an invoice may be paid by another one. */
    paymentIntentId: text("payment_intent_id"),
    /** Stripe's, once it is made. */
    refundId: text("refund_id"),
    /** Stripe's code for why it refused. */
    failureCode: text("failure_code"),
    /** Of the credits, those that were taken for it before Stripe was asked, and how many of these had been spent. */
    takenCredits: movedCredits("taken_credits"),
    usedCredits: movedCredits("used_credits"),
    requestedBy: uuid("requested_by").notNull(),
    why: text("why").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({
      name: "invoice_refund_requests_of_an_invoice",
      columns: [t.accountId, t.invoiceId],
      foreignColumns: [invoices.accountId, invoices.id],
    }),
    uniqueIndex("invoice_refund_requests_one_per_key").on(t.accountId, t.idempotencyKey),
    // Two at once are one: what was asked first is heard first.
    uniqueIndex("invoice_refund_requests_one_unheard")
      .on(t.accountId, t.invoiceId)
      .where(sql`status = 'requested'`),
    index("invoice_refund_requests_of_invoice").on(t.accountId, t.invoiceId), // serves whoever decides
    index("invoice_refund_requests_by_id").on(t.id), // serves the desk's Find
    check("invoice_refund_requests_pay_back_something", sql`amount_cents > 0`),
    check(
      "invoice_refund_requests_take_no_less_than_nothing",
      sql`taken_credits >= used_credits and used_credits >= 0`,
    ),
    check("invoice_refund_requests_made_have_a_refund", sql`(status = 'made') = (refund_id is not null)`),
    check("invoice_refund_requests_refused_say_why", sql`(status = 'refused') = (failure_code is not null)`),
    check("invoice_refund_requests_give_a_reason", sql`why <> ''`),
  ],
);

/** A payer's bank wants a plan invoice's money back, as Stripe says it. */
export const invoiceDisputes = pgTable(
  "invoice_disputes",
  {
    accountId: uuid("account_id").notNull(),
    /** Stripe's. */
    id: text("id").notNull(),
    invoiceId: text("invoice_id").notNull(),
    amountCents: centsColumn("amount_cents").notNull(),
    currency: text("currency").notNull(),
    /** The last that could be read; null: none could. */
    status: disputeStatus("status"),
    unreadable: text("unreadable"),
    /** Stripe's code for what the payer says: `fraudulent`. */
    reason: text("reason").notNull(),
    evidenceDueAt: instant("evidence_due_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({
      name: "invoice_disputes_of_an_invoice",
      columns: [t.accountId, t.invoiceId],
      foreignColumns: [invoices.accountId, invoices.id],
    }),
    index("invoice_disputes_of_invoice").on(t.accountId, t.invoiceId),
    // Serves whoever asks whether the account may buy.
    index("invoice_disputes_open").on(t.accountId).where(sql`status in ('needs_response', 'under_review')`),
    index("invoice_disputes_by_id").on(t.id), // serves the desk's Find
    // Serves the operator's queue.
    index("invoice_disputes_to_answer")
      .on(t.evidenceDueAt)
      .where(sql`status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')`),
    check("invoice_disputes_are_about_something", sql`amount_cents >= 0`),
    check("invoice_disputes_say_something", sql`status is not null or unreadable is not null`),
  ],
);

/** What refunds and disputes did to the credits of an invoice's allowances, one ledger command a row. Never changed or deleted. */
export const invoiceReversals = pgTable(
  "invoice_reversals",
  {
    accountId: uuid("account_id").notNull(),
    invoiceId: text("invoice_id").notNull(),
    number: integer("number").notNull(),
    kind: reversalKind("kind").notNull(),
    grantId: uuid("grant_id").notNull(),
    /** As of an order's: spent before, to be used, and of a grant that was over. */
    used: movedCredits("used"),
    unused: movedCredits("unused"),
    expired: movedCredits("expired"),
    at: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.invoiceId, t.number] }),
    foreignKey({
      name: "invoice_reversals_of_an_invoice",
      columns: [t.accountId, t.invoiceId],
      foreignColumns: [invoices.accountId, invoices.id],
    }),
    foreignKey({
      name: "invoice_reversals_of_a_grant",
      columns: [t.accountId, t.grantId],
      foreignColumns: [grants.accountId, grants.id],
    }),
    check(
      "invoice_reversals_no_part_negative",
      sql`number > 0 and used >= 0 and unused >= 0 and expired >= 0`,
    ),
    check(
      "invoice_reversals_move_something",
      sql`(kind in ('freeze', 'unfreeze')) = (used + unused + expired = 0)`,
    ),
    check(
      "invoice_reversals_give_for_one_reason",
      sql`kind <> 'give' or (expired = 0 and (used = 0 or unused = 0))`,
    ),
  ],
);
