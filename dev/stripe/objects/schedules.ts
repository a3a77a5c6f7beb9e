import { idOf, newId } from "../ids";
import { refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  either,
  flag,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { clockOf, nowOf } from "./clock";
import { emit, emitChange } from "./events";
import { endSchedule, getSchedule, type Schedule } from "./schedules-rows";
import { type PhaseRequest, readPhases, scheduleAdvance } from "./schedules-update";
import { cancelNow } from "./subscription-cancel";
import {
  changeSubscription,
  getSubscription,
  hasEnded,
  periodEnd,
  type Subscription,
} from "./subscription-rows";

const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const endBehavior = oneOf("cancel", "release");
const instant = either<number, "now">(integer, oneOf("now"));

const phase = hash({
  default_payment_method: word,
  duration: hash({ interval: needed(oneOf("day", "month", "week", "year")), interval_count: integer }),
  end_date: instant,
  items: needed(list(hash({ metadata, price: needed(word), quantity: integer }))),
  metadata,
  proration_behavior: prorationBehavior,
  start_date: instant,
});
const updateShape = {
  end_behavior: endBehavior,
  metadata,
  phases: list(phase),
  proration_behavior: prorationBehavior,
};

export const scheduleRoutes: Route[] = [
  route(
    "POST",
    "/v1/subscription_schedules",
    { from_subscription: needed(word), metadata },
    (work, params) => {
      const subscription = getSubscription(work, params.from_subscription, "from_subscription");
      assertFree(subscription);
      const schedule = work.store.put("subscription_schedule", {
        ...scheduleFrom(work, subscription),
        metadata: mergeMetadata({}, params.metadata),
      });
      emit(work, "subscription_schedule.created", schedule);
      changeSubscription(work, subscription.id, { schedule: schedule.id });
      scheduleAdvance(work, schedule);
      return schedule;
    },
  ),
  route(
    "GET",
    "/v1/subscription_schedules",
    { ...pageShape, created, customer: word, scheduled: flag },
    (work, params) => {
      const rows = work.store
        .list("subscription_schedule")
        .filter((schedule) => within(schedule.created, params.created))
        .filter((schedule) => !params.customer || schedule.customer === params.customer)
        .filter((schedule) => !params.scheduled || schedule.status === "not_started");
      return pageOf(rows, params, "/v1/subscription_schedules", "subscription schedule");
    },
  ),
  route("GET", "/v1/subscription_schedules/:id", {}, (work, _params, id) => getSchedule(work, id)),
  route("POST", "/v1/subscription_schedules/:id", updateShape, update),
  route(
    "POST",
    "/v1/subscription_schedules/:id/release",
    { preserve_cancel_date: flag },
    (work, params, id) => {
      const schedule = running(work, id, "release", "released");
      const subscription = idOf(schedule.subscription);
      const released = endSchedule(work, id, "released");
      const dates = { cancel_at: null, cancel_at_period_end: false, canceled_at: null };
      const kept = params.preserve_cancel_date || schedule.end_behavior === "release";
      if (subscription) changeSubscription(work, subscription, { schedule: null, ...(kept ? {} : dates) });
      return released;
    },
  ),
  route(
    "POST",
    "/v1/subscription_schedules/:id/cancel",
    { invoice_now: flag, prorate: flag },
    (work, _params, id) => {
      const subscription = idOf(running(work, id, "cancel", "canceled").subscription);
      if (subscription) cancelNow(work, subscription, "cancellation_requested");
      return getSchedule(work, id);
    },
  ),
];

function running(work: Work, id: string, verb: string, done: string): Schedule {
  const schedule = getSchedule(work, id);
  if (schedule.status === "active" || schedule.status === "not_started") return schedule;
  throw refused(
    `You cannot ${verb} a subscription schedule that is currently in the \`${schedule.status}\` status. It can only be ` +
      `${done} while it is \`not_started\` or \`active\`.`,
  );
}

function assertFree(subscription: Subscription): void {
  if (subscription.schedule)
    throw refused(
      "You cannot migrate a subscription that is already attached to a schedule: " +
        `${subscription.schedule}.`,
      { param: "from_subscription" },
    );
  if (hasEnded(subscription) || subscription.status === "incomplete")
    throw refused(
      `You cannot create a subscription schedule from a subscription with the status ${subscription.status}.`,
      { param: "from_subscription" },
    );
}

function update(work: Work, params: Values<typeof updateShape>, id: string): Schedule {
  const before = getSchedule(work, id);
  if (before.status !== "active")
    throw refused(
      `You cannot update a subscription schedule that is currently in the \`${before.status}\` status.`,
    );
  const phases = params.phases && readPhases(work, before, params.phases as PhaseRequest[]);
  const after = work.store.update("subscription_schedule", id, {
    end_behavior: params.end_behavior ?? before.end_behavior,
    metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
    ...(phases ? { phases, current_phase: currentOf(work, before, phases) } : {}),
  });
  emitChange(work, "subscription_schedule.updated", before, after);
  scheduleAdvance(work, after);
  return after;
}

function currentOf(work: Work, schedule: Schedule, phases: Schedule["phases"]): Schedule["current_phase"] {
  const now = nowOf(work, idOf(schedule.customer));
  const phase = phases.find(({ start_date, end_date }) => start_date <= now && now < end_date);
  return phase ? { end_date: phase.end_date, start_date: phase.start_date } : null;
}

/** One phase: what the subscription is in now, until its period ends. */
function scheduleFrom(work: Work, subscription: Subscription): Schedule {
  const customer = idOf(subscription.customer) ?? "";
  const start_date = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const end_date = periodEnd(subscription);
  const items = subscription.items.data.map(({ price, quantity = 1, metadata }) => ({
    price: price.id,
    quantity,
    metadata,
  }));
  return {
    id: newId("sub_sched"),
    object: "subscription_schedule",
    application: null,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    canceled_at: null,
    completed_at: null,
    created: nowOf(work, customer),
    current_phase: { end_date, start_date },
    customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      automatic_tax: { disabled_reason: null, enabled: false, liability: null },
      billing_cycle_anchor: "automatic",
      billing_thresholds: null,
      collection_method: "charge_automatically",
      default_payment_method: idOf(subscription.default_payment_method),
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: "self" },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: subscription.cancel_at_period_end ? "cancel" : "release",
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: readPhases(work, null, [{ items, start_date, end_date }], subscription.currency),
    released_at: null,
    released_subscription: null,
    status: "active",
    subscription: subscription.id,
    test_clock: clockOf(work, customer),
  };
}
