import { idOf } from "../ids";
import type { Work } from "../work";
import { emitChange } from "./events";
import { endSchedule, getSchedule, type Schedule } from "./schedules-rows";
import { cancelNow } from "./subscription-cancel";
import {
  changeSubscription,
  getSubscription,
  type Item,
  itemList,
  planOf,
  rhythmOf,
  type Subscription,
  timeOf,
} from "./subscription-rows";

type Phase = Schedule["phases"][number];

/** Brings a schedule to its phase of now: its subscription takes the prices, or goes on without a schedule. */
export function advanceSchedule(work: Work, id: string): void {
  const schedule = getSchedule(work, id);
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
  applyPhase(work, getSubscription(work, subscriptionId), phase);
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

function applyPhase(work: Work, subscription: Subscription, phase: Phase): void {
  const items = subscription.items.data.map((item, index) => {
    const wanted = phase.items[index];
    return wanted ? withPhaseItem(work, item, wanted) : item;
  });
  const [was, is] = [subscription.items.data[0], items[0]].map((item) => item && rhythmOf(item.price));
  const same = was?.interval === is?.interval && was?.interval_count === is?.interval_count;
  changeSubscription(work, subscription.id, {
    // Another rhythm counts from here on.
    billing_cycle_anchor: same ? subscription.billing_cycle_anchor : phase.start_date,
    items: itemList(subscription.id, items),
    ...(phase.default_payment_method ? { default_payment_method: phase.default_payment_method } : {}),
    ...(phase.metadata ? { metadata: { ...subscription.metadata, ...phase.metadata } } : {}),
  });
}

function withPhaseItem(work: Work, old: Item, wanted: Phase["items"][number]): Item {
  const price = work.store.get("price", idOf(wanted.price) ?? "");
  if (!price) throw new Error(`a phase of ${old.subscription} has no price`);
  return { ...old, plan: planOf(price), price, quantity: wanted.quantity ?? 1 };
}
