import type Stripe from "stripe";
import { idOf } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { emit } from "./events";

export type Schedule = Stripe.SubscriptionSchedule;

export function getSchedule(work: Work, id: string): Schedule {
  const schedule = work.store.get("subscription_schedule", id);
  if (!schedule) throw missing("subscription schedule", id);
  return schedule;
}

/** Ends a schedule; what becomes of its subscription is the caller's. */
export function endSchedule(work: Work, id: string, status: "canceled" | "completed" | "released"): Schedule {
  const schedule = getSchedule(work, id);
  const at = nowOf(work, idOf(schedule.customer));
  const released = status === "released";
  const ended = work.store.update("subscription_schedule", id, {
    canceled_at: status === "canceled" ? at : null,
    completed_at: status === "completed" ? at : null,
    current_phase: null,
    released_at: released ? at : null,
    released_subscription: released ? idOf(schedule.subscription) : null,
    status,
    subscription: released ? null : schedule.subscription,
  });
  emit(work, `subscription_schedule.${status}`, ended);
  return ended;
}
