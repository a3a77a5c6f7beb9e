import type Stripe from "stripe";
import { idOf } from "../ids";
import type { Work } from "../work";
import { clockOf, nowOf, schedule } from "./clock";
import { finalizeInvoice, giveUpInvoice, voidInvoice } from "./invoice-life";
import { changeInvoice, type Invoice } from "./invoice-rows";
import { changeSubscription, hasEnded, type Subscription, timeOf } from "./subscription-rows";
import { scheduleFor } from "./subscription-timing";

type Behavior = Stripe.Subscription.PauseCollection["behavior"];

const AN_HOUR = 3600;

/** The collection of what is drafted while this lasts; what was drafted before goes on as it would have. */
export function pausedAs(
  work: Work,
  subscription: Subscription,
  asked: { behavior: "keep_as_draft" | "mark_uncollectible" | "void"; resumes_at?: number } | null,
): Subscription["pause_collection"] {
  if (!asked) return null;
  const { behavior, resumes_at = null } = asked;
  if (resumes_at !== null) scheduleFor(work, subscription, "resume_collection", resumes_at);
  return { behavior, resumes_at };
}

export function resumeCollection(work: Work, id: string): void {
  const subscription = work.store.get("subscription", id);
  const at = subscription?.pause_collection?.resumes_at ?? null;
  if (!subscription || hasEnded(subscription) || at === null || at > timeOf(work, subscription)) return;
  changeSubscription(work, id, { pause_collection: null });
}

/**
 * What becomes of a draft while collection is paused: it stays one until somebody finalizes it, or is made final in its
 * hour and at once void or uncollectible (documentation, "Pause payment collection"; when exactly, it does not say).
 */
export function holdDraft(work: Work, draft: Invoice, behavior: Behavior): Invoice {
  const held = { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null };
  if (behavior === "keep_as_draft") return changeInvoice(work, draft.id, held);
  const customer = idOf(draft.customer);
  const kind = behavior === "void" ? "void_draft" : "give_up_draft";
  const atMs = (nowOf(work, customer) + AN_HOUR) * 1000;
  schedule(work, { kind, target: draft.id, atMs, clock: clockOf(work, customer) });
  return changeInvoice(work, draft.id, { ...held, automatically_finalizes_at: atMs / 1000 });
}

export function voidDraft(work: Work, id: string): void {
  if (isFinal(work, id)) voidInvoice(work, id);
}

export function giveUpDraft(work: Work, id: string): void {
  if (isFinal(work, id)) giveUpInvoice(work, id);
}

/** Makes a draft final; false where there is none any more, or nothing to pay. */
function isFinal(work: Work, id: string): boolean {
  const draft = work.store.get("invoice", id);
  return draft?.status === "draft" && finalizeInvoice(work, id).status === "open";
}
