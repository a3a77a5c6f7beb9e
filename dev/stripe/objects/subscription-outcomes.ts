import { idOf } from "../ids";
import type { Work } from "../work";
import { emit, emitChange } from "./events";
import { type Invoice, subscriptionIdOf } from "./invoice-rows";
import { boundaryAfter } from "./subscription-periods";
import {
  billingIntervalOf,
  changeSubscription,
  hasEnded,
  type Item,
  itemList,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { scheduleRenewal } from "./subscription-timing";

/** A paid invoice makes its subscription active, or its pending update real. */
export function whenPaid(work: Work, invoice: Invoice): void {
  const subscription = liveOne(work, invoice);
  if (!subscription) return;
  if (isPending(work, subscription, invoice)) {
    applyPendingUpdate(work, subscription);
    return;
  }
  if (!isLatest(subscription, invoice)) return;
  if (["incomplete", "past_due", "unpaid"].includes(subscription.status))
    changeSubscription(work, subscription.id, { status: "active" });
}

/** Nothing was paid: a running subscription is past due, while one with a pending update just stays as it is. */
export function whenNotPaid(work: Work, invoice: Invoice): void {
  const subscription = liveOne(work, invoice);
  if (subscription?.status !== "active" || isPending(work, subscription, invoice)) return;
  if (isLatest(subscription, invoice)) changeSubscription(work, subscription.id, { status: "past_due" });
}

/** Void or given up: nobody owes it any more. */
export function whenClosed(work: Work, invoice: Invoice): void {
  const subscription = liveOne(work, invoice);
  if (!subscription) return;
  if (isPending(work, subscription, invoice)) {
    dropPendingUpdate(work, subscription);
    return;
  }
  if (!isLatest(subscription, invoice)) return;
  if (subscription.status === "incomplete" && invoice.status === "void")
    changeSubscription(work, subscription.id, {
      ended_at: timeOf(work, subscription),
      status: "incomplete_expired",
    });
  if (subscription.status === "past_due") changeSubscription(work, subscription.id, { status: "active" });
}

export function isPending(work: Work, subscription: Subscription, invoice: Invoice): boolean {
  return work.store.get("pending_change", subscription.id)?.invoice === invoice.id;
}

function liveOne(work: Work, invoice: Invoice): Subscription | null {
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  return subscription && !hasEnded(subscription) ? subscription : null;
}

function isLatest(subscription: Subscription, invoice: Invoice): boolean {
  return idOf(subscription.latest_invoice) === invoice.id;
}

function applyPendingUpdate(work: Work, subscription: Subscription): void {
  const pending = subscription.pending_update;
  const waited = work.store.get("pending_change", subscription.id);
  work.store.delete("pending_change", subscription.id);
  const resumes = subscription.status === "paused";
  const known = pending?.subscription_items ?? subscription.items.data;
  const items = resumes ? known.map((item) => beginAt(item, subscription.billing_cycle_anchor)) : known;
  const after = work.store.update("subscription", subscription.id, {
    billing_cycle_anchor: pending?.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
    items: itemList(subscription.id, items),
    pending_update: null,
    status: "active",
  });
  // Paid at once, nobody ever saw it pending.
  const unseen = { pending_update: null, latest_invoice: waited?.formerInvoice ?? null };
  emitChange(
    work,
    "customer.subscription.updated",
    waited?.seen ? subscription : { ...subscription, ...unseen },
    after,
  );
  if (waited?.seen) emit(work, "customer.subscription.pending_update_applied", after);
  if (resumes) emit(work, "customer.subscription.resumed", after);
  scheduleRenewal(work, after);
}

function beginAt(item: Item, start: number): Item {
  const current_period_end = boundaryAfter(start, billingIntervalOf(item.price), start);
  return { ...item, current_period_end, current_period_start: start };
}

function dropPendingUpdate(work: Work, subscription: Subscription): void {
  work.store.delete("pending_change", subscription.id);
  const after = changeSubscription(work, subscription.id, { pending_update: null });
  emit(work, "customer.subscription.pending_update_expired", after);
}
