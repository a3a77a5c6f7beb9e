import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { accounts, instant, planId, planIdsAreIds } from "./accounts";
import { centsColumn, creditsColumn, planInterval } from "./plans";

/** `started`: stored before Stripe is asked for the session. */
export const checkoutStatus = pgEnum("checkout_status", ["started", "open", "complete", "expired", "failed"]);

/** A visit to Stripe's hosted Checkout to subscribe. One open at a time: so no account can subscribe twice. */
export const checkouts = pgTable(
  "checkouts",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    plan: planId("plan").notNull(),
    interval: planInterval("interval").notNull(),
    priceId: text("price_id").notNull(),
    customerId: text("customer_id").notNull(),
    successUrl: text("success_url").notNull(),
    cancelUrl: text("cancel_url").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    status: checkoutStatus("status").notNull(),
    sessionId: text("session_id"),
    url: text("url"),
    placedBy: uuid("placed_by").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Sent with the session: after this Stripe lets nobody pay in it. */
    expiresAt: instant("expires_at").notNull(),
    endedAt: instant("ended_at"),
    /** When it is read again without an event. */
    nextReadAt: instant("next_read_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    planIdsAreIds("checkouts", "plan"),
    uniqueIndex("checkouts_one_open").on(t.accountId).where(sql`ended_at is null`),
    uniqueIndex("checkouts_one_per_session").on(t.accountId, t.sessionId),
    check(
      "checkouts_ended_when_over",
      sql`(ended_at is not null) = (status in ('complete', 'expired', 'failed'))`,
    ),
    check(
      "checkouts_open_have_an_address",
      sql`status <> 'open' or (session_id is not null and url is not null)`,
    ),
    index("checkouts_by_session").on(t.sessionId).where(sql`session_id is not null`), // serves the desk's Find
    index("checkouts_to_read").on(t.nextReadAt).where(sql`ended_at is null`),
  ],
);

export const planPaymentKind = pgEnum("plan_payment_kind", ["upgrade", "renewal"]);
/** `processing` from before Stripe is asked until somebody has heard its answer. */
export const planPaymentStatus = pgEnum("plan_payment_status", [
  "processing",
  "requires_action",
  "paid",
  "declined",
  "canceled",
]);

/** One try, with the customer present, to pay for a plan: an upgrade, or a renewal's invoice that is still open. */
export const planPayments = pgTable(
  "plan_payments",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    /** The form's request id: a double submit is one payment. */
    requestKey: text("request_key").notNull(),
    kind: planPaymentKind("kind").notNull(),
    status: planPaymentStatus("status").notNull(),
    fromPlan: planId("from_plan").notNull(),
    toPlan: planId("to_plan").notNull(),
    interval: planInterval("interval").notNull(),
    /** As it was shown before confirming. */
    amountCents: centsColumn("amount_cents").notNull(),
    credits: creditsColumn("credits").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    itemId: text("item_id").notNull(),
    priceId: text("price_id").notNull(),
    /** From when an upgrade credits unused time, as it was shown; null: it does not. */
    prorationAt: instant("proration_at"),
    idempotencyKey: text("idempotency_key").notNull(),
    paymentMethodId: text("payment_method_id").notNull(),
    cardBrand: text("card_brand").notNull(),
    cardLast4: text("card_last4").notNull(),
    /** Where the bank sends the customer back to. */
    returnUrl: text("return_url").notNull(),
    invoiceId: text("invoice_id"),
    declineCode: text("decline_code"),
    placedBy: uuid("placed_by").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    endedAt: instant("ended_at"),
    /** What an upgrade that was not paid leaves at Stripe has still to go: its open invoice, its card for renewals. */
    voidPending: boolean("void_pending").notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    planIdsAreIds("plan_payments", "from_plan", "to_plan"),
    uniqueIndex("plan_payments_one_per_request").on(t.accountId, t.requestKey),
    unique("plan_payments_paid_once").on(t.accountId, t.id, t.status, t.invoiceId), // Its paid row refers to it.
    uniqueIndex("plan_payments_one_open").on(t.accountId).where(sql`ended_at is null`),
    check(
      "plan_payments_ended_when_over",
      sql`(ended_at is not null) = (status in ('paid', 'declined', 'canceled'))`,
    ),
    check("plan_payments_cost_something", sql`amount_cents >= 0 and credits >= 0`),
    // Serves the sweep: what has not reached an end, or left something behind at Stripe.
    index("plan_payments_unsettled").on(t.updatedAt).where(sql`ended_at is null or void_pending`),
    index("plan_payments_by_id").on(t.id), // serves the desk's Find
    index("plan_payments_newest_first").on(t.accountId, t.createdAt, t.id), // serves the limit on declines
  ],
);

/** That a plan payment was paid, and by which invoice: while this row exists it stays so. Never changed or deleted. */
export const paidPlanPayments = pgTable(
  "paid_plan_payments",
  {
    accountId: uuid("account_id").notNull(),
    paymentId: uuid("payment_id").notNull(),
    status: planPaymentStatus("status").notNull().default("paid"),
    invoiceId: text("invoice_id").notNull(),
    paidAt: instant("paid_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.paymentId] }),
    foreignKey({
      name: "paid_plan_payments_stay_paid",
      columns: [t.accountId, t.paymentId, t.status, t.invoiceId],
      foreignColumns: [planPayments.accountId, planPayments.id, planPayments.status, planPayments.invoiceId],
    }),
    check("paid_plan_payments_are_paid", sql`status = 'paid'`),
  ],
);
