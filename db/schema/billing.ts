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
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Cents, Credits } from "../../lib/money/credits";
import { accounts, instant } from "./accounts";
import { bytes, grants } from "./ledger";

export const orderStatus = pgEnum("order_status", [
  "pending",
  "processing",
  "requires_action",
  "declined",
  "paid",
  "canceled",
  "partially_refunded",
  "refunded",
  "disputed",
]);

/** One purchase of add-on credits, through all its states. Price and credits are fixed when it is placed. */
export const orders = pgTable(
  "orders",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    /** What people read out on the phone: `CR-7F3K-20QM`. */
    reference: text("reference").notNull(),
    /** The form's request id and its choice: a double submit is one order. */
    requestKey: text("request_key").notNull(),
    status: orderStatus("status").notNull().default("pending"),
    /** Null for a custom amount. */
    bundleId: text("bundle_id"),
    credits: bigint("credits", { mode: "bigint" }).$type<Credits>().notNull(),
    amountCents: bigint("amount_cents", { mode: "bigint" }).$type<Cents>().notNull(),
    currency: text("currency").notNull().default("usd"),
    /** When the credits expire: the end of the billing cycle they are bought in. */
    expiresAt: instant("expires_at").notNull(),
    /** When the buyer ticked that they expire soon; asked for only near the end of the cycle. */
    expiryAcknowledgedAt: instant("expiry_acknowledged_at"),
    placedBy: uuid("placed_by").notNull(),
    /** The PaymentIntent of the running or last attempt. Its attempts share it until it is canceled. */
    paymentIntentId: text("payment_intent_id"),
    /** Set before Stripe is asked to cancel; nothing new is charged from then on. */
    cancelRequestedAt: instant("cancel_requested_at"),
    grantId: uuid("grant_id"),
    paidAt: instant("paid_at"),
    /** When its invoice was made; null: not yet, or nobody sells who could make one. */
    invoicedAt: instant("invoiced_at"),
    canceledAt: instant("canceled_at"),
    /** When an operator closed it parked: what became of its money was settled elsewhere. */
    closedAt: instant("closed_at"),
    /** PaymentIntents that took money and parked it: an operator who closes it knows of them, and they park it no more. */
    parkedPaymentIds: text("parked_payment_ids").array().notNull().default([]),
    /** When what may still take money for a closed order is ended at Stripe; null: nothing may. */
    nextClosedReadAt: instant("next_closed_read_at"),
    /** Why an operator has to look, when what Stripe says does not match the order. */
    parkedReason: text("parked_reason"),
    /** Reads of what became of its money: the last one begun, the last one applied, and those that one superseded. */
    returnsReadStarted: bigint("returns_read_started", { mode: "bigint" }).notNull().default(sql`0`),
    returnsReadApplied: bigint("returns_read_applied", { mode: "bigint" }).notNull().default(sql`0`),
    returnsReadSuperseded: bigint("returns_read_superseded", { mode: "bigint" }).notNull().default(sql`0`),
    /** When Stripe is asked again what became of its money; null: when somebody tells of it. */
    nextReturnsReadAt: instant("next_returns_read_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ columns: [t.accountId, t.grantId], foreignColumns: [grants.accountId, grants.id] }),
    uniqueIndex("orders_one_per_request").on(t.accountId, t.requestKey),
    uniqueIndex("orders_reference_is_theirs").on(t.accountId, t.reference),
    uniqueIndex("orders_one_per_payment").on(t.accountId, t.paymentIntentId),
    uniqueIndex("orders_one_grant_each").on(t.accountId, t.grantId),
    // What the row of its payment refers to.
    unique("orders_paid_once").on(t.accountId, t.id, t.paidAt, t.grantId, t.paymentIntentId),
    check("orders_cost_and_give_something", sql`credits > 0 and amount_cents > 0`),
    check("orders_in_usd", sql`currency = 'usd'`),
    check(
      "orders_paid_means_granted",
      // Paid, and whatever becomes of it afterwards: named by what is not, as new values cannot be used where they are added.
      sql`(status in ('pending', 'processing', 'requires_action', 'declined', 'canceled')) = (grant_id is null) and (grant_id is null) = (paid_at is null) and (paid_at is null or payment_intent_id is not null)`,
    ),
    check("orders_canceled_has_instant", sql`(status = 'canceled') = (canceled_at is not null)`),
    // Serves the sweeper: orders that have not reached an end.
    index("orders_unsettled")
      .on(t.updatedAt)
      .where(sql`status in ('pending', 'processing', 'requires_action', 'declined')`),
    // Serves the sweeper of documents: paid orders that have none.
    index("orders_not_invoiced").on(t.paidAt).where(sql`paid_at is not null and invoiced_at is null`),
    // Serves the sweep of refunds and disputes.
    index("orders_returns_to_read").on(t.nextReturnsReadAt).where(sql`next_returns_read_at is not null`),
    check(
      "orders_read_returns_in_order",
      sql`returns_read_applied between 0 and returns_read_started and returns_read_superseded between 0 and returns_read_started and (next_returns_read_at is null or paid_at is not null)`,
    ),
    // Serves the sweep of closed orders.
    index("orders_closed_to_end").on(t.nextClosedReadAt).where(sql`next_closed_read_at is not null`),
    index("orders_newest_first").on(t.accountId, t.createdAt, t.id), // serves History
    // Serve the desk, which finds an order of whatever account by what somebody reads out.
    index("orders_by_id").on(t.id),
    index("orders_by_reference").on(t.reference),
    index("orders_by_payment").on(t.paymentIntentId).where(sql`payment_intent_id is not null`),
    index("orders_parked").on(t.updatedAt).where(sql`parked_reason is not null`), // serves the operator's queue
  ],
);

