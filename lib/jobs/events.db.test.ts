import { execFile } from "node:child_process";
import { eq, sql } from "drizzle-orm";
import Stripe from "stripe";
import { beforeEach, describe, expect, it } from "vitest";
import { stripeEvents } from "../../db/schema";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { bundleRequest, openShop } from "../../dev/testing/shop";
import { listAttention } from "../billing/attention/queries";
import { confirmOrder } from "../billing/orders/confirm";
import { placeOrder } from "../billing/orders/place";
import { lookAgainAtNobodys } from "../billing/subscriptions/look-again";
import { retryEvent } from "../desk/events/retry";
import { newId } from "../ids";
import { receiveWebhook } from "../stripe/webhook";
import { listParkedEvents, MAX_TRIES, sweepEvents, tryEvent } from "./events";

const shop = openShop();
const BY = { operatorId: newId(), reason: "mended" };
const secret = "whsec_events";

beforeEach(() => shop.owner`delete from stripe_events`);

async function deliver(body: string): Promise<string> {
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
  const received = await receiveWebhook(shop.deps, { secrets: [secret], live: false }, { body, signature });
  if (!received.ok) throw new Error(received.error.code);
  return received.value.eventId;
}

const bodyOf = (object: object) =>
  JSON.stringify({
    id: `evt_${newId().replaceAll("-", "")}`,
    object: "event",
    type: "payment_intent.succeeded",
    api_version: Stripe.API_VERSION,
    livemode: false,
    created: 1_790_000_000,
    data: { object },
  });

