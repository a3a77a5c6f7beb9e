import { idOf } from "../ids";
import type { Work } from "../work";
import { clockOf, schedule } from "./clock";
import { periodEnd, type Subscription } from "./subscription-rows";

type SubscriptionJob =
  | "renew_subscription"
  | "cancel_subscription"
  | "expire_incomplete"
  | "expire_pending_update";

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
