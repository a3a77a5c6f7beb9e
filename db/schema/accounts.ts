import { sql } from "drizzle-orm";
import {
  bigint,
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
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { Credits } from "../../lib/money/credits";

export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });

declare const planIdBrand: unique symbol;
/** The id of a plan that the catalog has, or had when the row was written: `lib/catalog` says which there are. */
export type PlanId = string & { readonly [planIdBrand]: true };

export const planId = (name: string) => text(name).$type<PlanId>();
/** Which plans there are is said by the catalog alone; the database refuses what could not be an id of any. */
const SHAPE_OF_IDS = "'^[a-z][a-z0-9_]{0,39}$'";
export const planIdsAreIds = (table: string, ...columns: readonly string[]) =>
  check(
    `${table}_plans_are_ids`,
    sql.raw(columns.map((column) => `${column} ~ ${SHAPE_OF_IDS}`).join(" and ")),
  );

/**
 * `active`: what was paid for runs; Free accounts too. `past_due`: a payment failed. `trialing`, `paused`: Stripe's words.
 * `pending`: there is a subscription, and nothing is paid for yet, or it cannot be read. `canceled`: an agreement that ended.
 */
export const planStatus = pgEnum("plan_status", [
  "active",
  "past_due",
  "canceled",
  "trialing",
  "paused",
  "pending",
]);

/** Name and address that a customer is made with at Stripe. */
export type CustomerRequest = { readonly name: string; readonly email: string };

/** Who pays and owns credits. Billing takes this row's lock before it checks and writes. */
export const accounts = pgTable(
  "accounts",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    plan: planId("plan").notNull(),
    planStatus: planStatus("plan_status").notNull().default("active"),
    /** The original instant from which every month is counted. */
    cycleAnchor: instant("cycle_anchor").notNull(),
    periodStart: instant("period_start").notNull(),
    periodEnd: instant("period_end").notNull(),
    /** What the account has while no subscription gives it a plan: by agreement, or Free. Null: Free. */
    internalPlan: planId("internal_plan"),
    /** A cycle's credits by agreement; null where the catalog says. */
    allowanceCredits: bigint("allowance_credits", { mode: "bigint" }).$type<Credits>(),
    /**
     * When the next cycle has to be looked after: an hour before the running one ends, and at its end. Null: nobody
     * uses the account, and its cycle is opened when somebody does.
     */
    cycleDueAt: instant("cycle_due_at"),
    /**
     * Reads of what Stripe says of the account's billing are numbered: how many have started, the number of the one applied
     * last, and how many had started when it was applied. Those in between are superseded: nobody knows whether Stripe
     * answered them before or after it (`lib/billing/provider-reads.ts`).
     */
    subscriptionReadStarted: bigint("subscription_read_started", { mode: "bigint" })
      .notNull()
      .default(sql`0`),
    subscriptionReadApplied: bigint("subscription_read_applied", { mode: "bigint" })
      .notNull()
      .default(sql`0`),
    subscriptionReadSuperseded: bigint("subscription_read_superseded", { mode: "bigint" })
      .notNull()
      .default(sql`0`),
    /** When what Stripe says of the account's billing was stored last; null: its lists were never read to their end. */
    billingReadAt: instant("billing_read_at"),
    /** Given beyond what invoice lines paid for, as nothing is taken out of a balance: lines paid for later give less. */
    overgivenCredits: bigint("overgiven_credits", { mode: "bigint" })
      .$type<Credits>()
      .notNull()
      .default(sql`0`),
    /** Until when its invoices were judged by an earlier release; null: none was. */
    migratedAt: instant("migrated_at"),
    stripeCustomerId: text("stripe_customer_id"),
    /** What Stripe was asked to make a customer of, until its answer was heard: sent again it is the same to the letter. */
    customerRequest: jsonb("customer_request").$type<CustomerRequest>(),
    /** Customers that were deleted at Stripe: each that follows is created under a key of its own. */
    formerCustomers: integer("former_customers").notNull().default(0),
    defaultPaymentMethodId: text("default_payment_method_id"),
    /** What Stripe keeps of the customer in money: below zero its next invoices are paid with it first, above it is added to the next. */
    customerBalanceCents: bigint("customer_balance_cents", { mode: "bigint" }).notNull().default(sql`0`),
    /** The card that is to become the default, at the subscription and its schedule as well, until Stripe has all of it. */
    adoptingCardId: text("adopting_card_id"),
    adoptingCardAt: instant("adopting_card_at"),
    /** The same for the saved cards. */
    cardsReadStarted: bigint("cards_read_started", { mode: "bigint" }).notNull().default(sql`0`),
    cardsReadApplied: bigint("cards_read_applied", { mode: "bigint" }).notNull().default(sql`0`),
    cardsReadSuperseded: bigint("cards_read_superseded", { mode: "bigint" }).notNull().default(sql`0`),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    planIdsAreIds("accounts", "plan", "internal_plan"),
    check("accounts_period_runs_forward", sql`period_start < period_end and cycle_anchor <= period_start`),
    check(
      "accounts_card_needs_customer",
      sql`default_payment_method_id is null or stripe_customer_id is not null`,
    ),
    check("accounts_adopt_a_card_since", sql`(adopting_card_id is null) = (adopting_card_at is null)`),
    check("accounts_allow_something", sql`allowance_credits > 0 and overgiven_credits >= 0`),
    check(
      "accounts_subscription_reads_run_forward",
      sql`subscription_read_applied >= 0 and subscription_read_superseded between subscription_read_applied and subscription_read_started`,
    ),
    check(
      "accounts_card_reads_run_forward",
      sql`cards_read_applied >= 0 and cards_read_superseded between cards_read_applied and cards_read_started`,
    ),
    check("accounts_request_a_customer_once", sql`customer_request is null or stripe_customer_id is null`),
    check("accounts_count_former_customers", sql`former_customers >= 0`),
    index("accounts_cycle_due").on(t.cycleDueAt).where(sql`cycle_due_at is not null`), // serves the scheduler
    // Serves the sweep: a card that was to become the default.
    index("accounts_adopting").on(t.adoptingCardAt).where(sql`adopting_card_at is not null`),
    index("accounts_by_name").using("btree", sql`lower(name) text_pattern_ops`), // serves the desk's Find
    index("accounts_by_stripe_customer").on(t.stripeCustomerId).where(sql`stripe_customer_id is not null`),
  ],
);

/** What we know of the account's saved cards; Stripe has the last word, `syncPaymentMethods` follows it. */
export const paymentMethods = pgTable(
  "payment_methods",
  {
    accountId: uuid("account_id").notNull(),
    id: text("id").notNull(),
    brand: text("brand").notNull(),
    last4: text("last4").notNull(),
    expMonth: smallint("exp_month").notNull(),
    expYear: smallint("exp_year").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Set before Stripe is asked to forget the card: from then on nothing is charged to it. */
    removeRequestedAt: instant("remove_requested_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("payment_methods_month_exists", sql`exp_month between 1 and 12`),
    check("payment_methods_show_four_digits", sql`last4 ~ '^[0-9]{4}$'`),
  ],
);
