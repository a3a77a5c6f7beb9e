import type { PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import type { Credits } from "../../money/credits";
import type { InvoiceFact, ItemFact, LineFact, SubscriptionFact } from "./facts";

/** What is kept of Stripe's billing facts, with what only the mirror knows of them. */
export type MirroredFacts = {
  /** All that were ever seen. */
  readonly subscriptions: readonly MirroredSubscription[];
  /** Newest first: those that can still matter. */
  readonly invoices: readonly MirroredInvoice[];
  readonly pendingLines: readonly LineFact[];
};

export type MirroredSubscription = Omit<SubscriptionFact, "items"> & {
  /** Those that are gone too. */
  readonly items: readonly MirroredItem[];
  /** When Stripe said that it has no such subscription, and has not shown it since. */
  readonly notFoundAt: Date | null;
};

export type MirroredItem = ItemFact & {
  /**
   * What it sold when it said so last, and since when it does not: its price cannot be read, its quantity is 0, or it is
   * one of several plan items. Null where it says so, or never did.
   */
  readonly known: KnownItem | null;
  /** When it was first not among the subscription's items any more. */
  readonly goneAt: Date | null;
};

export type KnownItem = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  readonly creditsPerMonth: Credits;
  readonly quantity: number;
  readonly until: Date;
};

/** Without its payment, which is asked for when somebody pays. */
export type MirroredInvoice = Omit<InvoiceFact, "lines" | "payment"> & {
  readonly lines: readonly MirroredLine[];
  /** Why its last payment failed, in Stripe's codes. */
  readonly failureCode: string | null;
  /** When it was first known here that it is paid. */
  readonly paidSeenAt: Date | null;
  /** When Stripe said that it has no such invoice, and has not shown it since. */
  readonly notFoundAt: Date | null;
};

export type MirroredLine = LineFact & {
  /** When what it gives was decided. From then on it is read as it was then, unless it was assumed. */
  readonly decidedAt: Date | null;
  /** Decided by what its item sold before, because it could not be read. */
  readonly assumed: boolean;
};
