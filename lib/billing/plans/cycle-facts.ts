import type { BillingPeriod } from "../../calendar";
import type { PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import type { Credits } from "../../money/credits";
import type { InvoiceStatus, SubscriptionStatus } from "../subscriptions/facts";

export type PeriodPayment = "none" | "awaited" | "paid" | "failed" | "unpaid";

/** What the account's row says. */
export type CycleAccount = {
  readonly plan: PlanId;
  readonly planStatus: "active" | "past_due" | "canceled";
  readonly anchor: Date;
  readonly period: BillingPeriod;
  /** A cycle's credits of its plan while no subscription says otherwise; null: none. */
  readonly allowance: Credits | null;
  readonly createdAt: Date;
};

/** A plan for sale in a subscription, or what follows it. */
export type SubscribedPlan = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  /** A month. */
  readonly credits: Credits;
};

export type CycleSubscription = {
  readonly id: string;
  readonly status: SubscriptionStatus;
  readonly isPrimary: boolean;
  readonly offer: SubscribedPlan;
  readonly anchor: Date;
  readonly period: BillingPeriod;
  readonly cancelAt: Date | null;
  readonly next: SubscribedPlan | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly freedAt: Date | null;
};

/** A period that was opened before. */
export type CyclePeriod = {
  readonly source: string;
  readonly plan: PlanId;
  readonly subscriptionId: string | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** When its credits expire: later than it ends where a plan change cut it short. */
  readonly creditsUntil: Date;
  readonly payment: PeriodPayment;
  readonly withdrawn: boolean;
};

/** An invoice with a line for one of our plans. */
export type CycleInvoice = {
  readonly id: string;
  readonly subscriptionId: string | null;
  readonly status: InvoiceStatus;
  readonly reason: string | null;
  readonly plan: PlanId;
  readonly credits: Credits;
  readonly period: BillingPeriod;
  readonly attempts: number;
  readonly createdAt: Date;
};

/** Everything a cycle is decided on: what is stored of the account, read under its lock. */
export type Known = {
  readonly account: CycleAccount;
  readonly subscriptions: readonly CycleSubscription[];
  readonly periods: readonly CyclePeriod[];
  readonly invoices: readonly CycleInvoice[];
  /** Whether anybody used the credits of the running cycle: a Free account that sleeps gets no next cycle ahead. */
  readonly awake: boolean;
  /** Paid periods that began earlier are not among the periods any more: they were given, and nothing changes them. */
  readonly since: Date;
};

export type Opening = {
  readonly source: string;
  readonly plan: PlanId;
  readonly subscriptionId: string | null;
  readonly period: BillingPeriod;
  readonly credits: Credits;
  readonly payment: PeriodPayment;
  readonly invoiceId: string | null;
  /** Written before it begins, so that there is no instant with nothing to spend. */
  readonly ahead: boolean;
};

export type CycleDecision = {
  readonly plan: PlanId;
  readonly planStatus: "active" | "past_due" | "canceled";
  readonly anchor: Date;
  /** The running cycle, or the last one while nobody knows how it goes on. */
  readonly period: BillingPeriod;
  /** When to decide again without being asked; null: when somebody uses the account. */
  readonly dueAt: Date | null;
  /** The subscription whose end made the account Free just now, and when. */
  readonly freed: { readonly subscriptionId: string; readonly at: Date } | null;
  readonly open: readonly Opening[];
  readonly payments: readonly {
    readonly source: string;
    readonly payment: PeriodPayment;
    readonly invoiceId: string | null;
  }[];
  /** Sources of periods written ahead that will not come. */
  readonly withdraw: readonly string[];
  /** Periods that something new began in the middle of: what was added in them lives at least as long as the new one. */
  readonly cut: readonly { readonly source: string; readonly at: Date; readonly until: Date }[];
};
