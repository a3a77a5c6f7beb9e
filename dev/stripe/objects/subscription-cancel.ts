import { idOf } from "../ids";
import type { Work } from "../work";
import { emit } from "./events";
import { draftForAnHour } from "./invoice-drafts";
import { putInvoiceItem } from "./invoice-item-rows";
import { voidInvoice } from "./invoice-life";
import { prorationLine } from "./invoice-lines";
import { subscriptionIdOf } from "./invoice-rows";
import { addPendingLines, pendingLines } from "./pending-lines";
import { endSchedule } from "./schedules-rows";
import {
  changeSubscription,
  getSubscription,
  hasEnded,
  isInTrial,
  periodEnd,
  type Subscription,
  subscriptionsOf,
  timeOf,
} from "./subscription-rows";
import { scheduleFor } from "./subscription-timing";

type Why = "cancellation_requested" | "payment_failed";
type Details = Partial<NonNullable<Subscription["cancellation_details"]>>;

/** Ends a subscription at once. What is owed stays open, but nobody tries to collect it any more. */
export function cancelNow(
  work: Work,
  id: string,
  why: Why,
  { prorate = false, invoiceNow = false, ...details }: Details & FinalBill = {},
): Subscription {
  discardPendingUpdate(work, id);
  const customer = idOf(getSubscription(work, id).customer) ?? "";
  for (const invoice of work.store.listOf("invoice", "customer", customer)) {
    if (subscriptionIdOf(invoice) !== id || (invoice.status !== "open" && invoice.status !== "draft"))
      continue;
    work.store.update("invoice", invoice.id, { auto_advance: false, next_payment_attempt: null });
  }
  const latest_invoice = billAtEnd(work, getSubscription(work, id), { prorate, invoiceNow });
  const subscription = getSubscription(work, id);
  const managed = idOf(subscription.schedule);
  if (managed) endSchedule(work, managed, "canceled");
  const now = timeOf(work, subscription);
  const canceled = work.store.update("subscription", id, {
    cancel_at_period_end: false,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { ...NO_DETAILS, ...subscription.cancellation_details, ...details, reason: why },
    ended_at: now,
    latest_invoice,
    schedule: null,
    status: "canceled",
  });
  emit(work, "customer.subscription.deleted", canceled);
  return canceled;
}

type FinalBill = { prorate?: boolean; invoiceNow?: boolean };

/**
 * What is left of the period is given back where that is asked for: with a last invoice, a draft for an hour and called
 * a cycle's, or else with whatever the customer is billed next. Without `invoiceNow` what was pending stays pending
 * (recorded: 01_proration_half_cent, both ways). Returns the latest invoice.
 */
function billAtEnd(
  work: Work,
  subscription: Subscription,
  { prorate, invoiceNow }: FinalBill,
): string | null {
  const before = idOf(subscription.latest_invoice);
  if (!prorate && !invoiceNow) return before;
  const now = timeOf(work, subscription);
  const unused = subscription.items.data
    .filter((item) => prorate && item.current_period_end > now && !isInTrial(subscription, now))
    .map((item) => prorationLine(work, item, subscription.billing_cycle_anchor, { now, sign: -1 }))
    .filter(({ amount }) => amount !== 0);
  if (!invoiceNow) {
    const customer = idOf(subscription.customer) ?? "";
    for (const line of unused) putInvoiceItem(work, customer, { ...line, item: null, subscription: null });
    return before;
  }
  addPendingLines(work, subscription, unused);
  const lines = pendingLines(work, subscription);
  if (lines.length === 0) return before;
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const given = { reason: "subscription_cycle" as const, lines, period: { start, end: now } };
  return draftForAnHour(work, subscription, given).id;
}

const NO_DETAILS = { comment: null, feedback: null, feedback_option: null, reason: null };

/** An update that waits for its payment is given up, and its invoice taken back. */
export function discardPendingUpdate(work: Work, id: string): void {
  const pending = work.store.get("pending_change", id);
  if (pending) voidInvoice(work, pending.invoice);
}

/** Lets a subscription run out at the end of its period, or takes that back. */
export function cancelAtPeriodEnd(work: Work, id: string, flag: boolean): Subscription {
  return changeSubscription(work, id, ending(work, getSubscription(work, id), flag));
}

/** What of a subscription says that it will end with its period, or will not. */
export function ending(work: Work, subscription: Subscription, flag: boolean): Partial<Subscription> {
  const details = subscription.cancellation_details ?? NO_DETAILS;
  if (!flag)
    return {
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { ...details, reason: null },
    };
  return {
    cancel_at: periodEnd(subscription),
    cancel_at_period_end: true,
    canceled_at: timeOf(work, subscription),
    cancellation_details: { ...details, reason: "cancellation_requested" },
  };
}

/** As `ending`, at an instant of one's own. */
export function endingAt(work: Work, subscription: Subscription, instant: number): Partial<Subscription> {
  scheduleFor(work, subscription, "cancel_subscription", instant);
  return { ...ending(work, subscription, true), cancel_at: instant, cancel_at_period_end: false };
}

export function cancelAllOf(work: Work, customer: string): void {
  for (const subscription of subscriptionsOf(work, customer))
    cancelNow(work, subscription.id, "cancellation_requested");
}

/** The instant it was to end at has come. */
export function cancelIfDue(work: Work, id: string): void {
  const subscription = work.store.get("subscription", id);
  if (!subscription || hasEnded(subscription) || subscription.cancel_at === null) return;
  if (subscription.cancel_at <= timeOf(work, subscription)) cancelNow(work, id, "cancellation_requested");
}

/** The first payment never came: what was begun is taken back. */
export function expireIncomplete(work: Work, id: string): void {
  const subscription = work.store.get("subscription", id);
  if (subscription?.status !== "incomplete") return;
  const invoice = idOf(subscription.latest_invoice);
  if (invoice && work.store.get("invoice", invoice)?.status === "open") voidInvoice(work, invoice);
}

export function expirePendingUpdate(work: Work, id: string): void {
  const subscription = work.store.get("subscription", id);
  const until = subscription?.pending_update?.expires_at;
  if (subscription && until && until <= timeOf(work, subscription)) discardPendingUpdate(work, id);
}
