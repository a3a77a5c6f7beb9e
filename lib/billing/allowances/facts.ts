import type { allowanceOrigin, allowancePayment, closeReason, planStatus } from "../../../db/schema";
import type { BillingPeriod } from "../../calendar";
import type { Catalog } from "../../catalog/catalog";
import type { PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import type { Credits } from "../../money/credits";
import type { AttentionObject, AttentionReason } from "../attention/reasons";
import type { InvoiceStatus, SubscriptionStatus, UnreadableReason } from "../facts";
import type { ReturnFacts, ReturnsDecision } from "../returns/decide";

/** What a price sells. */
export type Offer = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  /** A month, of one piece. */
  readonly creditsPerMonth: Credits;
};

/** A plan without a subscription: Free, or by agreement. */
export type InternalPlan = {
  readonly plan: PlanId;
  /** A cycle's credits; null: none. */
  readonly credits: Credits | null;
};

/** What the account's row says. */
export type AccountFacts = {
  readonly plan: PlanId;
  readonly planStatus: PlanStatus;
  /** From which the months without a subscription are counted. */
  readonly anchor: Date;
  readonly period: BillingPeriod;
  /** The subscription that the plan comes from; null: the account has its internal plan. */
  readonly subscriptionId: string | null;
  /** What the account has while no subscription gives it a plan: by agreement, or the catalog's Free. */
  readonly internal: InternalPlan;
  readonly createdAt: Date;
  /** What was given beyond what lines paid for, because nothing is taken out of a balance: later lines give less. */
  readonly overgiven: Credits;
  /** Invoices made before this were judged by an earlier release; null: none was. */
  readonly migratedAt: Date | null;
};

/**
 * `active`: what was paid for runs. `past_due`: a payment failed. `trialing`, `paused`: Stripe's words. `pending`: there is a
 * subscription, and nothing is paid for yet, or it cannot be read. `canceled`: an agreement that ended.
 */
export type PlanStatus = (typeof planStatus.enumValues)[number];

export type Item = {
  readonly id: string;
  /** What its price sells; null where it cannot be read, or sells something else. */
  readonly offer: Offer | null;
  readonly unreadable: UnreadableReason | "quantity_zero" | "several_plan_items" | null;
  /** What it sold when it could be read last, and since when it cannot; null where it can, or never could. */
  readonly known: { readonly offer: Offer; readonly quantity: number; readonly until: Date } | null;
  readonly quantity: number;
  readonly period: BillingPeriod;
  /** When it was first not among the subscription's items any more. */
  readonly goneAt: Date | null;
};

/** A subscription that has, or had, an item of ours. */
export type Subscription = {
  readonly id: string;
  readonly status: SubscriptionStatus;
  /** Ours only. */
  readonly items: readonly Item[];
  readonly anchor: Date;
  readonly cancelAt: Date | null;
  readonly isPaused: boolean;
  /** What its schedule has next, in order; an offer that cannot be read is null. */
  readonly next: readonly { readonly start: Date; readonly offer: Offer | null; readonly quantity: number }[];
  /** When a schedule ends it; null: it goes on. */
  readonly scheduleEndsAt: Date | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
};

export type Line = {
  readonly id: string;
  readonly subscriptionId: string | null;
  readonly itemId: string | null;
  readonly priceId: string | null;
  /** As it was when the line was decided; before that, as it reads now. Null: it cannot be read, or sells something else. */
  readonly offer: Offer | null;
  /** Why it cannot be read; null where it can, or sells something else. */
  readonly unreadable: UnreadableReason | null;
  readonly quantity: number;
  readonly period: BillingPeriod;
  /** Before discounts; negative: a credit. */
  readonly amountCents: bigint;
  readonly isProration: boolean;
  /** Its amount is zero though its price is not: a trial, or free time. */
  readonly isTrial: boolean;
  /** When what it gives was decided; null: not yet. */
  readonly decidedAt: Date | null;
  /** It was decided by what its item sold before, because it could not be read. */
  readonly wasAssumed: boolean;
};

export type Invoice = {
  readonly id: string;
  readonly subscriptionId: string | null;
  readonly status: InvoiceStatus;
  readonly currency: string;
  readonly totalCents: bigint;
  readonly paidCents: bigint;
  readonly remainingCents: bigint;
  readonly creditNotesCents: bigint;
  /** Of credit notes that were issued before it was paid: so much less was asked for. */
  readonly prePaymentNotesCents: bigint;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  /** When it was first known here that it is paid. */
  readonly paidSeenAt: Date | null;
  readonly lines: readonly Line[];
  /** What became of its money; null: nothing that was ever heard of. */
  readonly returns: InvoiceReturns | null;
  /** How many of its allowances' credits are revoked by now, for its own money or for another's that paid for its time. */
  readonly revoked: Credits;
};

/** Money of an invoice that went back, is on its way, or is disputed; a credit note that paid elsewhere is a refund too. */
export type InvoiceReturns = ReturnFacts;

/** Of an allowance, by its lines. `owed`: its invoice is `open` or `uncollectible` with something remaining. */
export type AllowancePayment = (typeof allowancePayment.enumValues)[number];

/** `internal`: without a subscription. `trial`: of a line that cost nothing. `migrated`: judged by an earlier release, and not again. */
export type AllowanceOrigin = (typeof allowanceOrigin.enumValues)[number];

