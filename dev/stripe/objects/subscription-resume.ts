import { idOf } from "../ids";
import { missing, refused } from "../wire/errors";
import type { Work } from "../work";
import { draftInvoice } from "./invoice-drafts";
import { finalizeInvoice } from "./invoice-life";
import { periodLine } from "./invoice-lines";
import { tryInvoice } from "./invoice-payments";
import { pendingLines } from "./pending-lines";
import { restart } from "./subscription-change";
import {
  cardOf,
  changeSubscription,
  getSubscription,
  hasEnded,
  itemList,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { scheduleFor } from "./subscription-timing";

const OPEN_FOR = 23 * 3600;

/** Begins a cycle again after a pause. It stays paused, with an open invoice, until that is paid (recorded: 12_subscriptions). */
export function resumeSubscription(work: Work, id: string, offSession: boolean): Subscription {
  const before = getSubscription(work, id);
  if (hasEnded(before)) throw missing("subscription", id);
  if (before.status !== "paused")
    throw refused(`You can only resume a subscription that is paused. This one is ${before.status}.`);
  const now = timeOf(work, before);
  const begun = before.items.data.map((item) => restart(item, now));
  const lines = [...pendingLines(work, before), ...begun.map((item) => periodLine(work, item, now))];
  const invoice = draftInvoice(work, before, {
    reason: "subscription_update",
    lines,
    period: { start: now, end: now },
  });
  const formerInvoice = idOf(before.latest_invoice);
  work.store.put("pending_change", { id, invoice: invoice.id, formerInvoice, seen: true });
  const waiting = changeSubscription(work, id, {
    billing_cycle_anchor: now,
    items: itemList(
      id,
      before.items.data.map((item) => ({ ...item, current_period_end: now })),
    ),
    latest_invoice: invoice.id,
    pending_update: {
      billing_cycle_anchor: null,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: now + OPEN_FOR,
      metadata: null,
      subscription_items: null,
      trial_end: null,
      trial_from_plan: null,
    },
  });
  scheduleFor(work, waiting, "expire_pending_update", now + OPEN_FOR);
  const open = finalizeInvoice(work, invoice.id);
  const method = cardOf(work, waiting);
  if (open.status === "open" && method) tryInvoice(work, open.id, { method, offSession, automatic: false });
  return getSubscription(work, id);
}
