import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Cents, Credits } from "../../lib/money/credits";
import { instant } from "./accounts";
import { orderPayments } from "./billing";
import { grants } from "./ledger";

/** Stripe's words, but for `requested`: stored before Stripe is asked, and nobody has heard its answer yet. */
export const refundStatus = pgEnum("refund_status", [
  "requested",
  "pending",
  "requires_action",
  "succeeded",
  "failed",
  "canceled",
]);
/** As whom somebody asked for a refund. */
export const refundRequester = pgEnum("refund_requester", ["customer", "operator"]);

/**
 * Money of an order's payment on its way back, as Stripe says it: begun here or in its dashboard. What is not among what was
 * read is not gone. One of ours that Stripe refused is `failed` without an id of Stripe's.
 */
export const orderRefunds = pgTable(
  "order_refunds",
  {
    accountId: uuid("account_id").notNull(),
    /** Ours, written on Stripe's refund where we asked for it. */
    id: uuid("id").notNull(),
    orderId: uuid("order_id").notNull(),
    /** Stripe's; null until it is heard. */
    refundId: text("refund_id"),
    amountCents: bigint("amount_cents", { mode: "bigint" }).$type<Cents>().notNull(),
    /** The last that could be read; null: none could. */
    status: refundStatus("status"),
    /** Why Stripe's last word could not be read. */
    unreadable: text("unreadable"),
    /** Stripe's code for why it failed, or for why it refused. */
    failureCode: text("failure_code"),
    /** With which Stripe is asked, and asked again; null where it was begun in Stripe's dashboard. */
    idempotencyKey: text("idempotency_key"),
    requestedAs: refundRequester("requested_as"),
    requestedBy: uuid("requested_by"),
    why: text("why"),
    /** When its credit note was made; null: not yet, or there is none to make. */
    creditNotedAt: instant("credit_noted_at"),
    /** When the debit note was made that corrects it, as the refund failed afterwards. */
    debitNotedAt: instant("debit_noted_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({
      name: "order_refunds_of_a_paid_order",
      columns: [t.accountId, t.orderId],
      foreignColumns: [orderPayments.accountId, orderPayments.orderId],
    }),
    unique("order_refunds_once").on(t.accountId, t.refundId),
    uniqueIndex("order_refunds_one_per_key").on(t.accountId, t.idempotencyKey),
    // Two at once are one: what was asked first is heard first.
    uniqueIndex("order_refunds_one_unheard").on(t.accountId, t.orderId).where(sql`status = 'requested'`),
    index("order_refunds_of_order").on(t.accountId, t.orderId), // serves the order's page and its settlement
    // Serves the sweep of documents: what was paid back and has no credit note.
    index("order_refunds_not_noted")
      .on(t.createdAt)
      .where(sql`status = 'succeeded' and credit_noted_at is null`),
    index("order_refunds_by_id").on(t.id), // serve the desk's Find
    index("order_refunds_by_refund").on(t.refundId).where(sql`refund_id is not null`),
    index("order_refunds_by_time").on(t.createdAt), // serves the money of a month
    index("order_refunds_not_debited")
      .on(t.createdAt)
      .where(
        sql`status in ('failed', 'canceled') and credit_noted_at is not null and debit_noted_at is null`,
      ),
    check("order_refunds_pay_back_something", sql`amount_cents > 0`),
    check("order_refunds_say_something", sql`status is not null or unreadable is not null`),
    check(
      "order_refunds_are_ours_or_heard_of",
      sql`refund_id is not null or (idempotency_key is not null and status in ('requested', 'failed'))`,
    ),
    check("order_refunds_requested_are_unheard", sql`status <> 'requested' or refund_id is null`),
    check(
      "order_refunds_of_ours_say_who_and_why",
      sql`(idempotency_key is null) = (requested_as is null) and (idempotency_key is null) = (requested_by is null) and (idempotency_key is null) = (why is null)`,
    ),
  ],
);

