import type Stripe from "stripe";
import { pauseBehavior } from "../../db/schema";
import type {
  InvoiceFact,
  ItemFact,
  LineFact,
  PauseBehavior,
  PriceFact,
  ScheduleFact,
  SubscriptionFact,
} from "../billing/facts";
import { CANCEL_METADATA } from "../billing/subscriptions/cancellations";
import { type Cents, cents } from "../money/credits";
import { toPlainLine } from "../plain-text";
import { INVOICE_STATUSES, SUBSCRIPTION_STATUSES } from "./plan-translate";
import { nextPhases } from "./schedule-phases";
import { idOf } from "./translate";
import { toGonePriceFact, toPriceFact } from "./translate-price";

/** Prices with their products, by id; one that Stripe does not know is missing. */
export type Prices = ReadonlyMap<string, Stripe.Price>;

/** A total below nothing is the customer's credit at Stripe, and nothing is to be paid. */
const toCents = (amount: number): Cents => cents(BigInt(Math.max(0, amount)));
const toDate = (seconds: number): Date => new Date(seconds * 1000);
const toDateOrNull = (seconds: number | null | undefined): Date | null =>
  seconds === null || seconds === undefined ? null : toDate(seconds);
const toPeriod = (start: number, end: number) => ({ start: toDate(start), end: toDate(end) });

/** A subscription, `schedule` expanded, with all of its items. */
export function toSubscriptionFact(
  subscription: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
  prices: Prices,
): SubscriptionFact {
  const facts = items.map((each) => toItemFact(each, subscription.currency, prices));
  return {
    id: subscription.id,
    // A word newer than this code: alive, and nothing is granted for it.
    status: SUBSCRIPTION_STATUSES.find((each) => each === subscription.status) ?? "paused",
    items: facts,
    anchor: toDate(subscription.billing_cycle_anchor),
    cancelAt: toCancelAt(subscription, facts),
    cancelMark: subscription.metadata[CANCEL_METADATA] || null,
    trialEnd: toDateOrNull(subscription.trial_end),
    pause: toPause(subscription.pause_collection),
    sendsInvoice: subscription.collection_method === "send_invoice",
    hasDiscountOrTax: hasDiscountOrTax(subscription, items),
    schedule: toSchedule(subscription, prices),
    paymentMethodId: idOf(subscription.default_payment_method),
    hasPendingUpdate: subscription.pending_update !== null,
    latestInvoiceId: idOf(subscription.latest_invoice),
    createdAt: toDate(subscription.created),
    endedAt: toDateOrNull(subscription.ended_at),
  };
}

const hasDiscountOrTax = (
  { discounts, default_tax_rates, automatic_tax }: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
): boolean =>
  automatic_tax.enabled ||
  [discounts, default_tax_rates, ...items.flatMap((each) => [each.discounts, each.tax_rates])].some(
    (each) => each && each.length > 0,
  );

function toItemFact(item: Stripe.SubscriptionItem, currency: string, prices: Prices): ItemFact {
  const price = prices.get(item.price.id);
  return {
    id: item.id,
    price: price ? toPriceFact(price, currency) : toGonePriceFact(item.price, currency),
    // What is metered has none.
    quantity: item.quantity ?? (item.price.recurring?.usage_type === "metered" ? 0 : 1),
    period: toPeriod(item.current_period_start, item.current_period_end),
  };
}

/**
 * `cancel_at` may still be the end of an earlier period, where it ends with its period. A schedule may end it as well, and
 * nothing we could read says that the subscription shows that.
 */
function toCancelAt(subscription: Stripe.Subscription, items: readonly ItemFact[]): Date | null {
  const { cancel_at, cancel_at_period_end, schedule } = subscription;
  const item = items.find((each) => each.price.reading.kind !== "other") ?? items[0];
  if (cancel_at_period_end && item) return item.period.end;
  if (cancel_at !== null || !schedule || typeof schedule === "string") return toDateOrNull(cancel_at);
  const ends = schedule.end_behavior === "cancel" ? schedule.phases.map((each) => each.end_date) : [];
  return ends.length > 0 ? toDate(Math.max(...ends)) : null;
}

const PAUSE_BEHAVIORS: readonly PauseBehavior[] = pauseBehavior.enumValues;

/** A behavior newer than this code is a pause all the same. */
function toPause(pause: Stripe.Subscription.PauseCollection | null): SubscriptionFact["pause"] {
  if (!pause) return null;
  const behavior = PAUSE_BEHAVIORS.find((each) => each === pause.behavior) ?? "keep_as_draft";
  return { behavior, resumesAt: toDateOrNull(pause.resumes_at) };
}

