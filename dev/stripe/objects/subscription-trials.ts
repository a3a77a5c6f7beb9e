import { invalidParameter } from "../wire/errors";
import type { Work } from "../work";
import { emit } from "./events";
import { draftInvoice } from "./invoice-drafts";
import { finalizeInvoice } from "./invoice-life";
import { type LineDraft, prorationLine, trialLine } from "./invoice-lines";
import { addPendingLines, pendingLines } from "./pending-lines";
import { cancelNow } from "./subscription-cancel";
import { type ChangeRequest, planChange } from "./subscription-change";
import {
  cardOf,
  changeSubscription,
  getSubscription,
  isInTrial,
  itemList,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { scheduleRenewal, scheduleTrialEnd, TRIAL_TOLD_BEFORE } from "./subscription-timing";
import { type UpdateRequest, updateSubscription } from "./subscription-update";

const DAY = 24 * 3600;

export type TrialRequest = { trial_end?: number | "now"; trial_period_days?: number };

/** When a trial that is asked for ends, in seconds; null: none is. */
export function trialEnd({ trial_end, trial_period_days }: TrialRequest, now: number): number | null {
  if (trial_end !== undefined && trial_period_days !== undefined)
    throw invalidParameter("You may only specify one of these parameters: trial_end, trial_period_days.");
  if (trial_period_days !== undefined) return trial_period_days > 0 ? now + trial_period_days * DAY : null;
  if (trial_end === undefined || trial_end === "now") return null;
  if (trial_end > now) return trial_end;
  throw invalidParameter(
    "The parameter `trial_end` expects a unix timestamp representing a date and time in the future. You specified the " +
      `value \`${trial_end}\` which is in the past.`,
    "trial_end",
  );
}

export function tellTrialEnd(work: Work, id: string): void {
  const subscription = work.store.get("subscription", id);
  if (subscription?.status !== "trialing" || subscription.trial_end === null) return;
  if (subscription.trial_end - TRIAL_TOLD_BEFORE > timeOf(work, subscription)) return;
  emit(work, "customer.subscription.trial_will_end", subscription);
}

/** A trial is over and nobody can be charged: true when that ended or paused the subscription, as it was to. */
export function stopsWithoutCard(work: Work, subscription: Subscription): boolean {
  if (subscription.collection_method !== "charge_automatically" || cardOf(work, subscription)) return false;
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (behavior === "cancel") cancelNow(work, subscription.id, "cancellation_requested");
  if (behavior === "pause") {
    const paused = changeSubscription(work, subscription.id, { status: "paused" });
    emit(work, "customer.subscription.paused", paused);
  }
  return behavior === "cancel" || behavior === "pause";
}

/**
 * Gives free time, or ends it: nothing is charged until `trial_end`, and the cycle is counted from there:
 * https://docs.stripe.com/billing/subscriptions/trials, https://docs.stripe.com/api/subscriptions/update#update_subscription-trial_end.
 */
export function changeTrial(
  work: Work,
  id: string,
  asked: UpdateRequest & TrialRequest,
  patch: Partial<Subscription>,
): Subscription {
  const before = getSubscription(work, id);
  const now = timeOf(work, before);
  if (asked.trial_end === "now") return endTrial(work, before, asked, patch);
  const until = trialEnd(asked, now) ?? now;
  const items = planChange(work, before, { ...asked, proration_behavior: "none" }, now).items;
  const free = items.map((item) => ({ ...item, current_period_start: now, current_period_end: until }));
  const back = unusedLines(work, before, asked.proration_behavior, now);
  addPendingLines(work, before, back);
  const lines = [...pendingLines(work, before), ...free.map((item) => trialLine(work, item))];
  const period = { start: now, end: now };
  const invoice = draftInvoice(work, before, { reason: "subscription_update", lines, period });
  const after = changeSubscription(work, id, {
    ...patch,
    billing_cycle_anchor: until,
    items: itemList(id, free),
    latest_invoice: invoice.id,
    status: "trialing",
    trial_end: until,
    trial_start: isInTrial(before, now) ? before.trial_start : now,
  });
  scheduleRenewal(work, after);
  scheduleTrialEnd(work, after);
  finalizeInvoice(work, invoice.id);
  return getSubscription(work, id);
}

/** What of the running period was paid for and is now free. */
function unusedLines(
  work: Work,
  before: Subscription,
  behavior: ChangeRequest["proration_behavior"],
  now: number,
): LineDraft[] {
  if (behavior === "none" || isInTrial(before, now)) return [];
  return before.items.data
    .filter((item) => item.current_period_end > now)
    .map((item) => prorationLine(work, item, before.billing_cycle_anchor, { now, sign: -1 }))
    .filter(({ amount }) => amount !== 0);
}

/** The trial is over at once (recorded: 12_subscriptions): a cycle begins now, and is billed. */
function endTrial(
  work: Work,
  before: Subscription,
  asked: UpdateRequest,
  patch: Partial<Subscription>,
): Subscription {
  const now = timeOf(work, before);
  if (!isInTrial(before, now)) return changeSubscription(work, before.id, patch);
  const ended = changeSubscription(work, before.id, { ...patch, trial_end: now });
  if (stopsWithoutCard(work, ended)) return getSubscription(work, before.id);
  // Whoever has no card is billed all the same, and is past due.
  const change: UpdateRequest = {
    ...asked,
    billing_cycle_anchor: { type: "now" },
    proration_behavior: "none",
    ...(cardOf(work, ended) ? {} : { payment_behavior: "default_incomplete" }),
  };
  return updateSubscription(work, before.id, change, { status: "active" });
}
