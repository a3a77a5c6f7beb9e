import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { accounts, instant, planId, planIdsAreIds } from "./accounts";
import { centsColumn, creditsColumn, invoices, planInterval, subscriptions } from "./plans";

/** Why a price cannot be read as one of our plans. */
export const unreadableReason = pgEnum("unreadable_reason", [
  // Neither price nor product says which plan it sells, though the item gave one before, or the subscription is ours.
  "no_plan",
  // It names a plan that the catalog does not have.
  "unknown_plan",
  // It sells a plan by agreement, and its credits are missing or mistyped.
  "no_credits",
  "interval_not_sold",
  "currency_not_sold",
  // Metered, tiered, or without an amount of its own.
  "not_a_fixed_price",
  "product_deleted",
  // Stripe does not know the price any more.
  "price_gone",
]);

/** Stripe sets no bound to it. */
const quantityColumn = (name: string) => bigint(name, { mode: "number" });

/** A price as it was last read: a plan's with all three, unreadable with the reason, another product's with neither. */
const reading = () => ({
  plan: planId("plan"),
  interval: planInterval("interval"),
  /** A month, of one piece. */
  creditsPerMonth: creditsColumn("credits_per_month"),
  unreadableReason: unreadableReason("unreadable_reason"),
});

const readOneWay = (table: string) =>
  check(
    `${table}_are_read_one_way`,
    sql`(plan is null) = (interval is null) and (plan is null) = (credits_per_month is null) and (plan is null or unreadable_reason is null)`,
  );

/** All items of the account's subscriptions, also what is not ours, as Stripe last said. */
export const subscriptionItems = pgTable(
  "subscription_items",
  {
    accountId: uuid("account_id").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    id: text("id").notNull(),
    priceId: text("price_id").notNull(),
    quantity: quantityColumn("quantity").notNull(),
    /** Of one piece for an interval; null where the price has none of its own. */
    unitCents: centsColumn("unit_cents"),
    currency: text("currency").notNull(),
    periodStart: instant("period_start").notNull(),
    periodEnd: instant("period_end").notNull(),
    ...reading(),
    /** What it sold when it said so last, while it does not: unreadable, of quantity 0, or one of several plan items. */
    knownPlan: planId("known_plan"),
    knownInterval: planInterval("known_interval"),
    knownCreditsPerMonth: creditsColumn("known_credits_per_month"),
    knownQuantity: quantityColumn("known_quantity"),
    /** Since when it does not say so. */
    knownUntil: instant("known_until"),
    /** When it was first not among the subscription's items any more. */
    goneAt: instant("gone_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.subscriptionId, t.id] }),
    foreignKey({
      name: "subscription_items_have_their_subscription",
      columns: [t.accountId, t.subscriptionId],
      foreignColumns: [subscriptions.accountId, subscriptions.id],
    }),
    planIdsAreIds("subscription_items", "plan", "known_plan"),
    readOneWay("subscription_items"),
    check(
      "subscription_items_were_known_whole",
      sql`num_nulls(known_plan, known_interval, known_credits_per_month, known_quantity, known_until) in (0, 5)`,
    ),
  ],
);

const lineColumns = () => ({
  accountId: uuid("account_id").notNull(),
  id: text("id").notNull(),
  subscriptionId: text("subscription_id"),
  itemId: text("item_id"),
  /** Null where the line has no price: an amount somebody typed. */
  priceId: text("price_id"),
  quantity: quantityColumn("quantity").notNull(),
  unitCents: centsColumn("unit_cents"),
  currency: text("currency"),
  periodStart: instant("period_start").notNull(),
  periodEnd: instant("period_end").notNull(),
  /** Before discounts; negative for a credit. */
  amountCents: bigint("amount_cents", { mode: "bigint" }).notNull(),
  isProration: boolean("is_proration").notNull(),
  ...reading(),
});

/** All lines of the account's invoices. How a line was read is fixed once what it gives was decided by it. */
export const invoiceLines = pgTable(
  "invoice_lines",
  {
    ...lineColumns(),
    invoiceId: text("invoice_id").notNull(),
    /** Where it comes among the invoice's lines. */
    position: integer("position").notNull(),
    /** When what it gives was decided. */
    decidedAt: instant("decided_at"),
    /** Decided by what its item sold before, because it could not be read: it is decided again once it can. */
    assumed: boolean("assumed").notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.invoiceId, t.id] }),
    foreignKey({
      name: "invoice_lines_have_their_invoice",
      columns: [t.accountId, t.invoiceId],
      foreignColumns: [invoices.accountId, invoices.id],
    }),
    planIdsAreIds("invoice_lines", "plan"),
    readOneWay("invoice_lines"),
    check("invoice_lines_assume_when_they_decide", sql`not assumed or decided_at is not null`),
    // Serves what has to be read again: lines of ours of which nothing is decided.
    index("invoice_lines_undecided")
      .on(t.accountId, t.invoiceId)
      .where(sql`(decided_at is null or assumed) and (plan is not null or unreadable_reason is not null)`),
  ],
);

/** Lines that wait for the next invoice, as Stripe last said: prorations of an operator's change. */
export const pendingLines = pgTable("pending_lines", lineColumns(), (t) => [
  primaryKey({ columns: [t.accountId, t.id] }),
  foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
  planIdsAreIds("pending_lines", "plan"),
  readOneWay("pending_lines"),
]);

/** Whose a subscription is: the account that was seen with it first. Local on a cluster, so that it holds for all. */
export const subscriptionOwners = pgTable("subscription_owners", {
  subscriptionId: text("subscription_id").primaryKey(),
  accountId: uuid("account_id").notNull(),
});
