import type Stripe from "stripe";
import { idOf } from "../ids";
import { ApiError, refused } from "../wire/errors";
import type { Work } from "../work";
import { clockOf, nowOf, schedule } from "./clock";
import { emit, emitChange } from "./events";
import { markPaid } from "./invoice-life";
import { getInvoice, type Invoice, intentOf, invoiceOfIntent, subscriptionIdOf } from "./invoice-rows";
import { type AttemptOptions, attempt, finishAuthentication } from "./payment-attempt";
import { isPending, whenNotPaid } from "./subscription-outcomes";
import { changeSubscription, hasEnded } from "./subscription-rows";

/** Who tries: Stripe by itself (and will again), the merchant's call, or the buyer at a page. */
type Attempter = { automatic: boolean; offSession: boolean };
const BUYER: Attempter = { automatic: false, offSession: false };

export type Tried =
  | { kind: "paid" }
  | { kind: "processing" }
  | { kind: "action"; intent: Stripe.PaymentIntent }
  | { kind: "refused"; error: ApiError };

/** Tries to collect an open invoice with a card. Every outcome is kept, and the subscription follows it. */
export function tryInvoice(
  work: Work,
  id: string,
  given: { method: string | null } & Attempter & Partial<AttemptOptions>,
): Tried {
  const intent = intentOf(work, id);
  if (!intent) throw new Error(`${id} has nothing to pay it with`);
  // A default that was detached is still named, and pays nothing.
  if (!given.method || work.store.get("card", given.method)?.usedUp) {
    noteFailure(work, id, given);
    return { kind: "refused", error: noCard() };
  }
  const ready = work.store.update("payment_intent", intent.id, {
    next_action: null,
    payment_method: given.method,
  });
  const options = { ...QUIETLY, ...given, askAnyway: true };
  try {
    const after = attemptForInvoice(work, ready, options, given);
    if (after.status === "processing") return { kind: "processing" };
    return after.status === "succeeded" ? { kind: "paid" } : { kind: "action", intent: after };
  } catch (error) {
    if (error instanceof ApiError && error.traits.keep) return { kind: "refused", error };
    throw error;
  }
}

const QUIETLY: AttemptOptions = {
  errorOnRequiresAction: false,
  offSession: false,
  requestChallenge: false,
  returnUrl: null,
  useStripeSdk: false,
};

export function noCard(): ApiError {
  return refused(
    "This customer has no attached payment source or default payment method. Please consider adding a default " +
      "payment method.",
    { code: "resource_missing" },
  );
}

/** An attempt at an intent which may belong to an invoice; if it does, the invoice follows. */
export function attemptForInvoice(
  work: Work,
  intent: Stripe.PaymentIntent,
  options: AttemptOptions,
  by: Attempter = BUYER,
): Stripe.PaymentIntent {
  try {
    const after = attempt(work, intent, options);
    followInvoice(work, after, by);
    return work.store.get("payment_intent", after.id) ?? after;
  } catch (error) {
    if (error instanceof ApiError && error.traits.keep) followInvoice(work, intent, by);
    throw error;
  }
}

/** The bank's answer about an intent which may belong to an invoice. */
export function finishInvoiceAuthentication(
  work: Work,
  id: string,
  approved: boolean,
): Stripe.PaymentIntent | undefined {
  const before = work.store.get("payment_intent", id);
  const after = finishAuthentication(work, id, approved);
  if (after && before?.status === "requires_action") followInvoice(work, after, BUYER);
  return after;
}

/** An invoice follows what became of its payment; an intent without one changes nothing. */
export function followInvoice(work: Work, intent: Stripe.PaymentIntent, by: Attempter): void {
  const invoice = invoiceOfIntent(work, intent.id);
  if (invoice?.status !== "open" && invoice?.status !== "uncollectible") return;
  const { status } = work.store.get("payment_intent", intent.id) ?? intent;
  if (status === "succeeded") {
    keepCard(work, invoice, intent.id);
    markPaid(work, invoice.id, { by: "intent" });
  } else if (status === "requires_action") noteAction(work, invoice.id, by);
  else if (status === "processing") noteProcessing(work, invoice);
  else noteFailure(work, invoice.id, by);
}

/** Where the subscription, or the buyer at the invoice's page, asked for it, the card stays its default. */
function keepCard(work: Work, invoice: Invoice, intent: string): void {
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  if (!subscription || hasEnded(subscription)) return;
  const wanted = subscription.payment_settings?.save_default_payment_method === "on_subscription";
  const card = idOf(work.store.get("payment_intent", intent)?.payment_method);
  if (!card || !(wanted || work.store.get("attempt", intent)?.keepsCard)) return;
  changeSubscription(work, subscription.id, { default_payment_method: card });
}

/**
 * The bank was asked: the invoice stays open, attempted, with nothing planned, and a subscription that waited for its first
 * payment is active meanwhile: https://docs.stripe.com/billing/subscriptions/overview#payment-status
 */
export function noteProcessing(work: Work, invoice: Invoice): void {
  const attempt_count = invoice.attempt_count + 1;
  const patch = { attempt_count, attempted: true, next_payment_attempt: null };
  const waiting = work.store.update("invoice", invoice.id, patch);
  emitChange(work, "invoice.updated", invoice, waiting);
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  if (subscription?.status === "incomplete") changeSubscription(work, subscription.id, { status: "active" });
}

function noteAction(work: Work, id: string, by: Attempter): void {
  const invoice = getInvoice(work, id);
  const counted = invoice.attempt_count + (by.offSession ? 1 : 0);
  const next = by.automatic ? nextTry(work, invoice) : invoice.next_payment_attempt;
  const patch = { attempt_count: counted, attempted: true, next_payment_attempt: next };
  const waiting = work.store.update("invoice", id, patch);
  emit(work, "invoice.payment_action_required", waiting);
  if (by.offSession) emit(work, "invoice.payment_failed", waiting);
  whenNotPaid(work, waiting);
}

function noteFailure(work: Work, id: string, by: Attempter): void {
  const invoice = getInvoice(work, id);
  const failed = work.store.update("invoice", id, {
    attempt_count: invoice.attempt_count + 1,
    attempted: true,
    next_payment_attempt: by.automatic ? nextTry(work, invoice) : invoice.next_payment_attempt,
  });
  emit(work, "invoice.payment_failed", failed);
  whenNotPaid(work, failed);
}

/** Plans the next automatic attempt, in seconds; a first payment and a pending update get none. */
function nextTry(work: Work, invoice: Invoice): number | null {
  const subscription = work.store.get("subscription", subscriptionIdOf(invoice) ?? "");
  if (!subscription || hasEnded(subscription) || subscription.status === "incomplete") return null;
  if (isPending(work, subscription, invoice)) return null;
  const done = work.store.get("retry", invoice.id)?.done ?? 0;
  const delay = work.retryDelaysMs[done];
  if (delay === undefined) return null;
  work.store.put("retry", { id: invoice.id, done: done + 1 });
  const customer = idOf(invoice.customer);
  const atMs = nowOf(work, customer) * 1000 + delay;
  schedule(work, { kind: "retry_invoice", target: invoice.id, atMs, clock: clockOf(work, customer) });
  return Math.floor(atMs / 1000);
}
