import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing, refused } from "../wire/errors";
import { pageOf } from "../wire/list";
import { integer, needed, pageShape, text, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { deleteCustomer, getCustomer } from "./customers";
import { emit, emitChange } from "./events";
import { boundary } from "./subscription-periods";
import { billingIntervalOf, hasEnded } from "./subscription-rows";

type TestClock = Stripe.TestHelpers.TestClock;

const KEPT_FOR = 30 * 24 * 3600;

export const testClockRoutes: Route[] = [
  route(
    "POST",
    "/v1/test_helpers/test_clocks",
    { customer: word, frozen_time: needed(integer), name: text },
    (work, params) => {
      const joining = params.customer ? loneCustomer(work, params.customer) : null;
      const clock = work.store.put("test_helpers.test_clock", {
        id: newId("clock"),
        object: "test_helpers.test_clock",
        created: work.now,
        deletes_after: work.now + KEPT_FOR,
        frozen_time: params.frozen_time,
        livemode: false,
        name: params.name ?? null,
        status: "ready",
        status_details: {},
      });
      emit(work, "test_helpers.test_clock.created", clock);
      if (joining) joinClock(work, joining, clock.id);
      return clock;
    },
  ),
  route("GET", "/v1/test_helpers/test_clocks", pageShape, (work, params) =>
    pageOf(
      work.store.list("test_helpers.test_clock"),
      params,
      "/v1/test_helpers/test_clocks",
      "test_helpers.test_clock",
    ),
  ),
  route("GET", "/v1/test_helpers/test_clocks/:id", {}, (work, _params, id) => getTestClock(work, id)),
  route(
    "POST",
    "/v1/test_helpers/test_clocks/:id/advance",
    { frozen_time: needed(integer) },
    (work, params, id) => advance(work, getTestClock(work, id), params.frozen_time),
  ),
  route("DELETE", "/v1/test_helpers/test_clocks/:id", {}, (work, _params, id) => {
    const clock = getTestClock(work, id);
    for (const customer of work.store.list("customer"))
      if (customer.test_clock === id) deleteCustomer(work, customer.id);
    for (const job of work.store.list("job")) if (job.clock === id) work.store.delete("job", job.id);
    work.store.delete("test_helpers.test_clock", id);
    emit(work, "test_helpers.test_clock.deleted", clock);
    return { id, object: "test_helpers.test_clock", deleted: true };
  }),
];

export function getTestClock(work: Work, id: string, param = "id"): TestClock {
  const clock = work.store.get("test_helpers.test_clock", id);
  if (!clock) throw missing("test_helpers.test_clock", id, param);
  return clock;
}

/** Says where the clock is going; its jobs take it there, one after the other. */
function advance(work: Work, clock: TestClock, target: number): TestClock {
  if (clock.status !== "ready")
    throw refused(
      `The test clock ${clock.id} cannot be advanced because its status is ${clock.status}. Wait until it is ready.`,
    );
  if (target <= clock.frozen_time)
    throw refused("A test clock can only be advanced to a time after its current frozen time.", {
      param: "frozen_time",
    });
  const most = furthest(work, clock);
  if (target > most)
    throw refused(
      "Cannot advance a test clock by more than two intervals of its shortest subscription, or two years without " +
        `any: not past ${most}.`,
      { param: "frozen_time" },
    );
  const advancing = work.store.update("test_helpers.test_clock", clock.id, {
    status: "advancing",
    status_details: { advancing: { target_frozen_time: target } },
  });
  emit(work, "test_helpers.test_clock.advancing", advancing);
  return advancing;
}

function furthest(work: Work, { id, frozen_time }: TestClock): number {
  const own = work.store.list("subscription").filter((row) => row.test_clock === id && !hasEnded(row));
  const intervals = own.flatMap((row) => row.items.data.map((item) => billingIntervalOf(item.price)));
  const ends = intervals.map((billingInterval) => boundary(frozen_time, billingInterval, 2));
  return Math.min(boundary(frozen_time, { interval: "year", interval_count: 1 }, 2), ...ends);
}

/** Puts an advancing clock at an instant on its way. */
export function tickTo(work: Work, id: string, seconds: number): void {
  const { frozen_time } = getTestClock(work, id);
  work.store.update("test_helpers.test_clock", id, { frozen_time: Math.max(frozen_time, seconds) });
}

export function finishAdvance(work: Work, id: string): void {
  const target = targetOf(getTestClock(work, id));
  if (target === null) return;
  const ready = work.store.update("test_helpers.test_clock", id, {
    frozen_time: target,
    status: "ready",
    status_details: {},
  });
  emit(work, "test_helpers.test_clock.ready", ready);
}

export function failAdvance(work: Work, id: string): void {
  const failed = work.store.update("test_helpers.test_clock", id, {
    status: "internal_failure",
    status_details: {},
  });
  emit(work, "test_helpers.test_clock.internal_failure", failed);
}

/** Where an advancing clock is going, in seconds. */
export function targetOf(clock: TestClock): number | null {
  return clock.status === "advancing" ? (clock.status_details.advancing?.target_frozen_time ?? null) : null;
}

function loneCustomer(work: Work, id: string): Stripe.Customer {
  const customer = getCustomer(work, id, "customer");
  if (!customer.test_clock) return customer;
  throw refused("This customer is already attached to a test clock.", { param: "customer" });
}

/** An existing customer, with all they have, goes by this clock from now on, for good (API changes of 2026-05-27). */
function joinClock(work: Work, customer: Stripe.Customer, test_clock: string): void {
  const own = new Set<string>();
  for (const table of ["subscription", "invoice", "subscription_schedule"] as const)
    for (const row of work.store.list(table)) {
      if (idOf(row.customer) !== customer.id) continue;
      own.add(row.id);
      work.store.update(table, row.id, { test_clock });
    }
  for (const intent of work.store.list("payment_intent"))
    if (idOf(intent.customer) === customer.id) own.add(intent.id);
  for (const job of work.store.list("job"))
    if (own.has(job.target)) work.store.update("job", job.id, { clock: test_clock });
  emitChange(work, "customer.updated", customer, work.store.update("customer", customer.id, { test_clock }));
}
