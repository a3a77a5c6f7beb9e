import { idOf } from "../ids";
import type { Work } from "../work";
import { emit } from "./events";
import { draftInvoice, usedUpBy } from "./invoice-drafts";
import { finalizeInvoice } from "./invoice-life";
import { noCard, tryInvoice } from "./invoice-payments";
import type { Invoice } from "./invoice-rows";
import { termsOf } from "./invoice-terms";
import { holdDraft } from "./paused-collection";
import { addPendingLines, pendingLines } from "./pending-lines";
import { sendInvoice } from "./sent-invoices";
import { discardPendingUpdate } from "./subscription-cancel";
import { type Change, type ChangeRequest, planChange } from "./subscription-change";
import { assertPaid, type PaymentBehavior } from "./subscription-create";
import {
  cardOf,
  changeSubscription,
  getSubscription,
  itemList,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { scheduleFor, scheduleRenewal } from "./subscription-timing";

const PENDING_FOR = 23 * 3600;

export type UpdateRequest = ChangeRequest & {
  payment_behavior?: PaymentBehavior | "pending_if_incomplete";
  off_session?: boolean;
};

/** Changes what is subscribed to, and bills what is to be billed now. `patch` is changed along with it. */
export function updateSubscription(
  work: Work,
  id: string,
  asked: UpdateRequest,
  patch: Partial<Subscription>,
): Subscription {
  discardPendingUpdate(work, id);
  const before = getSubscription(work, id);
  const change = planChange(work, before, asked, timeOf(work, before));
  if (!change.now) {
    addPendingLines(work, before, change.later);
    const after = changeSubscription(work, id, { ...patch, ...applied(before, change) });
    scheduleRenewal(work, after);
    return after;
  }
  const invoice = billNow(work, { ...before, ...patch }, change);
  if (asked.payment_behavior === "pending_if_incomplete")
    return updateIfPaid(work, before, change, invoice, asked);
  return updateNow(work, before, change, invoice, asked, patch);
}

function applied(before: Subscription, change: Change): Partial<Subscription> {
  return { billing_cycle_anchor: change.anchor, items: itemList(before.id, change.items) };
}

/** Prorations are invoice items even where they are billed at once (recorded: 01_proration_half_cent). */
function billNow(work: Work, before: Subscription, change: Change): Invoice {
  const now = timeOf(work, before);
  const asked = change.now ?? [];
  addPendingLines(
    work,
    before,
    asked.filter(({ proration }) => proration),
  );
  // With a new cycle nothing but this instant (recorded: pay-rails/pay, a swap that resets the cycle).
  const start = Math.min(...change.items.map((item) => item.current_period_start));
  return draftInvoice(work, before, {
    reason: "subscription_update",
    lines: [...pendingLines(work, before), ...asked.filter(({ proration }) => !proration)],
    period: { start, end: now },
    terms: termsOf(work, { ...before, ...applied(before, change) }, now),
  });
}

function updateNow(
  work: Work,
  before: Subscription,
  change: Change,
  draft: Invoice,
  asked: UpdateRequest,
  patch: Partial<Subscription>,
): Subscription {
  const used = usedUpBy(work, draft);
  const discounts = patch.discounts?.filter((each) => !used.includes(idOf(each) ?? ""));
  const after = changeSubscription(work, before.id, {
    ...patch,
    ...(discounts ? { discounts } : {}),
    ...applied(before, change),
    latest_invoice: draft.id,
  });
  scheduleRenewal(work, after);
  const held = before.pause_collection?.behavior;
  if (held) {
    holdDraft(work, draft, held);
    return getSubscription(work, before.id);
  }
  const invoice = finalizeInvoice(work, draft.id);
  if (invoice.status === "open" && invoice.collection_method === "send_invoice") {
    sendInvoice(work, invoice.id);
    return getSubscription(work, before.id);
  }
  if (invoice.status === "paid") return getSubscription(work, before.id);
  if (asked.payment_behavior === "default_incomplete")
    return changeSubscription(work, before.id, { status: "past_due" });
  const tried = collect(work, after, invoice, asked, true);
  if (asked.payment_behavior === "error_if_incomplete") assertPaid(tried);
  return getSubscription(work, before.id);
}

/** The subscription changes only when the invoice is paid, now or within the next hours. */
function updateIfPaid(
  work: Work,
  before: Subscription,
  change: Change,
  draft: Invoice,
  asked: UpdateRequest,
): Subscription {
  const now = timeOf(work, before);
  const until = Math.min(now + PENDING_FOR, ...before.items.data.map((item) => item.current_period_end));
  const formerInvoice = idOf(before.latest_invoice);
  const pending = { id: before.id, invoice: draft.id, formerInvoice, seen: false };
  work.store.put("pending_change", pending);
  work.store.update("subscription", before.id, {
    latest_invoice: draft.id,
    pending_update: {
      billing_cycle_anchor: change.anchor === before.billing_cycle_anchor ? null : change.anchor,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: until,
      metadata: null,
      subscription_items: change.items,
      trial_end: null,
      trial_from_plan: null,
    },
  });
  const invoice = finalizeInvoice(work, draft.id);
  if (invoice.status === "open") collect(work, before, invoice, asked, false);
  const after = getSubscription(work, before.id);
  if (after.pending_update) {
    work.store.put("pending_change", { ...pending, seen: true });
    emit(work, "customer.subscription.updated", after, {
      latest_invoice: formerInvoice,
      pending_update: null,
    });
    scheduleFor(work, after, "expire_pending_update", until);
  }
  return after;
}

function collect(
  work: Work,
  subscription: Subscription,
  invoice: Invoice,
  asked: UpdateRequest,
  automatic: boolean,
) {
  const method = cardOf(work, subscription);
  if (!method) throw noCard();
  return tryInvoice(work, invoice.id, { method, offSession: asked.off_session ?? false, automatic });
}
