import { idOf } from "../ids";
import type { Work } from "../work";
import { draftForAnHour, draftInvoice } from "./invoice-drafts";
import { cardOfInvoice, finalizeInvoice } from "./invoice-life";
import { tryInvoice } from "./invoice-payments";
import { getInvoice, type Invoice, subscriptionIdOf } from "./invoice-rows";
import { holdDraft } from "./paused-collection";
import { addPendingLines, pendingLines } from "./pending-lines";
import { phaseBeginning, renewalLines } from "./renewal-lines";
import { advanceSchedule } from "./schedules-phases";
import { sendInvoice } from "./sent-invoices";
import { cancelNow, discardPendingUpdate } from "./subscription-cancel";
import { boundaryAfter } from "./subscription-periods";
import {
  billingIntervalOf,
  changeSubscription,
  hasEnded,
  type Item,
  itemList,
  periodEnd,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { scheduleRenewal } from "./subscription-timing";
import { stopsWithoutCard } from "./subscription-trials";

/** The period is over: the next one begins and its invoice is drafted, or the subscription ends as it was to. */
export function renewSubscription(work: Work, id: string): void {
  const due = dueForRenewal(work, id);
  if (!due) return;
  if (due.cancel_at !== null && due.cancel_at <= timeOf(work, due)) {
    cancelNow(work, id, "cancellation_requested");
    return;
  }
  discardPendingUpdate(work, id);
  const managed = idOf(due.schedule);
  if (managed) advanceSchedule(work, managed);
  const subscription = dueForRenewal(work, id);
  if (!subscription || (subscription.status === "trialing" && stopsWithoutCard(work, subscription))) return;
  beginPeriod(work, subscription);
}

function dueForRenewal(work: Work, id: string): Subscription | null {
  const subscription = work.store.get("subscription", id);
  if (!subscription || hasEnded(subscription)) return null;
  if (subscription.status === "incomplete" || subscription.status === "paused") return null;
  return periodEnd(subscription) <= timeOf(work, subscription) ? subscription : null;
}

function beginPeriod(work: Work, subscription: Subscription): void {
  const now = timeOf(work, subscription);
  const anchor = subscription.billing_cycle_anchor;
  const phase = phaseBeginning(work, subscription, periodEnd(subscription));
  const isOver = (item: Item) => item.current_period_end <= now;
  const moved = subscription.items.data.map((item) => (isOver(item) ? nextPeriod(item, anchor) : item));
  const renewed = moved.filter((_, index) => {
    const old = subscription.items.data[index];
    return old !== undefined && isOver(old);
  });
  const { now: due, later } = renewalLines(work, renewed, { anchor, phase });
  if (due.length === 0) {
    addPendingLines(work, subscription, later);
    scheduleRenewal(
      work,
      changeSubscription(work, subscription.id, { items: itemList(subscription.id, moved) }),
    );
    return;
  }
  // https://docs.stripe.com/api/invoices/object#invoice_object-billing_reason has a word for a new period and one for an update, and
  // does not say which of them a phase's first invoice has; a sandbox was seen to say the latter.
  const reason = phase ? work.phaseInvoiceReason : "subscription_cycle";
  const lines = [...pendingLines(work, subscription), ...due];
  const period = { start: previousStart(subscription), end: periodEnd(subscription) };
  draftRenewal(work, subscription, { reason, lines, period }, moved);
  addPendingLines(work, subscription, later);
}

/** Drafts a renewal's invoice, which becomes final in an hour; nobody collects for a subscription that is unpaid. */
function draftRenewal(
  work: Work,
  subscription: Subscription,
  given: Parameters<typeof draftInvoice>[2],
  moved: Item[],
): void {
  const { pause_collection, status } = subscription;
  const held = status === "unpaid" ? "keep_as_draft" : pause_collection?.behavior;
  const draft = held
    ? holdDraft(work, draftInvoice(work, subscription, given), held)
    : draftForAnHour(work, subscription, given);
  const after = changeSubscription(work, subscription.id, {
    ...(status === "trialing" ? { status: "active" } : {}),
    items: itemList(subscription.id, moved),
    latest_invoice: draft.id,
  });
  scheduleRenewal(work, after);
}

function nextPeriod(item: Item, anchor: number): Item {
  const start = item.current_period_end;
  const current_period_end = boundaryAfter(anchor, billingIntervalOf(item.price), start);
  return { ...item, current_period_end, current_period_start: start };
}

function previousStart(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_start));
}

/**
 * An hour after it was drafted a renewal's invoice becomes final, and its card is charged:
 * https://docs.stripe.com/billing/subscriptions/webhooks#successful-invoice-finalization.
 */
export function finalizeDraft(work: Work, id: string): void {
  const draft = work.store.get("invoice", id);
  if (draft?.status !== "draft" || !draft.auto_advance) return;
  const invoice = finalizeInvoice(work, id);
  if (invoice.status === "open") collect(work, invoice);
}

/** Tries an invoice again that was not paid before. */
export function retryInvoice(work: Work, id: string): void {
  const invoice = work.store.get("invoice", id);
  if (invoice?.status === "open" && invoice.auto_advance && invoice.next_payment_attempt !== null)
    collect(work, invoice);
}

function collect(work: Work, invoice: Invoice): void {
  if (invoice.collection_method === "send_invoice") {
    sendInvoice(work, invoice.id);
    return;
  }
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  const method = cardOfInvoice(work, invoice);
  const tried = tryInvoice(work, invoice.id, { method, offSession: true, automatic: true });
  if (tried.kind === "processing" || !subscription || hasEnded(subscription)) return;
  if (tried.kind !== "paid" && getInvoice(work, invoice.id).next_payment_attempt === null)
    endUnpaid(work, subscription.id);
}

/**
 * Nobody will try again: what happens now is a setting of the account, which cancels the subscription, marks it unpaid or leaves
 * it past due: https://docs.stripe.com/billing/revenue-recovery/smart-retries.
 */
export function endUnpaid(work: Work, id: string): void {
  if (work.afterLastRetry === "cancel") cancelNow(work, id, "payment_failed");
  if (work.afterLastRetry === "unpaid") changeSubscription(work, id, { status: "unpaid" });
}
