import type Stripe from "stripe";
import type { ProviderAnswer } from "../billing/gateway";
import { CHANGE_PLANNED, type PlanGateway } from "../billing/plan-gateway";
import { markOf, ownerOf, SCHEDULE_METADATA, type ScheduleOwner } from "../billing/subscriptions/schedules";
import type { PlanInterval } from "../catalog/prices";
import { actOrFind, ask, freshKey } from "./ask";
import { cancelAtPeriodEnd, endsByPeriodEnd, goOnAtPeriodEnd, isOperatorsEnd } from "./cancellations";
import type { PlanReader } from "./plan-reading";
import {
  nextPhases,
  type Phase,
  type PhaseParams,
  runningPhase,
  type Schedule,
  sameAgain,
  settingsOf,
  toItemParams,
} from "./schedule-phases";
import { idOf } from "./translate";

const PLANNED = { kind: "refused", code: CHANGE_PLANNED } as const;

/** See `PlanGateway.scheduleChange`. Whose the schedule is, is read again right before it is changed. */
export async function scheduleChange(
  { stripe, prices }: PlanReader,
  { subscriptionId, priceId, isPlain = false }: Parameters<PlanGateway["scheduleChange"]>[0],
): Promise<ProviderAnswer<object>> {
  const prepared = await ask(async () => {
    const price = (await prices.read([priceId]))(priceId);
    const take = isPlain ? createOrFind : takeSchedule;
    return { price, schedule: price && (await take(stripe, subscriptionId)) };
  });
  if (prepared.kind !== "answered") return prepared;
  const { price, schedule } = prepared.value;
  if (schedule === "operator_ends_it") return PLANNED;
  if (!price || !schedule) return { kind: "refused", code: "unknown_price" };
  if (isOperators(schedule)) return PLANNED;
  const running = runningPhase(schedule);
  if (!running) return { kind: "refused", code: "schedule_not_running" };
  const item = await ask(() => planItemOf(prices, running));
  if (item.kind !== "answered") return item;
  if (!item.value) return { kind: "refused", code: "no_plan_item" };
  const { from, interval } = item.value;
  const coming: PhaseParams = {
    ...settingsOf(running),
    items: running.items.map((each) =>
      each === from ? { ...toItemParams(each), price: priceId } : toItemParams(each),
    ),
    duration: { interval: price.interval, interval_count: 1 },
    // Not named, the old anchor would stay, and a year would not be invoiced until that comes round.
    ...(interval === price.interval ? {} : { billing_cycle_anchor: "phase_start" }),
    proration_behavior: "none",
  };
  return ask(() =>
    stripe.subscriptionSchedules.update(
      schedule.id,
      {
        end_behavior: "release",
        proration_behavior: "none",
        metadata: ourMetadata({
          chosen: `${price.plan}, ${price.interval}`,
          start: running.end_date,
          coming,
        }),
        phases: [sameAgain(running, { isComing: false }), coming],
      },
      freshKey(),
    ),
  );
}

function ourMetadata({
  chosen,
  start,
  coming,
}: {
  readonly chosen: string;
  /** Seconds. */
  readonly start: number;
  readonly coming: PhaseParams;
}): Record<string, string> {
  const items = coming.items.map(({ price = "", quantity = 1 }) => ({ price: { priceId: price }, quantity }));
  const mark = markOf({ start: new Date(start * 1000), items });
  return { [SCHEDULE_METADATA.chosen]: chosen, [SCHEDULE_METADATA.phase]: mark };
}

/** The item of a phase that has the plan, and its interval where that can be read; null where nobody can tell which. */
async function planItemOf(
  prices: PlanReader["prices"],
  { items }: Phase,
): Promise<{ readonly from: Phase["items"][number]; readonly interval: PlanInterval | null } | null> {
  const planOf = await prices.read(items.flatMap(({ price }) => idOf(price) ?? []));
  const sold = items.map((from) => ({ from, plan: planOf(idOf(from.price) ?? "") }));
  const ofPlans = sold.filter(({ plan }) => plan !== null);
  const [only, ...more] = ofPlans.length > 0 ? ofPlans : sold;
  return only && more.length === 0 ? { from: only.from, interval: only.plan?.interval ?? null } : null;
}

/** A schedule in the words in which `ownerOf` judges it. */
export const toPlanned = (schedule: Schedule) => ({
  metadata: schedule.metadata ?? {},
  endsByCancel: schedule.end_behavior === "cancel",
  next: nextPhases(schedule).map(({ start_date, items }) => ({
    start: new Date(start_date * 1000),
    items: items.map(({ price, quantity = 1 }) => ({ price: { priceId: idOf(price) ?? "" }, quantity })),
  })),
});

const ownerAtStripe = (schedule: Schedule): ScheduleOwner => ownerOf(toPlanned(schedule));