/**
 * Why an allowance was closed out. What was spent of it becomes debt where somebody was asked to pay and did not: `unpaid`,
 * `superseded` (a later invoice was paid), and `never_renewed` (the subscription ended before Stripe made the renewal);
 * it is written off where the invoice was `voided`, or nobody was ever asked: `never_invoiced`.
 */
export type CloseReason = (typeof closeReason.enumValues)[number];

/** Which month of which line an allowance is of: unique in an account. */
export type AllowanceKey = {
  /** Null: the account's internal plan. */
  readonly itemId: string | null;
  /** Of the line, or of the billing period that it begins. */
  readonly periodStart: Date;
  /** Counted from the line's start. */
  readonly month: number;
  /** Of lines that begin at the same instant, which; and what was given later for the same month. */
  readonly part: number;
};

export type Allowance = AllowanceKey & {
  readonly plan: PlanId;
  readonly subscriptionId: string | null;
  readonly lineId: string | null;
  readonly invoiceId: string | null;
  readonly origin: AllowanceOrigin;
  readonly startsAt: Date;
  /** Earlier than its credits expire where another cycle began in it. */
  readonly endsAt: Date;
  /** What was given; zero where it was given before. */
  readonly credits: Credits;
  /** It begins a cycle: neither a proration nor what came later for the same month. */
  readonly isCycle: boolean;
  readonly payment: AllowancePayment;
  readonly frozen: boolean;
  readonly closed: CloseReason | null;
  /** It was given once more, for a payment that came after its credits were gone. */
  readonly wasRegranted: boolean;
  /** What is known of its credits in the ledger. */
  readonly spent: Credits;
  readonly expiresAt: Date;
};

/** Everything an account's plan, cycle and allowances are decided on, read under its lock. */
export type Facts = {
  readonly account: AccountFacts;
  /** The catalog's Free plan: what follows where there was no agreement. */
  readonly free: InternalPlan;
  /** What time that costs nothing gives, by the catalog: its share of the allowance, or nothing. */
  readonly trialAllowance: Catalog["trialAllowance"];
  readonly subscriptions: readonly Subscription[];
  readonly invoices: readonly Invoice[];
  /** Lines that wait for an invoice: prorations of an operator's change. */
  readonly pendingLines: readonly Line[];
  readonly allowances: readonly Allowance[];
  /** Whether somebody is there or used the cycle that is over: a Free account that sleeps gets no next cycle by itself. */
  readonly isActive: boolean;
};

export type NewAllowance = Omit<
  Allowance,
  "closed" | "wasRegranted" | "spent" | "expiresAt" | "endsAt" | "payment" | "frozen"
> & {
  /** `owed`: its invoice is open already, and nothing failed. */
  readonly payment: "none" | "provisional" | "owed" | "paid";
  /** Of its own time, or what is left of the running cycle for what was paid late. */
  readonly expiresAt: Date;
  readonly endsAt: Date;
};

export type AllowanceChange = AllowanceKey & {
  readonly payment: AllowancePayment;
  readonly frozen: boolean;
  readonly lineId: string | null;
  readonly invoiceId: string | null;
  /** Closed out now: see `CloseReason`. */
  readonly closeOut: CloseReason | null;
  /**
   * What is given once more in the running cycle, until then: `revoked`, what a close-out had taken; `expired`, what had been
   * frozen to its end; `debt`, what had become debt for an invoice that was voided in the end.
   */
  readonly regrant: { readonly what: "revoked" | "expired" | "debt"; readonly until: Date } | null;
};

/** What the decision finds for an operator to look at, and finds right again. */
export const DECIDED_REASONS = [
  "price_unreadable",
  "unknown_plan",
  "no_credits",
  "interval_not_sold",
  "currency_not_sold",
  "not_a_fixed_price",
  "product_deleted",
  "price_gone",
  "several_plan_items",
  "quantity_zero",
  "line_missing",
  "draft_not_finalized",
  "two_live_subscriptions",
  "raised_with_prorations",
  "paid_and_not_returned",
  "plan_refund_or_credit_note",
  "paid_invoice_unbound",
] as const satisfies readonly AttentionReason[];

export type AttentionFact = {
  readonly reason: (typeof DECIDED_REASONS)[number];
  readonly object: AttentionObject;
  readonly objectId: string;
  readonly details?: Readonly<Record<string, string | number>>;
};

export type Decision = {
  readonly plan: PlanId;
  readonly planStatus: PlanStatus;
  readonly subscriptionId: string | null;
  readonly anchor: Date;
  /** The running cycle, or the last one while nobody knows how it goes on. */
  readonly period: BillingPeriod;
  /** When to decide again without being asked; null: when somebody uses the account. */
  readonly dueAt: Date | null;
  readonly overgiven: Credits;
  readonly open: readonly NewAllowance[];
  readonly changes: readonly AllowanceChange[];
  /** What becomes of the credits of invoices whose money went back or is disputed, the newest allowance first: see `returns/decide`. */
  readonly returned: readonly {
    readonly invoiceId: string;
    readonly decision: ReturnsDecision;
    readonly allowances: readonly AllowanceKey[];
  }[];
  /** Cycles that another began in the middle of: add-on credits alive then get at least its end. */
  readonly cut: readonly { readonly key: AllowanceKey; readonly at: Date; readonly until: Date }[];
  /** Lines whose worth was decided now, and by which offer. */
  readonly lines: readonly {
    readonly id: string;
    readonly invoiceId: string;
    readonly offer: Offer | null;
    readonly assumed: boolean;
  }[];
  readonly attention: readonly AttentionFact[];
};
