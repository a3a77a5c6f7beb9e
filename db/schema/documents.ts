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
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Cents, Credits } from "../../lib/money/credits";
import { accounts, instant } from "./accounts";
import { orderPayments } from "./billing";
import { orderRefunds } from "./returns";

/**
 * Who buys, as documents are to name them: edited here, and kept at Stripe's customer too, whose invoices name them. The
 * version counts changes; Stripe has been told of `toldVersion` (`lib/billing/details/sync`).
 */
export const billingDetails = pgTable(
  "billing_details",
  {
    accountId: uuid("account_id").primaryKey(),
    name: text("name").notNull(),
    line1: text("line1"),
    line2: text("line2"),
    postalCode: text("postal_code"),
    city: text("city"),
    state: text("state"),
    /** ISO 3166-1 alpha-2. */
    country: text("country").notNull(),
    /** Stripe's name of its kind: `eu_vat`. */
    taxIdType: text("tax_id_type"),
    taxId: text("tax_id"),
    /** The tax id that Stripe did not accept, until something else is entered: documents do not name it. */
    refusedTaxId: text("refused_tax_id"),
    version: integer("version").notNull().default(1),
    toldVersion: integer("told_version").notNull().default(0),
    /** When Stripe is told again, after it could not be. */
    nextTellAt: instant("next_tell_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    updatedBy: uuid("updated_by").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("billing_details_tax_id_has_a_type", sql`(tax_id_type is null) = (tax_id is null)`),
    check("billing_details_country_is_a_code", sql`country ~ '^[A-Z]{2}$'`),
    check("billing_details_told_of_what_was", sql`told_version between 0 and version`),
    index("billing_details_untold").on(t.nextTellAt).where(sql`told_version < version`), // serves the sweep
  ],
);

export const documentKind = pgEnum("document_kind", ["invoice", "credit_note", "debit_note"]);

/**
 * The counter of a series of documents, of which each seller has one: the row whose lock makes its numbers follow each
 * other. Of no account. It is moved in the transaction that writes the document, so that what is rolled back leaves no gap.
 */
export const documentSeries = pgTable(
  "document_series",
  {
    /** What its numbers begin with. */
    series: text("series").primaryKey(),
    lastNumber: bigint("last_number", { mode: "bigint" }).notNull().default(sql`0`),
  },
  () => [check("document_series_counts_up", sql`last_number >= 0`)],
);

/** Which document has a number: what keeps two from having one, whatever their accounts. */
export const documentNumbers = pgTable(
  "document_numbers",
  {
    series: text("series").notNull(),
    number: bigint("number", { mode: "bigint" }).notNull(),
    accountId: uuid("account_id").notNull(),
    orderId: uuid("order_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.series, t.number] }),
    foreignKey({ columns: [t.series], foreignColumns: [documentSeries.series] }),
    check("document_numbers_begin_at_one", sql`number > 0`),
  ],
);

/** Who sells, as the configuration said it when the document was made. */
export type SellerCopy = {
  readonly name: string;
  readonly address: readonly string[];
  readonly taxId: string | null;
  /** What stands where a tax would: null, nothing. */
  readonly taxText: string | null;
  /** How the document writes instants, numbers and money. */
  readonly locale: string;
  readonly timeZone: string;
};

/** Who bought, as the account had it when the document was made. */
export type BuyerCopy = {
  readonly name: string;
  /** In the order in which they are written. */
  readonly address: readonly string[];
  readonly taxIdType: string | null;
  readonly taxId: string | null;
  /** The person who placed the order. */
  readonly placedBy: { readonly name: string; readonly email: string } | null;
};

/**
 * What finance keeps of a paid order: everything that is written on it, copied when it was made, so that it says the same for
 * ever. A credit note names the invoice that it corrects, and takes the next number of the same series; where its refund failed
 * afterwards, a debit note corrects the credit note in the same way.
 */
export const documents = pgTable(
  "documents",
  {
    accountId: uuid("account_id").notNull(),
    series: text("series").notNull(),
    number: bigint("number", { mode: "bigint" }).notNull(),
    kind: documentKind("kind").notNull(),
    orderId: uuid("order_id").notNull(),
    /** The number of what it corrects, in the same series: of a credit note the invoice, of a debit note the credit note. */
    corrects: bigint("corrects", { mode: "bigint" }),
    /** The refund that a credit or debit note is for, by our id. */
    refundId: uuid("refund_id"),
    issuedAt: instant("issued_at").notNull(),
    seller: jsonb("seller").$type<SellerCopy>().notNull(),
    buyer: jsonb("buyer").$type<BuyerCopy>().notNull(),
    reference: text("reference").notNull(),
    credits: bigint("credits", { mode: "bigint" }).$type<Credits>().notNull(),
    amountCents: bigint("amount_cents", { mode: "bigint" }).$type<Cents>().notNull(),
    currency: text("currency").notNull(),
    paidAt: instant("paid_at").notNull(),
    cardBrand: text("card_brand").notNull(),
    cardLast4: text("card_last4").notNull(),
    paymentIntentId: text("payment_intent_id").notNull(),
    /** When its number was written on the PaymentIntent; null: not yet. */
    toldAt: instant("told_at"),
    nextTellAt: instant("next_tell_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.series, t.number] }),
    foreignKey({
      name: "documents_of_a_paid_order",
      columns: [t.accountId, t.orderId],
      foreignColumns: [orderPayments.accountId, orderPayments.orderId],
    }),
    // What a credit note of the order refers to.
    unique("documents_number_of_an_order").on(t.accountId, t.orderId, t.series, t.number),
    foreignKey({
      name: "documents_correct_one_of_their_order",
      columns: [t.accountId, t.orderId, t.series, t.corrects],
      foreignColumns: [t.accountId, t.orderId, t.series, t.number],
    }),
    uniqueIndex("documents_one_invoice_each").on(t.accountId, t.orderId).where(sql`kind = 'invoice'`),
    foreignKey({
      name: "documents_of_a_refund",
      columns: [t.accountId, t.refundId],
      foreignColumns: [orderRefunds.accountId, orderRefunds.id],
    }),
    uniqueIndex("documents_one_note_of_a_kind_each").on(t.accountId, t.refundId, t.kind),
    check("documents_notes_correct", sql`(kind = 'invoice') = (corrects is null)`),
    check("documents_notes_are_of_a_refund", sql`(kind = 'invoice') = (refund_id is null)`),
    check("documents_are_numbered", sql`number > 0 and corrects < number`),
    check("documents_are_of_something", sql`amount_cents > 0 and credits > 0`),
    index("documents_untold").on(t.nextTellAt).where(sql`told_at is null`), // serves the sweep
  ],
);