/** Whether somebody planned something in the dashboard, which no customer undoes. */
export const isOperators = (schedule: Schedule | null): boolean =>
  schedule !== null && ownerAtStripe(schedule) === "operator";

/** The schedule that manages a subscription; it must have been expanded. */
export const scheduleOf = ({ schedule }: Stripe.Subscription): Schedule | null =>
  schedule && typeof schedule === "object" ? schedule : null;

/** With its schedule. */
export const readSubscription = (stripe: Stripe, id: string): Promise<Stripe.Subscription> =>
  stripe.subscriptions.retrieve(id, { expand: ["schedule"] });

/** The schedule of a subscription, whosever it is; one is begun where there is none, unless an operator ends it. */
async function takeSchedule(stripe: Stripe, subscriptionId: string): Promise<Schedule | "operator_ends_it"> {
  const subscription = await readSubscription(stripe, subscriptionId);
  const existing = scheduleOf(subscription);
  if (existing) return existing;
  if (isOperatorsEnd(subscription)) return "operator_ends_it";
  // What goes on differently does not end.
  await goOnAtPeriodEnd(stripe, subscription);
  return createOrFind(stripe, subscriptionId);
}

/** Of two that ask at once, one begins the schedule and the other finds it; and an operator's is found, too. */
async function createOrFind(stripe: Stripe, subscriptionId: string): Promise<Schedule> {
  const begun = await actOrFind<Schedule | null>(
    () => stripe.subscriptionSchedules.create({ from_subscription: subscriptionId }, freshKey()),
    async () => scheduleOf(await readSubscription(stripe, subscriptionId)),
    Boolean,
  );
  if (!begun) throw new Error("a schedule was begun or found");
  return begun;
}

/** See `PlanGateway.setCancelAtPeriodEnd`. Whose the schedule is, is read again right before anything is changed. */
export async function setCancelAtPeriodEnd(
  stripe: Stripe,
  subscriptionId: string,
  cancel: boolean,
): Promise<ProviderAnswer<object>> {
  const found = await ask(() => readSubscription(stripe, subscriptionId));
  if (found.kind !== "answered") return found;
  const subscription = found.value;
  const schedule = scheduleOf(subscription);
  if (schedule && isOperators(schedule))
    return cancel ? ask(() => endWithPeriod(stripe, subscription, schedule)) : PLANNED;
  if (!cancel && isOperatorsEnd(subscription)) return PLANNED;
  return ask(async () => {
    // Stripe lets nobody cancel what a schedule manages.
    if (schedule) await releaseSchedule(stripe, schedule.id);
    if (!cancel) await goOnAtPeriodEnd(stripe, subscription);
    else if (!endsByPeriodEnd(subscription)) await cancelAtPeriodEnd(stripe, subscription);
    return {};
  });
}

/**
 * Under an operator's schedule: it ends the subscription with what is paid for, and what was to come is dropped. That is
 * not undone here, as only the operator knows what had been planned.
 */
async function endWithPeriod(
  stripe: Stripe,
  { items }: Stripe.Subscription,
  schedule: Schedule,
): Promise<object> {
  const running = runningPhase(schedule);
  if (!running) throw new Error(`schedule ${schedule.id} has no running phase`);
  const end_date = Math.max(...items.data.map((each) => each.current_period_end));
  // An end that is set for no later stays, whatever comes before it.
  const lastEnd = Math.max(...schedule.phases.map((each) => each.end_date));
  if (schedule.end_behavior === "cancel" && lastEnd <= end_date) return schedule;
  return stripe.subscriptionSchedules.update(
    schedule.id,
    {
      end_behavior: "cancel",
      proration_behavior: "none",
      phases: [{ ...sameAgain(running, { isComing: false }), end_date }],
    },
    freshKey(),
  );
}

/** One that is over already is released. */
export function releaseSchedule(stripe: Stripe, id: string): Promise<object> {
  return actOrFind(
    () => stripe.subscriptionSchedules.release(id, {}, freshKey()),
    () => stripe.subscriptionSchedules.retrieve(id),
    ({ status }) => status !== "active" && status !== "not_started",
  );
}

/** Says of a schedule that an earlier release made, and that is as it made it, that the customer chose it. */
export async function claimSchedule(
  stripe: Stripe,
  { scheduleId, chosen }: { readonly scheduleId: string; readonly chosen: string },
): Promise<object> {
  const schedule = await stripe.subscriptionSchedules.retrieve(scheduleId);
  const [coming] = toPlanned(schedule).next;
  if (!coming) return schedule;
  const metadata = { [SCHEDULE_METADATA.chosen]: chosen, [SCHEDULE_METADATA.phase]: markOf(coming) };
  return stripe.subscriptionSchedules.update(scheduleId, { metadata }, freshKey());
}
