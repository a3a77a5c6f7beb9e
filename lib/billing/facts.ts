import type { invoiceStatus, pauseBehavior, subscriptionStatus, unreadableReason } from "../../db/schema";
import type { BillingPeriod } from "../calendar";
import type { PlanId } from "../catalog/plans";
import type { PlanInterval } from "../catalog/prices";
import type { Cents, Credits } from "../money/credits";
import type { PaymentStatus } from "./gateway";

/**
 * What Stripe says of a customer's billing, as it is: read by `lib/stripe/read-billing`, kept by `mirror`, and given a
 * meaning nowhere but in `allowances/decide`. Nothing that cannot be read is left out: it carries the reason instead.
 */
export type BillingFacts = {
  /** Every subscription that has, or had when it was read before, an item of ours. */
  readonly subscriptions: readonly SubscriptionFact[];
  /** Newest first; whole: every line of each. Drafts too. */
  readonly invoices: readonly InvoiceFact[];
  /** Lines that wait for the next invoice, such as prorations: no invoice has them yet. */
  readonly pendingLines: readonly LineFact[];
  /** Stripe says that this customer was deleted. */
  readonly customerDeleted: boolean;
  /** Ids of subscriptions and invoices that were known and that Stripe says it has not: what was known of them stays. */
  readonly notFound: readonly string[];
};

/** What is known before Stripe is asked: it says what has to be read again. */
export type KnownBilling = {
  /** Subscriptions that have not ended. One that no list shows is asked for by its id. */
  readonly subscriptionIds: readonly string[];
  /** Invoices of which something is undecided, the same. */
  readonly invoiceIds: readonly string[];
  /** Whether lines wait for an invoice, as far as is known. */
  readonly hasPendingLines?: boolean;
  /** When the oldest thing was made that is undecided: lists are read back to it. Null: to their last page. */
  readonly since: Date | null;
  /** Where events tell what is new, the invoices that they name: the newest of each list will do. One that is gone is not reported. */
  readonly told?: readonly string[];
  /** They tell of invoices: where these show every known subscription as it goes on, no other list is read. */
  readonly byInvoices?: boolean;
};

/** Stripe's words. */
export type SubscriptionStatus = (typeof subscriptionStatus.enumValues)[number];

export type InvoiceStatus = (typeof invoiceStatus.enumValues)[number];

export type InvoicePayment = {
  readonly id: string;
  readonly status: PaymentStatus;
  /** Where the bank asks the buyer to authenticate; only while it waits for that. Never stored, never logged. */
  readonly actionUrl: string | null;
  /** Why its last try failed, in Stripe's codes, and with which card; null for a payment method that is not there any more. */
  readonly failureCode: string | null;
  readonly failedCardId: string | null;
};

/** Why a price cannot be read as one of our plans: the schema says what each of them means. */
export type UnreadableReason = (typeof unreadableReason.enumValues)[number];

/** What a price sells. */
export type PriceFact = {
  readonly priceId: string;
  /** Of one piece for an interval; null where the price has none of its own. */
  readonly unitCents: Cents | null;
  /** Stripe's spelling: `usd`. */
  readonly currency: string;
  readonly reading: PriceReading;
};

export type PriceReading =
  | {
      readonly kind: "plan";
      readonly plan: PlanId;
      readonly interval: PlanInterval;
      /** A month, of one piece. */
      readonly creditsPerMonth: Credits;
    }
  | { readonly kind: "unreadable"; readonly reason: UnreadableReason }
  /** Nothing says that it is one of ours: another product's. */
  | { readonly kind: "other" };

export type ItemFact = {
  readonly id: string;
  readonly price: PriceFact;
  readonly quantity: number;
  /** Stripe's `current_period_start` and `_end`. */
  readonly period: BillingPeriod;
};

/** Stripe's `pause_collection.behavior`. */
export type PauseBehavior = (typeof pauseBehavior.enumValues)[number];

export type SubscriptionFact = {
  readonly id: string;
  readonly status: SubscriptionStatus;
  /** All of them, also what is not ours. */
  readonly items: readonly ItemFact[];
  /** Stripe's `billing_cycle_anchor`. */
  readonly anchor: Date;
  /** When it will end, or ended, because somebody canceled it; the period's end for `cancel_at_period_end`. */
  readonly cancelAt: Date | null;
  /** What our metadata says of a cancellation, also of one that was taken back: whose it is, is told by it (`subscriptions/cancellations`). */
  readonly cancelMark: string | null;
  readonly trialEnd: Date | null;
  readonly pause: { readonly behavior: PauseBehavior; readonly resumesAt: Date | null } | null;
  readonly sendsInvoice: boolean;
  /** Discounts, tax rates, or automatic tax on it or on one of its items: what is charged is not the price. */
  readonly hasDiscountOrTax: boolean;
  readonly schedule: ScheduleFact | null;
  readonly paymentMethodId: string | null;
  /** An upgrade that waits for its payment. */
  readonly hasPendingUpdate: boolean;
  readonly latestInvoiceId: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
};

/** A schedule that manages a subscription. */
export type ScheduleFact = {
  readonly id: string;
  /** Stripe's metadata of it, and its phases in short: whose it is, is told by both (`subscriptions/schedules`). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly endsByCancel: boolean;
  /** The phases after the running one, in order. */
  readonly next: readonly {
    readonly start: Date;
    readonly end: Date | null;
    readonly items: readonly { readonly price: PriceFact; readonly quantity: number }[];
  }[];
};

export type InvoiceFact = {
  readonly id: string;
  readonly number: string | null;
  readonly subscriptionId: string | null;
  readonly status: InvoiceStatus;
  /** Stripe's `billing_reason`. Nothing is decided on it. */
  readonly reason: string | null;
  readonly currency: string;
  readonly totalCents: Cents;
  readonly dueCents: Cents;
  readonly paidCents: Cents;
  /** Stripe's `amount_remaining`. */
  readonly remainingCents: Cents;
  /** Of credit notes issued before and after it was paid. */
  readonly creditNotesCents: Cents;
  /** Of those issued before: so much less was asked for. */
  readonly prePaymentNotesCents: Cents;
  readonly sendsInvoice: boolean;
  readonly autoAdvance: boolean;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  /** Where it is sent by mail. */
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  readonly voidedAt: Date | null;
  readonly lines: readonly LineFact[];
  /** Its default payment, looked up while the invoice is open; null otherwise. */
  readonly payment: InvoicePayment | null;
};

/** An invoice line item. */
export type LineFact = {
  readonly id: string;
  readonly subscriptionId: string | null;
  /** Stripe's `subscription_item`. */
  readonly itemId: string | null;
  /** Null where the line has no price: an amount somebody typed. */
  readonly price: PriceFact | null;
  readonly quantity: number;
  readonly period: BillingPeriod;
  /** Before discounts; negative for a credit. */
  readonly amountCents: bigint;
  readonly isProration: boolean;
};