/** An event of a charge whose answer nobody heard, while Stripe cannot be asked. */
async function deliverUnanswerable(): Promise<string> {
  const { faults } = shop.simulator;
  const buyer = await shop.makeBuyer();
  const placed = await placeOrder(shop.deps, bundleRequest(buyer));
  if (!placed.ok) throw new Error(placed.error.code);
  const ref = { accountId: buyer.accountId, orderId: placed.value.orderId };
  faults.add({ kind: "drop_after", match: { pathPattern: "/v1/payment_intents" }, times: 2 });
  await confirmOrder(shop.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
  faults.clear();
  const { data } = await shop.stripe.events.list({ type: "payment_intent.succeeded", limit: 100 });
  const event = data.find((each) => JSON.stringify(each).includes(ref.orderId));
  faults.add({ kind: "fail_before", match: { pathPattern: "/v1/payment_intents*" } });
  return deliver(JSON.stringify(event));
}

const rowOf = async (id: string) => {
  const [row] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
  if (!row) throw new Error(`${id} is stored`);
  return row;
};
const jobsOf = (id: string) =>
  shop.owner<{ wait: number }[]>`
    select extract(epoch from run_at - now())::int as wait from graphile_worker.jobs where key = ${`event:${id}`}`;

const triedAlready = (id: string, tries: number) =>
  shop.owner`update stripe_events set tries = ${tries} where id = ${id}`;

/** Lets so much time pass for an event, and its job get lost. */
async function loseJob(id: string): Promise<void> {
  await shop.owner`delete from graphile_worker._private_jobs where key = ${`event:${id}`}`;
  await shop.owner`
    update stripe_events set received_at = received_at - interval '1 day', next_try_at = next_try_at - interval '1 day'
    where id = ${id}`;
}

/** A database whose every reading divides by zero. */
const failing = () => ({ from: () => ({ where: () => shop.db.execute(sql`select 1 / 0, 'a secret'`) }) });

describe("an event that cannot be handled (I16, I18)", () => {
  it("stays due and is tried again ever later, one job at a time, which the sweep leaves alone", async () => {
    const id = await deliverUnanswerable();
    await tryEvent(shop.deps, id);
    expect(await rowOf(id)).toMatchObject({ tries: 1, handledAt: null, parkedReason: null });
    await triedAlready(id, 5);
    for (const tries of [6, 7]) {
      await tryEvent(shop.deps, id);
      expect(await rowOf(id)).toMatchObject({ tries, handledAt: null, parkedReason: null });
      await shop.owner`update stripe_events set received_at = received_at - interval '1 hour' where id = ${id}`;
      await sweepEvents(shop.deps);
    }
    const jobs = await jobsOf(id);
    expect(jobs).toHaveLength(1);
    expect(jobs[0]?.wait).toBeGreaterThan(600); // e^7 seconds, and not the next minute again.
    expect(await rowOf(id)).toMatchObject({ tries: 7 });
  });

  it("gets its next job from within the one that fails, which is locked by its worker and ends", async () => {
    const id = await deliverUnanswerable();
    await shop.owner`
      update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker', attempts = 1 where key = ${`event:${id}`}`;
    await tryEvent(shop.deps, id);
    const next = await shop.owner`
      select key, locked_by, attempts from graphile_worker._private_jobs
      where payload->>'eventId' = ${id} and attempts < max_attempts`;
    expect(next).toEqual([{ key: `event:${id}`, locked_by: null, attempts: 0 }]);
  });

  it("runs again within a minute where the database gave its job no connection, however often", async () => {
    const failed = await deliverUnanswerable();
    shop.simulator.faults.clear();
    const putOff = await deliverUnanswerable();
    await triedAlready(putOff, 6);
    await tryEvent(shop.deps, putOff);
    // As the worker does with a job that fails: the queue itself says how long it waits.
    const [job] = await shop.owner`
      update graphile_worker._private_jobs
      set attempts = 7, run_at = now() + exp(7) * interval '1 second', last_error = 'JobFailed: DatabaseBusy'
      where key = ${`event:${failed}`} returning id`;
    expect((await jobsOf(failed))[0]?.wait).toBeGreaterThan(600);
    await sweepEvents(shop.deps);
    expect((await jobsOf(failed))[0]?.wait).toBeLessThanOrEqual(0);
    expect(await shop.owner`select attempts from graphile_worker.jobs where id = ${job?.id}`).toEqual([
      { attempts: 1 },
    ]);
    expect(await rowOf(failed)).toMatchObject({ tries: 0 });
    expect((await jobsOf(putOff))[0]?.wait).toBeGreaterThan(600); // Its own wait, which it was given on purpose.
  });

  it("is parked after the last try, listed, and tried by nobody until an operator says so", async () => {
    const id = await deliverUnanswerable();
    await triedAlready(id, MAX_TRIES - 2);
    await tryEvent(shop.deps, id);
    expect(await rowOf(id)).toMatchObject({ tries: MAX_TRIES - 1, parkedReason: null });
    await tryEvent(shop.deps, id);
    const parked = await rowOf(id);
    expect(parked).toMatchObject({ tries: MAX_TRIES, handledAt: null, nextTryAt: null });
    expect(parked.parkedReason).toContain("could not be looked up");
    await loseJob(id);
    await sweepEvents(shop.deps);
    await tryEvent(shop.deps, id);
    expect(await rowOf(id)).toEqual({ ...parked, receivedAt: expect.any(Date) });
    expect(await jobsOf(id)).toEqual([]);
    expect(await listParkedEvents(shop.db, 10)).toMatchObject({
      count: 1,
      events: [{ id, type: "payment_intent.succeeded", reason: parked.parkedReason }],
    });

    shop.simulator.faults.clear();
    expect(await retryEvent(shop.db, id, BY)).toBe(true);
    expect(await jobsOf(id)).toHaveLength(1);
    await tryEvent(shop.deps, id);
    expect((await rowOf(id)).handledAt).toBeInstanceOf(Date);
    expect(await retryEvent(shop.db, id, BY)).toBe(false);
  });

  it("ends also where every try takes its worker with it", async () => {
    const id = await deliverUnanswerable();
    for (let lost = 1; lost <= MAX_TRIES; lost += 1) {
      expect((await rowOf(id)).parkedReason).toBeNull();
      await loseJob(id);
      await sweepEvents(shop.deps);
    }
    expect(await rowOf(id)).toMatchObject({ parkedReason: "20 tries: its worker ended" });
  });

  it("keeps nothing of a query in its reason", async () => {
    const id = await deliverUnanswerable();
    const broken = { ...shop.deps, db: Object.create(shop.db, { select: { value: failing } }) };
    await tryEvent(broken, id);
    for (let tries = 1; tries < MAX_TRIES; tries += 1) await tryEvent(broken, id);
    expect((await rowOf(id)).parkedReason).toMatch(/^20 tries: \w+ 22012$/);
  });

  it("because it was stored as bytes is handled once it is retried, if it can be read", async () => {
    const odd = bodyOf({ id: "pi_x", object: "payment_intent", name: "a\u0000b" });
    const id = await deliver(odd);
    await tryEvent(shop.deps, id);
    expect(await rowOf(id)).toMatchObject({ handledAt: null, parkedReason: expect.any(String) });
    await retryEvent(shop.db, id, BY);
    await tryEvent(shop.deps, id);
    expect(await rowOf(id)).toMatchObject({ handledAt: expect.any(Date), parkedReason: null });
    const unread = await deliver("no JSON");
    await retryEvent(shop.db, unread, BY);
    await tryEvent(shop.deps, unread);
    expect(await rowOf(unread)).toMatchObject({ parkedReason: "not an event we understand" });
  });
});

it("a lost job of an event is brought back within minutes", async () => {
  const id = await deliver(bodyOf({ id: "pi_y", object: "payment_intent" }));
  await sweepEvents(shop.deps);
  expect(await rowOf(id)).toMatchObject({ tries: 0 });
  await loseJob(id);
  await sweepEvents(shop.deps);
  expect(await jobsOf(id)).toHaveLength(1);
  await tryEvent(shop.deps, id);
  expect((await rowOf(id)).handledAt).toBeInstanceOf(Date);
});

it("of another version of the API are told to an operator, once for all of it, until every one was handled", async () => {
  const told: object[] = [];
  const log = { info: () => {}, warn: () => {}, error: (facts: object) => void told.push(facts) };
  const deps = { ...shop.deps, log };
  const version = "2031-01-01.fennel";
  await shop.owner`delete from attention_items where object_id = ${version}`;
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const body = JSON.stringify({ ...JSON.parse(bodyOf({ id: "x", object: "x" })), api_version: version });
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret });
    const received = await receiveWebhook(deps, { secrets: [secret], live: false }, { body, signature });
    if (received.ok) ids.push(received.value.eventId);
  }
  const find = async () =>
    (await listAttention(shop.db, { all: true, most: 100 })).filter(({ objectId }) => objectId === version);
  const lookNow = async () => {
    // Instants are rounded to the millisecond: now, it may be due half of one later.
    await shop.owner`update attention_items set next_look_at = now() - interval '1 second'`;
    await lookAgainAtNobodys(deps, 100);
  };
  expect(await find()).toMatchObject([
    { account: null, object: "api_version", reason: "event_version_unknown", state: "open", timesOpened: 1 },
  ]);
  expect(told).toMatchObject([{ reason: "event_version_unknown", api_version: version }]);
  await lookNow();
  expect(await find()).toMatchObject([{ state: "open" }]);
  const by = await sayWho();
  expect(await events("retry", "--all", "evt_1", ...by)).toEqual([2, ""]);
  expect(await events("retry", "--all")).toEqual([2, ""]);
  expect(await events("retry", "--all", ...by)).toEqual([0, ""]);
  const kept = await actsOf(ids);
  expect(kept).toEqual(
    ids.toSorted().map((subject) => ({ kind: "replay_event", subject, reason: "mended" })),
  );
  await lookNow();
  expect(await find()).toMatchObject([{ state: "open" }]); // They wait for the worker.
  for (const id of ids) {
    // As the worker does: a busy machine may give a try no connection in time.
    for (let tries = 0; tries < 5 && !(await rowOf(id)).handledAt; tries += 1) await tryEvent(deps, id);
    expect(await rowOf(id)).toMatchObject({ handledAt: expect.any(Date) });
  }
  await lookNow();
  expect(await find()).toMatchObject([{ state: "resolved" }]);
});