/**
 * `started`: stored before Stripe is called, so its outcome is unknown until somebody has heard it.
 * `failed`: ended without a decline, nothing charged (never reached Stripe, or refused by it).
 */
export const attemptStatus = pgEnum("attempt_status", [
  "started",
  "requires_action",
  "processing",
  "succeeded",
  "declined",
  "failed",
  "canceled",
]);

/** One try to charge one card for an order, with the Stripe key under which it is asked, and asked again. */
export const attempts = pgTable(
  "attempts",
  {
    accountId: uuid("account_id").notNull(),
    orderId: uuid("order_id").notNull(),
    number: smallint("number").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    status: attemptStatus("status").notNull().default("started"),
    customerId: text("customer_id").notNull(),
    paymentMethodId: text("payment_method_id").notNull(),
    cardBrand: text("card_brand").notNull(),
    cardLast4: text("card_last4").notNull(),
    /** Sent with the charge, and so repeated to the letter when it is asked again. */
    returnUrl: text("return_url").notNull(),
    /** What is written on the PaymentIntent it creates; null where it confirms one, or an earlier release made it. */
    metadata: jsonb("metadata").$type<Readonly<Record<string, string>>>(),
    /** Whether Stripe is asked for a payment by card alone; earlier releases left it to the account. Repeated to the letter. */
    cardsOnly: boolean("cards_only").notNull().default(false),
    /** The PaymentIntent this attempt confirms; null while it creates one and has not heard its id. */
    paymentIntentId: text("payment_intent_id"),
    /** True when the call confirms the PaymentIntent of an earlier attempt instead of creating one. */
    confirmsExisting: boolean("confirms_existing").notNull(),
    /** Stripe's code: `insufficient_funds`, `payment_intent_authentication_failure`. For logs, never shown. */
    declineCode: text("decline_code"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.orderId, t.number] }),
    foreignKey({ columns: [t.accountId, t.orderId], foreignColumns: [orders.accountId, orders.id] }),
    uniqueIndex("attempts_one_open").on(t.accountId, t.orderId).where(sql`ended_at is null`),
    uniqueIndex("attempts_one_success").on(t.accountId, t.orderId).where(sql`status = 'succeeded'`),
    uniqueIndex("attempts_one_per_key").on(t.accountId, t.idempotencyKey),
    check(
      "attempts_ended_when_over",
      sql`(ended_at is not null) = (status in ('succeeded', 'declined', 'failed', 'canceled'))`,
    ),
    check("attempts_confirm_what_exists", sql`not confirms_existing or payment_intent_id is not null`),
    // Serves the desk: also payments that an order gave up.
    index("attempts_by_payment").on(t.paymentIntentId).where(sql`payment_intent_id is not null`),
    // Serves the limit on declines, which counts those still under way.
    index("attempts_declined_lately")
      .on(t.accountId, t.createdAt)
      .where(sql`status in ('started', 'declined')`),
  ],
);

/**
 * That an order was paid: written with its grant, and never changed or deleted. It refers to the order together with what
 * only a paid one has, so while it exists the order can neither become unpaid nor name another payment or grant. A refund
 * does not undo it: a status that is refunded keeps `paid_at`, and what was given back is a row of its own.
 */
