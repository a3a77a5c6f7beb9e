import { idOf } from "../ids";
import type { Work } from "../work";
import { emit } from "./events";
import { voidInvoice } from "./invoice-life";
import { subscriptionIdOf } from "./invoice-rows";
import { endSchedule } from "./schedules-rows";
import {
  changeSubscription,
  getSubscription,
  hasEnded,
  periodEnd,
  type Subscription,
  subscriptionsOf,
  timeOf,
} from "./subscription-rows";
import { scheduleFor } from "./subscription-timing";

type Why = "cancellation_requested" | "payment_failed";

/** Ends a subscription at once. What is owed stays open, but nobody tries to collect it any more. */
export function cancelNow(
  work: Work,
  id: string,
  why: Why,
  details: Partial<NonNullable<Subscription["cancellation_details"]>> = {},
): Subscription {
  discardPendingUpdate(work, id);
  for (const invoice of work.store.list("invoice")) {
    if (subscriptionIdOf(invoice) !== id || (invoice.status !== "open" && invoice.status !== "draft"))
      continue;
    work.store.update("invoice", invoice.id, { auto_advance: false, next_payment_attempt: null });
  }
  const subscription = getSubscription(work, id);
  const managed = idOf(subscription.schedule);
  if (managed) endSchedule(work, managed, "canceled");
  const now = timeOf(work, subscription);
  const canceled = work.store.update("subscription", id, {
    cancel_at_period_end: false,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { ...NO_DETAILS, ...subscription.cancellation_details, ...details, reason: why },
    ended_at: now,
    schedule: null,
    status: "canceled",
  });
  emit(work, "customer.subscription.deleted", canceled);
  return canceled;
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