/** Stripe's words: `warning_*` is an inquiry, which moves no money. */
export const disputeStatus = pgEnum("dispute_status", [
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "needs_response",
  "under_review",
  "appeal_needs_response",
  "appeal_under_review",
  "won",
  "lost",
  "prevented",
]);

/** A payer's bank wants an order's money back, as Stripe says it. */
export const orderDisputes = pgTable(
  "order_disputes",
  {
    accountId: uuid("account_id").notNull(),
    /** Stripe's. */
    id: text("id").notNull(),
    orderId: uuid("order_id").notNull(),
    amountCents: bigint("amount_cents", { mode: "bigint" }).$type<Cents>().notNull(),
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
      name: "order_disputes_of_a_paid_order",
      columns: [t.accountId, t.orderId],
      foreignColumns: [orderPayments.accountId, orderPayments.orderId],
    }),
    index("order_disputes_of_order").on(t.accountId, t.orderId),
    // Serves whoever asks whether the account may buy.
    index("order_disputes_open").on(t.accountId).where(sql`status in ('needs_response', 'under_review')`),
    index("order_disputes_by_id").on(t.id), // serves the desk's Find
    index("order_disputes_by_time").on(t.createdAt), // serves the money of a month
    // Serves the operator's queue.
    index("order_disputes_to_answer")
      .on(t.evidenceDueAt)
      .where(sql`status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')`),
    check("order_disputes_are_about_something", sql`amount_cents >= 0`),
    check("order_disputes_say_something", sql`status is not null or unreadable is not null`),
  ],
);

/**
 * `revoke`: taken for money that went back; `restore`: put back. `freeze` and `unfreeze`: for an open dispute. `carry`: moved
 * out of a grant that ended while it was frozen; `give`: given anew in a grant of its own, what has no place where it was.
 */
export const reversalKind = pgEnum("reversal_kind", [
  "revoke",
  "restore",
  "freeze",
  "unfreeze",
  "carry",
  "give",
]);

const creditsColumn = (name: string) =>
  bigint(name, { mode: "bigint" }).$type<Credits>().notNull().default(sql`0`);

/** What refunds and disputes did to an order's credits, one ledger command a row. Never changed or deleted. */
export const orderReversals = pgTable(
  "order_reversals",
  {
    accountId: uuid("account_id").notNull(),
    orderId: uuid("order_id").notNull(),
    number: integer("number").notNull(),
    kind: reversalKind("kind").notNull(),
    grantId: uuid("grant_id").notNull(),
    /** Of the credits, those that had been spent: their revocation made debt, which other credits paid where they are given anew. */
    used: creditsColumn("used"),
    /** Those that could still be used: left, or held. */
    unused: creditsColumn("unused"),
    /** Those whose grant was over. */
    expired: creditsColumn("expired"),
    at: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.orderId, t.number] }),
    index("order_reversals_given").on(t.accountId, t.grantId).where(sql`kind = 'give'`), // serves who asks whose a grant is
    foreignKey({
      name: "order_reversals_of_a_paid_order",
      columns: [t.accountId, t.orderId],
      foreignColumns: [orderPayments.accountId, orderPayments.orderId],
    }),
    foreignKey({
      name: "order_reversals_of_a_grant",
      columns: [t.accountId, t.grantId],
      foreignColumns: [grants.accountId, grants.id],
    }),
    check("order_reversals_no_part_negative", sql`number > 0 and used >= 0 and unused >= 0 and expired >= 0`),
    check(
      "order_reversals_move_something",
      sql`(kind in ('freeze', 'unfreeze')) = (used + unused + expired = 0)`,
    ),
    check(
      "order_reversals_give_for_one_reason",
      sql`kind <> 'give' or (expired = 0 and (used = 0 or unused = 0))`,
    ),
  ],
);

/** How far lists that Stripe keeps for all accounts were read: what was made before is known. */
export const providerLists = pgTable("provider_lists", {
  name: text("name").primaryKey(),
  readUntil: instant("read_until").notNull(),
});
