import { inArray } from "drizzle-orm";
import Stripe from "stripe";
import { beforeEach, describe, expect, it } from "vitest";
import { stripeEvents } from "../../db/schema";
import { StripeLog } from "../../dev/bench/stripe-log";
import { HOUR, MINUTE, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import type { BillingDeps } from "../billing/deps";
import { concernsPlan, eventShape } from "../billing/event-shape";
import { openDueCycles } from "../billing/subscriptions/sweep";
import { receiveWebhook } from "../stripe/webhook";
import { sweepEvents, tryEvent } from "./events";

const shop = openPlanShop();
const secret = "whsec_together";

beforeEach(async () => {
  await shop.owner`delete from stripe_events`;
  await shop.owner`delete from graphile_worker._private_jobs`;
});

async function deliver(event: object): Promise<void> {
  const body = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
  const received = await receiveWebhook(shop.deps, { secrets: [secret], live: false }, { body, signature });
  if (!received.ok || received.value.parked) throw new Error(`${body} was not taken`);
}

/** All that Stripe has sent about a customer's plan since, the oldest first. */
async function planEventsSince(who: Subscriber, at: Date): Promise<Stripe.Event[]> {
  const customer = await shop.customerOf(who);
  const gte = Math.floor(at.getTime() / 1_000);
  const { data } = await shop.stripe.events.list({ created: { gte }, limit: 100 });
  const isOfPlan = (event: Stripe.Event) => concernsPlan(eventShape.parse(event));
  return data.filter((each) => isOfPlan(each) && JSON.stringify(each).includes(customer)).reverse();
}

/** What the jobs name, all begun at the same moment, as workers do it. */
async function work(deps: BillingDeps = shop.deps): Promise<number> {
  const all = await shop.owner<{ key: string; eventId: string | null }[]>`
    delete from graphile_worker._private_jobs returning key, payload->>'eventId' as "eventId"`;
  // The others send mails.
  const jobs = all.flatMap(({ eventId }) => eventId ?? []);
  await Promise.all(jobs.map((eventId) => tryEvent(deps, eventId)));
  return jobs.length;
}

/** All that Stripe is asked meanwhile, the oldest first. */
async function requestsOf(step: () => Promise<unknown>): Promise<string[]> {
  const log = new StripeLog(shop.simulator.url);
  await log.take();
  await step();
  return (await log.take()).map(({ method, path }) => `${method} ${path}`).reverse();
}

const readsOf = async (step: () => Promise<unknown>): Promise<number> =>
  (await requestsOf(step)).filter((each) => each === "GET /v1/invoices").length;

const unhandled = () => shop.owner<{ id: string }[]>`select id from stripe_events where handled_at is null`;

async function letRenew(): Promise<{ who: Subscriber; end: number; events: Stripe.Event[] }> {
  const who = await shop.makeSubscriber();
  const { items } = await shop.subscriptionOf(who);
  const end = (items.data[0]?.current_period_end ?? 0) * 1_000;
  await shop.clock.moveTo(new Date(end + 2 * HOUR));
  const events = await planEventsSince(who, new Date(end));
  expect(events.length).toBeGreaterThanOrEqual(3);
  return { who, end, events };
}

describe("the events of a plan that come together", () => {
  // Each event is handled within minutes (I18), and what a draft says is an hour older than its payment.
  it("cost a renewal two requests of Stripe, a list for its draft and one for its payment, and are all handled by these", async () => {
    const { who, end, events } = await letRenew();
    const isAtBoundary = ({ created }: Stripe.Event) => created * 1_000 < end + 5 * MINUTE;
    const bursts = [events.filter(isAtBoundary), events.filter((each) => !isAtBoundary(each))];
    for (const burst of bursts) {
      expect(burst.length).toBeGreaterThan(0);
      await Promise.all(burst.map(deliver));
      const asked = await requestsOf(async () => expect(await work()).toBe(1));
      expect(asked).toEqual(["GET /v1/invoices"]);
    }
    // The cycle was opened by itself, and whoever looks asks nothing.
    expect(await requestsOf(() => openDueCycles(shop.db, shop.deps.log))).toEqual([]);
    expect(await unhandled()).toEqual([]);
    const { periods, remaining } = await shop.stateOf(who);
    expect(periods.filter((each) => each.startsWith("starter paid"))).toHaveLength(2);
    expect(remaining).toBe(24_000_000n);
  });

  it("are each other's only where they are stored before the read begins", async () => {
    const { events } = await letRenew();
    const [early, late] = [events.slice(0, 2), events.slice(2)];
    await Promise.all(early.map(deliver));
    const readBilling: BillingDeps["plans"]["readBilling"] = async (customer, known) => {
      const answer = await shop.deps.plans.readBilling(customer, known);
      await Promise.all(late.map(deliver)); // Nobody knows whether what was read says what these tell.
      return answer;
    };
    await work({ ...shop.deps, plans: { ...shop.deps.plans, readBilling } });
    const ids = late.map(({ id }) => id).sort();
    expect((await unhandled()).map(({ id }) => id).sort()).toEqual(ids);
    expect(await readsOf(() => work())).toBe(1);
    expect(await unhandled()).toEqual([]);
  });

  it("are kept while Stripe cannot be asked, and are all handled by the first read that succeeds", async () => {
    const { events } = await letRenew();
    await Promise.all(events.map(deliver));
    shop.simulator.faults.add({ kind: "fail_before", match: { pathPattern: "/v1/invoices*" } });
    await work();
    expect(await unhandled()).toHaveLength(events.length);
    // The one that was tried waits for its next try; the others have no job of their own, and are found by the sweep.
    await shop.owner`update stripe_events set received_at = received_at - interval '1 hour'`;
    await sweepEvents(shop.deps);
    const jobs = await shop.owner`select key from graphile_worker.jobs`;
    expect(jobs).toHaveLength(events.length);
    shop.simulator.faults.clear();
    const last = events.at(-1)?.id ?? "";
    expect(await readsOf(() => tryEvent(shop.deps, last))).toBe(1);
    expect(await unhandled()).toEqual([]);
    const handled = await shop.db
      .select()
      .from(stripeEvents)
      .where(
        inArray(
          stripeEvents.id,
          events.map(({ id }) => id),
        ),
      );
    expect(handled).toHaveLength(events.length);
    expect(await readsOf(() => work())).toBe(0);
  });

  it("do not put their job off, however many come one after another", async () => {
    const { events } = await letRenew();
    const [first, ...others] = events;
    if (!first) throw new Error("there are events");
    const ofPlan = () =>
      shop.owner<{ eventId: string; runAt: Date; attempts: number }[]>`
        select payload->>'eventId' as "eventId", run_at as "runAt", attempts
        from graphile_worker._private_jobs where key like 'plan:%'`;
    await deliver(first);
    const [begun] = await ofPlan();
    for (const each of others) await deliver(each);
    expect(await ofPlan()).toEqual([{ ...begun, eventId: others.at(-1)?.id }]);

    // One that failed and waits runs soon once another one comes.
    await shop.owner`
      update graphile_worker._private_jobs set attempts = 9, run_at = now() + interval '2 hours' where key like 'plan:%'`;
    await shop.owner`delete from stripe_events where id = ${first.id}`;
    await deliver(first);
    const [again] = await ofPlan();
    expect(again).toMatchObject({ eventId: first.id, attempts: 0 });
    expect(Number(again?.runAt) - Number(begun?.runAt)).toBeLessThan(HOUR);
    expect(await readsOf(() => work())).toBe(1);
    expect(await unhandled()).toEqual([]);
  });

  it("of two customers are two jobs", async () => {
    const [one, two] = [await letRenew(), await letRenew()];
    await Promise.all([...one.events, ...two.events].map(deliver));
    expect(await readsOf(() => work())).toBe(2);
    expect(await unhandled()).toEqual([]);
  });
});
