import type Stripe from "stripe";
import { invoiceStatus } from "../../db/schema";
import type { InvoicePayment, InvoiceStatus, SubscriptionStatus } from "../billing/facts";
import type { InvoiceFacts, PricedPlan } from "../billing/plan-gateway";
import { findPlan, getPlan, type PlanId } from "../catalog/plans";
import {
  listSelfServePlanIds,
  lookupKeyOf,
  PLAN_INTERVALS,
  type PlanInterval,
  PRICE_METADATA,
} from "../catalog/prices";
import { MAX_GRANTED } from "../ledger/limits";
import { type Cents, type Credits, cents, credits } from "../money/credits";
import { toPlainLine } from "../plain-text";
import { idOf, toFailureCode, toPaymentStatus } from "./translate";

/** Which of our plans a price sells, by the price's id; null for none. */
export type PlanOf = (priceId: string) => PricedPlan | null;

/**
 * One of our plans, or null for what somebody else sells in the same Stripe account. The metadata of the price or of
 * its product (to be expanded) says which, or the lookup key of a price that is on sale.
 */
export function toPricedPlan(price: Stripe.Price): PricedPlan | null {
  const interval = toInterval(price.recurring);
  const says = metadataOf(price);
  const plan = toPlanId(says[PRICE_METADATA.plan]) ?? planOfLookupKey(price.lookup_key);
  if (!interval || !plan || price.unit_amount === null) return null;
  const creditsPerCycle = getPlan(plan).creditsPerCycle ?? toCredits(says[PRICE_METADATA.credits]);
  if (!creditsPerCycle) return null;
  return { priceId: price.id, plan, interval, priceCents: toCents(price.unit_amount), creditsPerCycle };
}

function metadataOf(price: Stripe.Price): Stripe.Metadata {
  const { product } = price;
  const ofProduct = typeof product === "object" && !product.deleted ? product.metadata : {};
  return { ...ofProduct, ...price.metadata };
}

function toInterval(recurring: Stripe.Price.Recurring | null): PlanInterval | null {
  if (recurring?.interval_count !== 1) return null;
  return PLAN_INTERVALS.find((each) => each === recurring.interval) ?? null;
}

function toPlanId(text: string | undefined): PlanId | null {
  const plan = findPlan(text);
  return plan && plan.kind !== "free" ? plan.id : null;
}

function planOfLookupKey(key: string | null): PlanId | null {
  if (!key) return null;
  return (
    listSelfServePlanIds().find((id) => PLAN_INTERVALS.some((each) => lookupKeyOf(id, each) === key)) ?? null
  );
}

/** Digits an operator typed; anything else is no allowance. */
function toCredits(text: string | undefined): Credits | null {
  if (!text || !/^[1-9]\d{0,15}$/.test(text)) return null;
  const amount = credits(BigInt(text));
  return amount <= MAX_GRANTED ? amount : null;
}

/** A total below nothing is the customer's credit at Stripe, and nothing is to be paid. */
const toCents = (amount: number): Cents => cents(BigInt(Math.max(0, amount)));
const toDate = (seconds: number): Date => new Date(seconds * 1000);
const toDateOrNull = (seconds: number | null): Date | null => (seconds === null ? null : toDate(seconds));
const toPeriod = (start: number, end: number) => ({ start: toDate(start), end: toDate(end) });

export const SUBSCRIPTION_STATUSES: readonly SubscriptionStatus[] = [
  "incomplete",
  "incomplete_expired",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
];

export const INVOICE_STATUSES: readonly InvoiceStatus[] = invoiceStatus.enumValues;

/** An invoice with the lines it has; `intent` is its default payment where that was looked up. */
export function toInvoiceFacts(
  invoice: Stripe.Invoice,
  planOf: PlanOf,
  intent: Stripe.PaymentIntent | null,
): InvoiceFacts {
  return {
    id: invoice.id,
    number: invoice.number && (toPlainLine(invoice.number, 100) || null),
    subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    status: INVOICE_STATUSES.find((each) => each === invoice.status) ?? "draft",
    reason: invoice.billing_reason,
    line: toPlanLine(invoice, planOf),
    totalCents: toCents(invoice.total),
    dueCents: toCents(invoice.amount_due),
    paidCents: toCents(invoice.amount_paid),
    currency: invoice.currency,
    attempts: invoice.attempt_count,
    nextAttemptAt: toDateOrNull(invoice.next_payment_attempt),
    createdAt: toDate(invoice.created),
    paidAt: toDateOrNull(invoice.status_transitions.paid_at),
    payment: intent && toInvoicePayment(intent),
  };
}

/** What an invoice says of a period of ours: neither what was given back nor what was added for the rest of one. */
export function toPlanLine(invoice: Pick<Stripe.Invoice, "lines">, planOf: PlanOf): InvoiceFacts["line"] {
  for (const line of invoice.lines.data) {
    const priceId = priceOfLine(line);
    const price = priceId && !isProration(line) ? planOf(priceId) : null;
    if (price) return { price, period: toPeriod(line.period.start, line.period.end) };
  }
  return null;
}

export const priceOfLine = (line: Stripe.InvoiceLineItem): string | null =>
  idOf(line.pricing?.price_details?.price);

const isProration = ({ parent }: Stripe.InvoiceLineItem): boolean =>
  (parent?.subscription_item_details ?? parent?.invoice_item_details)?.proration ?? false;

/** What an invoice is paid with, or its id where that was not expanded; null where it has none. `payments` must be expanded. */
export function defaultIntentOf({ payments }: Stripe.Invoice): Stripe.PaymentIntent | string | null {
  return payments?.data.find((each) => each.is_default)?.payment.payment_intent ?? null;
}

export const intentIdOf = (invoice: Stripe.Invoice): string | null => idOf(defaultIntentOf(invoice));

export function toInvoicePayment(intent: Stripe.PaymentIntent): InvoicePayment {
  return {
    id: intent.id,
    status: toPaymentStatus(intent),
    actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
    failureCode: toFailureCode(intent),
    failedCardId: idOf(intent.last_payment_error?.payment_method),
  };
}
