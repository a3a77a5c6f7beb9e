import { idOf } from "../ids";
import type { Work } from "../work";
import { clockOf, schedule } from "./clock";
import { periodEnd, type Subscription, timeOf } from "./subscription-rows";

type SubscriptionJob =
  | "renew_subscription"
  | "cancel_subscription"
  | "expire_incomplete"
  | "expire_pending_update"
  | "resume_collection"
  | "tell_trial_end";

/** Jobs look at the subscription again when they run, so one that is too many does nothing. */
export function scheduleFor(
  work: Work,
  subscription: Subscription,
  kind: SubscriptionJob,
  seconds: number,
): void {
  const clock = clockOf(work, idOf(subscription.customer));
  schedule(work, { kind, target: subscription.id, atMs: seconds * 1000, clock });
}

export function scheduleRenewal(work: Work, subscription: Subscription): void {
  scheduleFor(work, subscription, "renew_subscription", periodEnd(subscription));
}

/** Seconds: Stripe tells three days before a trial ends, or at once where it is shorter. */
export const TRIAL_TOLD_BEFORE = 3 * 24 * 3600;

export function scheduleTrialEnd(work: Work, subscription: Subscription): void {
  const { trial_end } = subscription;
  if (trial_end === null) return;
  const at = Math.max(timeOf(work, subscription), trial_end - TRIAL_TOLD_BEFORE);
  scheduleFor(work, subscription, "tell_trial_end", at);
}
