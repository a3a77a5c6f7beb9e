import type Stripe from "stripe";
import { actOrFind, freshKey } from "./ask";
import { nextPhases, type PhaseParams, runningPhase, type Schedule, sameAgain } from "./schedule-phases";
import { scheduleOf } from "./schedules";
import { idOf } from "./translate";

/**
 * The card that renewals are charged to, of a subscription and of the schedule that manages it: on entering a phase Stripe
 * puts the schedule's card, or the phase's own, in the place of the subscription's (design note "Schedules").
 */
export async function setSubscriptionCard(
  stripe: Stripe,
  subscriptionId: string,
  paymentMethodId: string,
): Promise<object> {
  const subscription = await stripe.subscriptions.update(
    subscriptionId,
    { default_payment_method: paymentMethodId, expand: ["schedule"] },
    freshKey(),
  );
  const schedule = scheduleOf(subscription);
  return schedule ? setScheduleCard(stripe, schedule, paymentMethodId) : subscription;
}

async function setScheduleCard(stripe: Stripe, schedule: Schedule, card: string): Promise<object> {
  const running = runningPhase(schedule);
  const all = [...(running ? [running] : []), ...nextPhases(schedule)];
  const ownCards = all.flatMap((each) => idOf(each.default_payment_method) ?? []);
  const isDefault = idOf(schedule.default_settings.default_payment_method) === card;
  const hasOther = ownCards.some((each) => each !== card);
  if (isDefault && !hasOther) return schedule;
  const phases = all.map((each): PhaseParams => {
    const same = sameAgain(each, { isComing: each !== running });
    return same.default_payment_method ? { ...same, default_payment_method: card } : same;
  });
  return stripe.subscriptionSchedules.update(
    schedule.id,
    {
      default_settings: { default_payment_method: card },
      ...(hasOther ? { phases, proration_behavior: "none" } : {}),
    },
    freshKey(),
  );
}

/** One that Stripe has let go of already is removed. */
export function removeCard(stripe: Stripe, id: string): Promise<object> {
  return actOrFind(
    () => stripe.paymentMethods.detach(id, {}, freshKey()),
    () => stripe.paymentMethods.retrieve(id),
    ({ customer }) => customer === null,
  );
}
