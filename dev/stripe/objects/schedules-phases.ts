import { idOf } from "../ids";
import type { Work } from "../work";
import { addInvoiceItems } from "./added-items";
import { emitChange } from "./events";
import { itemsOfPhase, type Phase, settingsOfPhase } from "./schedules-items";
import { endSchedule, getSchedule, type Schedule } from "./schedules-rows";
import { addedByPhase, discountsOfPhase, startSchedule } from "./schedules-start";
import { cancelNow } from "./subscription-cancel";
import type { ItemChange, ProrationBehavior } from "./subscription-change";
import { discountChanges } from "./subscription-discounts";
import {
  changeSubscription,
  getSubscription,
  type Item,
  isInTrial,
  itemList,
  periodEnd,
  type Subscription,
  timeOf,
} from "./subscription-rows";
import { changeTrial } from "./subscription-trials";
import { updateSubscription } from "./subscription-update";

/** Brings a schedule to its phase of now: its subscription takes what the phase says, or goes on without a schedule. */
export function advanceSchedule(work: Work, id: string): void {
  const schedule = getSchedule(work, id);
  if (schedule.status === "not_started") startSchedule(work, id);
  const subscriptionId = idOf(schedule.subscription);
  if (schedule.status !== "active" || !subscriptionId) return;
  const now = timeOf(work, getSubscription(work, subscriptionId));
  const phase = schedule.phases.find(({ start_date, end_date }) => start_date <= now && now < end_date);
  if (!phase) {
    finish(work, schedule, subscriptionId);
    return;
  }
  if (phase.start_date === schedule.current_phase?.start_date) return;
  const { start_date, end_date } = phase;
  const moved = work.store.update("subscription_schedule", id, { current_phase: { start_date, end_date } });
  emitChange(work, "subscription_schedule.updated", schedule, moved);
  addInvoiceItems(work, getSubscription(work, subscriptionId), addedByPhase(phase));
  enterPhase(work, moved, phase, phase.proration_behavior as ProrationBehavior);
}

function finish(work: Work, schedule: Schedule, subscription: string): void {
  if (schedule.end_behavior === "cancel") {
    endSchedule(work, schedule.id, "completed");
    work.store.update("subscription", subscription, { schedule: null });
    cancelNow(work, subscription, "cancellation_requested");
    return;
  }
  endSchedule(work, schedule.id, "released");
  changeSubscription(work, subscription, { schedule: null });
}

/**
 * Makes a schedule's subscription what a phase says. At the end of a period its renewal bills the new items; in the
 * middle of one it is a change like any other, prorated as `behavior` says.
 */
export function enterPhase(work: Work, schedule: Schedule, phase: Phase, behavior: ProrationBehavior): void {
  const subscription = getSubscription(work, idOf(schedule.subscription) ?? "");
  const resets = restartsCycle(schedule, phase);
  const now = timeOf(work, subscription);
  // Not named, the discounts are gone; a coupon is redeemed anew (contract, `phases.discounts`).
  const patch = {
    ...settingsOfPhase(work, schedule, phase, subscription),
    ...discountChanges(work, subscription, discountsOfPhase(phase), "phases[discounts]"),
  };
  const trial = trialOfPhase(subscription, phase, now);
  if (trial !== null) {
    const items = itemChanges(work, subscription, phase);
    changeTrial(work, subscription.id, { items, proration_behavior: behavior, trial_end: trial }, patch);
    return;
  }
  if (periodEnd(subscription) <= now) {
    changeSubscription(work, subscription.id, {
      ...patch,
      billing_cycle_anchor: resets ? phase.start_date : subscription.billing_cycle_anchor,
      items: itemList(subscription.id, itemsOfPhase(work, subscription, phase)),
    });
    return;
  }
  const items = itemChanges(work, subscription, phase);
  const anchor = resets && phase.start_date === now ? { billing_cycle_anchor: { type: "now" as const } } : {};
  if (items.length === 0 && !("billing_cycle_anchor" in anchor)) {
    changeSubscription(work, subscription.id, patch);
    return;
  }
  const asked = { items, proration_behavior: behavior, ...anchor };
  updateSubscription(work, subscription.id, asked, patch);
}

/**
 * The old anchor is kept, even by a price of another interval, unless the phase or the schedule says `phase_start`
 * (a sandbox, reported by the community: design note "Schedules").
 */
export function restartsCycle(schedule: Schedule, phase: Phase): boolean {
  return (phase.billing_cycle_anchor ?? schedule.default_settings.billing_cycle_anchor) === "phase_start";
}

/** A trial that a phase begins or moves; one that runs and is not named is over at once, the harder of what may be. */
function trialOfPhase(subscription: Subscription, phase: Phase, now: number): number | "now" | null {
  const asked = phase.trial_end !== null && phase.trial_end > now ? phase.trial_end : null;
  if (asked !== null) return asked === subscription.trial_end ? null : asked;
  return isInTrial(subscription, now) ? "now" : null;
}

function itemChanges(work: Work, subscription: Subscription, phase: Phase): ItemChange[] {
  const before = subscription.items.data;
  const after = itemsOfPhase(work, subscription, phase);
  const changed = after.flatMap((item): ItemChange[] => {
    const old = before.find(({ id }) => id === item.id);
    const { price, quantity, metadata } = item;
    const change = { price: price.id, quantity, metadata, tax_rates: ratesOf(item) };
    if (!old) return [change];
    return sells(old, item) ? [] : [{ id: item.id, ...change }];
  });
  const gone = before.filter((old) => !after.some(({ id }) => id === old.id));
  return [...changed, ...gone.map(({ id }) => ({ id, deleted: true }))];
}

const ratesOf = ({ tax_rates }: Item) => (tax_rates ?? []).map(({ id }) => id);

const sells = (one: Item, other: Item) =>
  one.price.id === other.price.id &&
  one.quantity === other.quantity &&
  ratesOf(one).join() === ratesOf(other).join();
