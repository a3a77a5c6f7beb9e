import type Stripe from "stripe";
import type { Asked } from "../billing/gateway";
import type { PlanInterval } from "../catalog/prices";
import { newId } from "../ids";
import { actOrFind, ask } from "./ask";
import type { PlanReader } from "./plan-reading";
import { idOf } from "./translate";

/** For what is harmless to repeat: an old answer repeated later would not be. */
const fresh = () => ({ idempotencyKey: newId() });

type Schedule = Stripe.SubscriptionSchedule;
type Phase = Schedule["phases"][number];

/** What comes after the running period. The schedule there is already is changed; else one is begun. */
export async function scheduleChange(
  { stripe, prices }: PlanReader,
  { subscriptionId, priceId }: { readonly subscriptionId: string; readonly priceId: string },
): Promise<Asked<object>> {
  const prepared = await ask(async () => {
    const price = (await prices.read([priceId]))(priceId);
    return { price, schedule: price && (await beginSchedule(stripe, subscriptionId)) };
  });
  if (prepared.kind !== "answered") return prepared;
  const { price, schedule } = prepared.value;
  if (!price || !schedule) return { kind: "refused", code: "unknown_price" };
  const running = schedule.phases.find((each) => each.start_date === schedule.current_phase?.start_date);
  if (!running) return { kind: "refused", code: "schedule_not_running" };
  return ask(async () => {
    const changesInterval = (await intervalOf(prices, running)) !== price.interval;
    return stripe.subscriptionSchedules.update(
      schedule.id,
      {
        end_behavior: "release",
        proration_behavior: "none",
        phases: [
          asItIs(running),
          {
            items: [{ price: priceId, quantity: 1 }],
            duration: { interval: price.interval, interval_count: 1 },
            // Not named, the old anchor would stay, and a year would not be invoiced until that comes round.
            ...(changesInterval ? { billing_cycle_anchor: "phase_start" } : {}),
            proration_behavior: "none",
            ...discountsOf(running),
          },
        ],
      },
      fresh(),
    );
  });
}

async function intervalOf(prices: PlanReader["prices"], phase: Phase): Promise<PlanInterval | null> {
  const priceId = idOf(phase.items[0]?.price) ?? "";
  return (await prices.read([priceId]))(priceId)?.interval ?? null;
}

/** What goes on differently does not end. Of two that ask at once, one begins the schedule and the other finds it. */
async function beginSchedule(stripe: Stripe, subscriptionId: string): Promise<Schedule> {
  const subscription = await stripe.subscriptions.retrieve(subscriptionId, { expand: ["schedule"] });
  const existing = scheduleOf(subscription);
  if (existing) return existing;
  await goOnAtPeriodEnd(stripe, subscription);
  const begun = await actOrFind<Schedule | null>(
    () => stripe.subscriptionSchedules.create({ from_subscription: subscriptionId }, fresh()),
    async () => scheduleOf(await stripe.subscriptions.retrieve(subscriptionId, { expand: ["schedule"] })),
    Boolean,
  );
  if (!begun) throw new Error("a schedule was begun or found");
  return begun;
}

const scheduleOf = ({ schedule }: Stripe.Subscription): Schedule | null =>
  typeof schedule === "object" ? schedule : null;

function asItIs(phase: Phase): Stripe.SubscriptionScheduleUpdateParams.Phase {
  return {
    items: phase.items.map(({ price, quantity }) => ({ price: idOf(price) ?? "", quantity: quantity ?? 1 })),
    start_date: phase.start_date,
    end_date: phase.end_date,
    ...discountsOf(phase),
  };
}

/** Not named, they would be taken off. */
function discountsOf({ discounts }: Phase): Pick<Stripe.SubscriptionScheduleUpdateParams.Phase, "discounts"> {
  if (discounts.length === 0) return {};
  return {
    discounts: discounts.map(({ coupon, discount, promotion_code }) => {
      const [known, code] = [idOf(discount), idOf(promotion_code)];
      if (known) return { discount: known };
      return code ? { promotion_code: code } : { coupon: idOf(coupon) ?? "" };
    }),
  };
}

/** One that is over already is released. */
export function releaseSchedule(stripe: Stripe, id: string): Promise<object> {
  return actOrFind(
    () => stripe.subscriptionSchedules.release(id, {}, fresh()),
    () => stripe.subscriptionSchedules.retrieve(id),
    ({ status }) => status !== "active" && status !== "not_started",
  );
}

export async function setCancelAtPeriodEnd(
  stripe: Stripe,
  subscriptionId: string,
  cancel: boolean,
): Promise<object> {
  if (cancel) return stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true }, fresh());
  await goOnAtPeriodEnd(stripe, await stripe.subscriptions.retrieve(subscriptionId));
  return {};
}

/** Stripe knows two ways to end, and each is taken back in its own. */
async function goOnAtPeriodEnd(stripe: Stripe, subscription: Stripe.Subscription): Promise<void> {
  const { id, cancel_at, cancel_at_period_end } = subscription;
  if (cancel_at_period_end) await stripe.subscriptions.update(id, { cancel_at_period_end: false }, fresh());
  else if (cancel_at !== null) await stripe.subscriptions.update(id, { cancel_at: "" }, fresh());
}

export function setSubscriptionCard(
  stripe: Stripe,
  subscriptionId: string,
  paymentMethodId: string,
): Promise<object> {
  return stripe.subscriptions.update(subscriptionId, { default_payment_method: paymentMethodId }, fresh());
}

/** One that Stripe has let go of already is removed. */
export function removeCard(stripe: Stripe, id: string): Promise<object> {
  return actOrFind(
    () => stripe.paymentMethods.detach(id, {}, fresh()),
    () => stripe.paymentMethods.retrieve(id),
    ({ customer }) => customer === null,
  );
}