export const orderPayments = pgTable(
  "order_payments",
  {
    accountId: uuid("account_id").notNull(),
    orderId: uuid("order_id").notNull(),
    paymentIntentId: text("payment_intent_id").notNull(),
    grantId: uuid("grant_id").notNull(),
    amountCents: bigint("amount_cents", { mode: "bigint" }).$type<Cents>().notNull(),
    currency: text("currency").notNull(),
    credits: bigint("credits", { mode: "bigint" }).$type<Credits>().notNull(),
    paidAt: instant("paid_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.orderId] }),
    foreignKey({
      name: "order_payments_of_a_paid_order",
      columns: [t.accountId, t.orderId, t.paidAt, t.grantId, t.paymentIntentId],
      foreignColumns: [orders.accountId, orders.id, orders.paidAt, orders.grantId, orders.paymentIntentId],
    }),
    check("order_payments_cost_and_give_something", sql`amount_cents > 0 and credits > 0`),
    index("order_payments_by_time").on(t.paidAt), // serves the reconciliation of a day
  ],
);

/** Every state an order went through: what its page tells as its history. */
export const orderTransitions = pgTable(
  "order_transitions",
  {
    accountId: uuid("account_id").notNull(),
    orderId: uuid("order_id").notNull(),
    number: integer("number").notNull(),
    status: orderStatus("status").notNull(),
    attemptNumber: smallint("attempt_number"),
    at: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.orderId, t.number] }),
    foreignKey({ columns: [t.accountId, t.orderId], foreignColumns: [orders.accountId, orders.id] }),
  ],
);

/** Of a stored event: Stripe's id of the customer whom its object names, or is. Bounded, as an index keeps it. */
export const EVENT_CUSTOMER = sql`left(case when payload #>> '{data,object,object}' = 'customer' then payload #>> '{data,object,id}' else payload #>> '{data,object,customer}' end, 255)`;

/** Stripe's id of the object that a stored event is about, bounded likewise. */
export const EVENT_OBJECT = sql`left(payload #>> '{data,object,id}', 255)`;

/**
 * What Stripe told us, each event once. Not of an account: an event is stored before anybody knows whose it is. A dispute and a
 * warning of fraud name no customer: whose they are is found by their payment, and kept.
 * Handled only in the transaction that commits its effect; until then it stays due, or is parked with a reason.
 */
export const stripeEvents = pgTable(
  "stripe_events",
  {
    id: text("id").primaryKey(),
    type: text("type").notNull(),
    apiVersion: text("api_version"),
    payload: jsonb("payload"),
    /** What Postgres keeps neither as text nor as JSON, as it was delivered. */
    body: bytes("body"),
    /** Stripe's id of the customer whose plan is read anew because of it; null where it is about anything else. */
    planCustomer: text("plan_customer"),
    createdAt: instant("created_at").notNull(),
    receivedAt: instant("received_at").notNull().defaultNow(),
    /** How often it was begun without being handled. */
    tries: smallint("tries").notNull().default(0),
    /** When it is tried again; null before the first try failed. */
    nextTryAt: instant("next_try_at"),
    handledAt: instant("handled_at"),
    /** Whose it was found to be when it was handled, also where it names no customer; null: nobody's, or not handled by this release. */
    foundAccountId: uuid("found_account_id"),
    /** Why nobody tries it any more, until an operator says so: `npm run events`. */
    parkedReason: text("parked_reason"),
    /** When all of the payload was forgotten but what the event is about: `forget_old_rows`. */
    payloadForgottenAt: instant("payload_forgotten_at"),
  },
  (t) => [
    check("stripe_events_handled_or_parked", sql`handled_at is null or parked_reason is null`),
    check("stripe_events_say_something", sql`(payload is null) = (body is not null) and tries >= 0`),
    index("stripe_events_due").on(t.receivedAt).where(sql`handled_at is null and parked_reason is null`),
    index("stripe_events_parked").on(t.receivedAt).where(sql`parked_reason is not null`), // serves the operator's list
    // Serves whoever handles all that is due of a customer's plan.
    index("stripe_events_due_of_plan")
      .on(t.planCustomer)
      .where(sql`plan_customer is not null and handled_at is null and parked_reason is null`),
    index("stripe_events_handled").on(t.handledAt).where(sql`handled_at is not null`), // serves the cleanup
    index("stripe_events_with_payload") // and its first step
      .on(t.handledAt)
      .where(sql`handled_at is not null and payload_forgotten_at is null`),
    index("stripe_events_newest_first").on(t.receivedAt, t.id), // serves the operator's inbox
    index("stripe_events_of_type").on(sql`left(type, 100)`, t.receivedAt, t.id), // the same, narrowed to a type
    index("stripe_events_of_customer").on(EVENT_CUSTOMER, t.receivedAt, t.id), // and to an account, by its customer
    // The same by whose it was found to be.
    index("stripe_events_of_account")
      .on(t.foundAccountId, t.receivedAt, t.id)
      .where(sql`found_account_id is not null`),
    index("stripe_events_of_object").on(EVENT_OBJECT), // serves the desk's Find
  ],
);
