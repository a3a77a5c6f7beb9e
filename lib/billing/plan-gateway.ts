import type { BillingPeriod } from "../calendar";
import type { PlanId } from "../catalog/plans";
import type { PlanInterval } from "../catalog/prices";
import type { Cents, Credits } from "../money/credits";
import type { BillingFacts, InvoiceFact, InvoicePayment, InvoiceStatus, KnownBilling } from "./facts";
import type { ProviderAnswer } from "./gateway";

/** A plan at one of the provider's prices. */
export type PricedPlan = {
  readonly priceId: string;
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  /** An interval. */
  readonly priceCents: Cents;
  /** A month, whatever the interval. */
  readonly creditsPerCycle: Credits;
};

export type InvoiceFacts = {
  readonly id: string;
  readonly number: string | null;
  readonly subscriptionId: string | null;
  readonly status: InvoiceStatus;
  /** Stripe's `billing_reason`. */
  readonly reason: string | null;
  /** Its line for one of our plans (the one that is no proration), or null. */
  readonly line: { readonly price: PricedPlan; readonly period: BillingPeriod } | null;
  readonly totalCents: Cents;
  readonly dueCents: Cents;
  readonly paidCents: Cents;
  readonly currency: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  /** Its default payment, looked up while the invoice is open; null otherwise. */
  readonly payment: InvoicePayment | null;
};

export type CheckoutFacts = {
  readonly id: string;
  readonly status: "open" | "complete" | "expired";
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly url: string | null;
};

export type UpgradePreview = {
  /** What would be charged now, discounts and taxes included. */
  readonly dueCents: Cents;
  readonly currency: string;
  readonly period: BillingPeriod;
  /** The invoice that it would be, with all of its lines: what was paid for and is not used, is a line below zero. */
  readonly invoice: InvoiceFact;
};

export type UpgradeRequest = {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly itemId: string;
  readonly priceId: string;
  /** Unused time is credited from this instant on; null or left out: it is not. */
  readonly prorationAt?: Date | null;
};

/** Refused, and nothing was done: an operator planned something for this subscription, which no customer undoes. */
export const CHANGE_PLANNED = "change_planned";

/** What is put right before an upgrade: where there is a schedule it is looked at again, and another card is set. */
export type BeforeUpgrade = {
  readonly hasSchedule: boolean;
  readonly paymentMethodId: string | null;
};

/** What the product asks of a provider of subscriptions. `lib/stripe` answers. No method throws for what a network can do. */
export interface PlanGateway {
  /** The prices of our plans on sale now. Remembered for a minute. */
  listPlanPrices(): Promise<ProviderAnswer<readonly PricedPlan[]>>;
  /** A hosted page where the customer pays for a plan. */
  startCheckout(request: {
    key: string;
    accountId: string;
    customerId: string;
    priceId: string;
    /** `{CHECKOUT_SESSION_ID}` in it is replaced by the provider. */
    successUrl: string;
    cancelUrl: string;
    /** Between 30 minutes and 24 hours ahead. */
    expiresAt: Date;
  }): Promise<ProviderAnswer<CheckoutFacts>>;
  findCheckout(sessionId: string): Promise<ProviderAnswer<CheckoutFacts>>;
  /** Answers with the session as it is, also when it was complete or expired before. */
  expireCheckout(sessionId: string): Promise<ProviderAnswer<CheckoutFacts>>;
  /**
   * What Stripe says of this customer's billing, as it is. A customer that was deleted is answered with what can still
   * be read; one that never was, as with the key of another Stripe account, is refused.
   */
  readBilling(customerId: string, known: KnownBilling): Promise<ProviderAnswer<BillingFacts>>;
  previewUpgrade(request: UpgradeRequest): Promise<ProviderAnswer<UpgradePreview>>;
  /** What an upgrade of a subscription finds now: asked beside the preview, it makes nobody wait. */
  findBeforeUpgrade(subscriptionId: string): Promise<ProviderAnswer<BeforeUpgrade>>;
  /**
   * Changes the plan now: the full new price and a new period from this instant, and, where `prorationAt` says so, a
   * credit for the time that was paid for and is not used. It takes effect only when its invoice is paid; until then the
   * subscription stays as it is with a pending update. The answer is the subscription's latest invoice. `before` is what
   * was found a moment ago; without it that is asked. Refused with `PAYMENTS_UNAVAILABLE_CODE` as `payInvoice` is.
   */
  upgrade(
    request: UpgradeRequest & { key: string; paymentMethodId: string; before?: BeforeUpgrade | null },
  ): Promise<ProviderAnswer<InvoiceFacts>>;
  /**
   * Pays an invoice with a card, with the customer present; one that is a draft is finalized first. Answers with what became
   * of its payment; whether the invoice is paid by it yet is for a read to say. Where the provider is not asked or refused our
   * key, so that nothing was asked under `key` by this call, it is refused with `PAYMENTS_UNAVAILABLE_CODE`.
   */
  payInvoice(request: {
    key: string;
    invoiceId: string;
    paymentMethodId: string;
    returnUrl: string;
  }): Promise<ProviderAnswer<InvoiceFacts>>;
  findInvoice(id: string): Promise<ProviderAnswer<InvoiceFacts>>;
  /** Fresh links to an invoice's page and PDF, null where Stripe has none, as of a draft. They end after weeks: not to be stored. */
  findInvoiceDocuments(
    id: string,
  ): Promise<ProviderAnswer<{ readonly pageUrl: string | null; readonly pdfUrl: string | null }>>;
  /** An invoice that was paid or voided before is answered as it is. */
  voidInvoice(id: string): Promise<ProviderAnswer<InvoiceFacts>>;
  /**
   * What comes at the end of the running period instead of the same again: the plan's item at another price, everything
   * else carried over. Asked twice it is one schedule. Refused with `CHANGE_PLANNED` where an operator planned something.
   * With `isPlain` a read of a moment ago said that it has no schedule and does not end: where that is not so any more, it is
   * found out.
   */
  scheduleChange(request: {
    subscriptionId: string;
    priceId: string;
    isPlain?: boolean;
  }): Promise<ProviderAnswer<object>>;
  /**
   * Ends a subscription with its period, or lets it go on as it is; what the customer had scheduled is undone either
   * way. Under an operator's schedule, ending drops what that had coming, and going on is refused with `CHANGE_PLANNED`, as
   * it is where an operator canceled. An end that is set for no later is left as it is.
   */
  setCancelAtPeriodEnd(subscriptionId: string, cancel: boolean): Promise<ProviderAnswer<object>>;
  /** Says of a schedule of an earlier release, in the provider's metadata, that the customer chose it. */
  claimSchedule(request: { scheduleId: string; chosen: string }): Promise<ProviderAnswer<object>>;
  /** Says of a cancellation, in the provider's metadata, that the customer chose it. Answers with the mark. */
  claimCancellation(subscriptionId: string): Promise<ProviderAnswer<{ readonly mark: string }>>;
  /** The card that renewals are charged to; of the schedule too, where there is one. */
  setSubscriptionCard(subscriptionId: string, paymentMethodId: string): Promise<ProviderAnswer<object>>;
  /** Makes the provider forget a card; one it has forgotten already is forgotten. */
  removeCard(paymentMethodId: string): Promise<ProviderAnswer<object>>;
  /** The provider's own page for a customer's billing details. */
  openPortal(request: { customerId: string; returnUrl: string }): Promise<ProviderAnswer<{ url: string }>>;
}