it("the events command lists what is parked and tells by its exit code whether anything is", async () => {
  const id = await deliver("signed, and no event");
  expect(await events("list")).toEqual([1, expect.stringContaining(id)]);
  expect(await events("retry", id)).toEqual([2, ""]); // Nobody said who does it, and why.
  expect(await events("retry", id, "--as", "nobody@example.com", "--reason", "mended")).toEqual([1, ""]);
  expect(await actsOf([id])).toEqual([]);
  const by = await sayWho();
  expect(await events("retry", id, ...by)).toEqual([0, `${id}: will be tried again`]);
  expect(await actsOf([id])).toMatchObject([{ kind: "replay_event", reason: "mended" }]);
  expect(await events("retry", id, ...by)).toEqual([1, `${id}: is not a parked event`]);
  expect(await actsOf([id])).toHaveLength(1);
  expect(await events("list")).toEqual([0, ""]);
});

/** An operator, as a command is told who does it and why. */
async function sayWho(): Promise<string[]> {
  const { userId, email } = await shop.makeBuyer();
  await shop.owner`update users set is_operator = true where id = ${userId}`;
  return ["--as", email, "--reason", "mended"];
}
const actsOf = (subjects: readonly string[]) =>
  shop.owner`select kind, subject, reason from operator_acts where subject = any(${subjects}) order by subject`;

/** Exit code and standard output of `npm run events -- …`. */
async function events(...args: string[]): Promise<[number, string]> {
  const program = await compiled("lib/desk/commands/events-main.ts");
  const env = {
    ...process.env,
    DATABASE_URL: shop.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_events",
    STRIPE_WEBHOOK_SECRET: "whsec_events",
  };
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { env, cwd: ROOT }, (error, stdout) =>
      resolve([Number(error?.code ?? 0), stdout.trim()]),
    ),
  );
}
