import { idOf } from "../ids";
import { invalidParameter, refused } from "../wire/errors";
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
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { addedItemsParam, addInvoiceItems } from "./added-items";
import { automaticTaxParam } from "./automatic-tax";
import { nowOf } from "./clock";
import { discountsParam } from "./discounts";
import { emitChange } from "./events";
import { ownCard } from "./own-card";
import { enterPhase } from "./schedules-phases";
import { endSchedule, getSchedule, type Schedule } from "./schedules-rows";
import {
  addedByPhase,
  type DefaultSettings,
  type NewSchedule,
  newSchedule,
  putSchedule,
  scheduleFrom,
  startSchedule,
  withDefaults,
} from "./schedules-start";
import { type PhaseRequest, readPhases, scheduleAdvance } from "./schedules-update";
import { cancelNow } from "./subscription-cancel";
import { changeSubscription, getSubscription, hasEnded, type Subscription } from "./subscription-rows";

const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const endBehavior = oneOf("cancel", "release");
const instant = either<number, "now">(integer, oneOf("now"));

const collectionMethod = oneOf("charge_automatically", "send_invoice");
const cycleAnchor = oneOf("automatic", "phase_start");
const invoiceSettings = hash({ days_until_due: integer });

const phase = hash({
  add_invoice_items: addedItemsParam,
  automatic_tax: automaticTaxParam,
  billing_cycle_anchor: cycleAnchor,
  collection_method: collectionMethod,
  default_payment_method: word,
  default_tax_rates: list(word),
  description: text,
  discounts: discountsParam,
  duration: hash({ interval: needed(oneOf("day", "month", "week", "year")), interval_count: integer }),
  end_date: instant,
  invoice_settings: invoiceSettings,
  items: needed(list(hash({ metadata, price: needed(word), quantity: integer, tax_rates: list(word) }))),
  metadata,
  proration_behavior: prorationBehavior,
  start_date: instant,
  trial: flag,
  trial_end: instant,
});
const defaultSettings = hash({
  automatic_tax: automaticTaxParam,
  billing_cycle_anchor: cycleAnchor,
  collection_method: collectionMethod,
  default_payment_method: text,
  description: text,
  invoice_settings: invoiceSettings,
});
const updateShape = {
  default_settings: defaultSettings,
  end_behavior: endBehavior,
  metadata,
  phases: list(phase),
  proration_behavior: prorationBehavior,
};
const createShape = {
  customer: word,
  default_settings: defaultSettings,
  end_behavior: endBehavior,
  from_subscription: word,
  metadata,
  phases: list(phase),
  start_date: instant,
};

export const scheduleRoutes: Route[] = [
  route("POST", "/v1/subscription_schedules", createShape, create),
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
    (work, { invoice_now: invoiceNow = true, prorate = true }, id) => {
      const subscription = idOf(running(work, id, "cancel", "canceled").subscription);
      // Both are done unless told otherwise (documentation, "Cancel a schedule").
      if (subscription) cancelNow(work, subscription, "cancellation_requested", { invoiceNow, prorate });
      else endSchedule(work, id, "canceled");
      return getSchedule(work, id);
    },
  ),
];

function create(work: Work, params: Values<typeof createShape>): Schedule {
  const { from_subscription, metadata: given, ...asked } = params;
  const own = { metadata: mergeMetadata({}, given) };
  assertOwnCards(work, params, params.customer ?? "");
  if (!from_subscription) {
    const schedule = putSchedule(work, { ...newSchedule(work, asked as NewSchedule), ...own });
    startSchedule(work, schedule.id);
    return getSchedule(work, schedule.id);
  }
  const named = Object.entries(asked).find(([, value]) => value !== undefined);
  if (named)
    throw invalidParameter(
      `You cannot set \`${named[0]}\` when creating a schedule with \`from_subscription\`.`,
      named[0],
    );
  const subscription = getSubscription(work, from_subscription, "from_subscription");
  assertFree(subscription);
  const schedule = putSchedule(work, { ...scheduleFrom(work, subscription), ...own });
  changeSubscription(work, subscription.id, { schedule: schedule.id });
  return schedule;
}

function assertOwnCards(
  work: Work,
  params: Pick<Values<typeof createShape>, "default_settings" | "phases">,
  customer: string,
): void {
  for (const { default_payment_method: card } of [
    params.default_settings ?? {},
    ...(params.phases ?? []),
  ] as {
    default_payment_method?: string | null;
  }[])
    if (card) ownCard(work, customer, card);
}

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
  if (before.status !== "active" && before.status !== "not_started")
    throw refused(
      `You cannot update a subscription schedule that is currently in the \`${before.status}\` status.`,
    );
  const customer = idOf(before.customer) ?? "";
  assertOwnCards(work, params, customer);
  const at = { now: nowOf(work, customer), currency: before.phases[0]?.currency ?? "usd", current: before };
  const phases = params.phases && readPhases(work, params.phases as PhaseRequest[], at);
  const after = work.store.update("subscription_schedule", id, {
    default_settings: withDefaults(
      before.default_settings,
      (params.default_settings ?? {}) as DefaultSettings,
    ),
    end_behavior: params.end_behavior ?? before.end_behavior,
    metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
    ...(phases ? { phases, current_phase: currentOf(work, before, phases) } : {}),
  });
  emitChange(work, "subscription_schedule.updated", before, after);
  scheduleAdvance(work, after);
  const running = after.phases.find(({ start_date }) => start_date === after.current_phase?.start_date);
  // What is said of the running phase holds at once, and what is not said of it any more is gone.
  if (phases && running && after.subscription) {
    // Whether Stripe bills again what is said again of the running phase, nothing we could read tells: the harder of both.
    addInvoiceItems(work, getSubscription(work, idOf(after.subscription) ?? ""), addedByPhase(running));
    enterPhase(work, after, running, params.proration_behavior ?? "create_prorations");
  }
  return getSchedule(work, id);
}

function currentOf(work: Work, schedule: Schedule, phases: Schedule["phases"]): Schedule["current_phase"] {
  const now = nowOf(work, idOf(schedule.customer));
  const phase = phases.find(({ start_date, end_date }) => start_date <= now && now < end_date);
  return phase ? { end_date: phase.end_date, start_date: phase.start_date } : null;
}