function toSchedule({ schedule, currency }: Stripe.Subscription, prices: Prices): ScheduleFact | null {
  if (!schedule || typeof schedule === "string") return null;
  return {
    id: schedule.id,
    metadata: { ...schedule.metadata },
    endsByCancel: schedule.end_behavior === "cancel",
    next: nextPhases(schedule).map((phase) => ({
      start: toDate(phase.start_date),
      end: toDateOrNull(phase.end_date),
      items: phase.items.map((item) => ({
        price: priceById(idOf(item.price) ?? "", phase.currency ?? currency, prices),
        quantity: item.quantity ?? 1,
      })),
    })),
  };
}

/** The prices that a subscription's items and the phases of its schedule name. */
export function pricesOfSubscription(
  { schedule }: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
): string[] {
  const phases = schedule && typeof schedule !== "string" ? nextPhases(schedule) : [];
  const named = phases.flatMap((phase) => phase.items.map((item) => idOf(item.price)));
  return [...items.map((each) => each.price.id), ...named.filter((each) => each !== null)];
}

function priceById(id: string, currency: string, prices: Prices, product?: string): PriceFact {
  const price = prices.get(id);
  if (price) return toPriceFact(price, currency);
  return toGonePriceFact(product ? { id, product } : { id }, currency);
}

/** An invoice with all of its lines; its payment is looked up apart. */
export function toInvoiceFact(invoice: Stripe.Invoice, lines: readonly LineFact[]): InvoiceFact {
  const { pre_payment_credit_notes_amount, post_payment_credit_notes_amount, status_transitions } = invoice;
  return {
    id: invoice.id,
    number: invoice.number && (toPlainLine(invoice.number, 100) || null),
    subscriptionId: subscriptionOfInvoice(invoice),
    status: INVOICE_STATUSES.find((each) => each === invoice.status) ?? "draft",
    reason: invoice.billing_reason,
    currency: invoice.currency,
    totalCents: toCents(invoice.total),
    dueCents: toCents(invoice.amount_due),
    paidCents: toCents(invoice.amount_paid),
    remainingCents: toCents(invoice.amount_remaining),
    creditNotesCents: toCents(pre_payment_credit_notes_amount + post_payment_credit_notes_amount),
    prePaymentNotesCents: toCents(pre_payment_credit_notes_amount),
    sendsInvoice: invoice.collection_method === "send_invoice",
    autoAdvance: invoice.auto_advance ?? false,
    attempts: invoice.attempt_count,
    nextAttemptAt: toDateOrNull(invoice.next_payment_attempt),
    dueAt: toDateOrNull(invoice.due_date),
    createdAt: toDate(invoice.created),
    paidAt: toDateOrNull(status_transitions.paid_at),
    voidedAt: toDateOrNull(status_transitions.voided_at),
    lines,
    payment: null,
  };
}

export const subscriptionOfInvoice = ({ parent }: Stripe.Invoice): string | null =>
  idOf(parent?.subscription_details?.subscription);

export function toLineFact(line: Stripe.InvoiceLineItem, prices: Prices): LineFact {
  const ofItem = line.parent?.subscription_item_details;
  const ofInvoiceItem = line.parent?.invoice_item_details;
  return {
    id: line.id,
    subscriptionId: ofItem?.subscription ?? ofInvoiceItem?.subscription ?? idOf(line.subscription),
    itemId: ofItem?.subscription_item ?? null,
    isProration: (ofItem ?? ofInvoiceItem)?.proration ?? false,
    ...pricedPart(line, prices),
  };
}

/** Of an invoice item that no invoice has yet. */
export function toPendingLineFact(item: Stripe.InvoiceItem, prices: Prices): LineFact {
  const { subscription = null, subscription_item = null } = item.parent?.subscription_details ?? {};
  return {
    id: item.id,
    subscriptionId: subscription,
    itemId: subscription_item,
    isProration: item.proration,
    ...pricedPart(item, prices),
  };
}

type PricedLine = Pick<
  Stripe.InvoiceLineItem | Stripe.InvoiceItem,
  "pricing" | "quantity" | "period" | "amount" | "currency"
>;

function pricedPart(line: PricedLine, prices: Prices) {
  const details = line.pricing?.price_details;
  const priceId = priceOfLine(line);
  return {
    price: priceId ? priceById(priceId, line.currency, prices, details?.product) : null,
    quantity: line.quantity ?? 1,
    period: toPeriod(line.period.start, line.period.end),
    amountCents: BigInt(line.amount),
  };
}

export const priceOfLine = ({ pricing }: Pick<PricedLine, "pricing">): string | null =>
  idOf(pricing?.price_details?.price);
