import type Stripe from "stripe";
import type { Scene } from "../flow";
import { endOf, hoursAfter, startOf, subscriptionOf } from "./dashboard";

// A renewal's invoice is a draft for about an hour from the period's end, then it is finalized and charged.

/** To half an hour after the running period's end. Answers the subscription as it was before. */
export async function toRenewalDraft(scene: Scene): Promise<Stripe.Subscription> {
  const subscription = await subscriptionOf(scene);
  await scene.clock.advance({ to: hoursAfter(endOf(subscription), 0.5) });
  return subscription;
}

/** To two hours after the running period's end, when its renewal was charged. */
export async function pastRenewal(scene: Scene): Promise<Stripe.Subscription> {
  const subscription = await subscriptionOf(scene);
  await scene.clock.advance({ to: hoursAfter(endOf(subscription), 2) });
  return subscription;
}

/** To ten days after the running period's beginning, to the second: prorations are the same in every run of a day. */
export async function tenDaysOn(scene: Scene): Promise<void> {
  await scene.clock.advance({ to: hoursAfter(startOf(await subscriptionOf(scene)), 240) });
}
