import type Stripe from "stripe";
import { afterEach, expect, it } from "vitest";
import type { Simulator, SimulatorOptions } from "./server";
import { control, listenForEvents, type Received, SECRET, simulate, until } from "./testing";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(answer?: (received: Received, nth: number) => number, options: SimulatorOptions = {}) {
  const shop = await listenForEvents(answer);
  const { simulator, stripe } = await simulate({
    webhook: shop.webhook,
    webhookRetryDelaysMs: [20, 20, 20],
    ...options,
  });
  closing.push(
    () => shop.close(),
    () => simulator.close(),
  );
  return { shop, simulator, stripe };
}

const settled = (simulator: Simulator) =>
  until(() => simulator.store.list("delivery").every(({ state }) => state !== "pending"));

it("signs what it sends, with the request it came from", async () => {
  const { shop, simulator, stripe } = await start();
  const { id } = await stripe.customers.create({ name: "Ann" }, { idempotencyKey: "ann" });
  const { event } = await until(() => shop.received[0]);
  expect(event).toMatchObject({
    object: "event",
    type: "customer.created",
    api_version: "2026-10-28.endive",
    pending_webhooks: 1,
    request: { id: expect.stringMatching(/^req_/), idempotency_key: "ann" },
    data: { object: { id, name: "Ann" } },
  });
  await settled(simulator);
  expect((await stripe.events.retrieve(event.id)).pending_webhooks).toBe(0);
});

it("tells what was before an update, and nothing when nothing changed", async () => {
  const { shop, simulator, stripe } = await start();
  const { id } = await stripe.customers.create({ name: "Ann", metadata: { a: "1", b: "2" } });
  await stripe.customers.update(id, { name: "Ann" });
  await stripe.customers.update(id, { name: "Bea", metadata: { a: "3" } });
  await until(() => shop.received.length === 2);
  await settled(simulator);
  const updated = shop.received.find(({ event }) => event.type === "customer.updated");
  expect(updated?.event.data.previous_attributes).toEqual({ name: "Ann", metadata: { a: "1" } });
});

it("says whose card was detached", async () => {
  const { shop, stripe } = await start();
  const customer = (await stripe.customers.create({})).id;
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  await stripe.paymentMethods.detach(card.id);
  const { event } = await until(() =>
    shop.received.find((each) => each.event.type === "payment_method.detached"),
  );
  expect(event.data.previous_attributes).toEqual({ customer });
});

it.each([400, 500, 302])("sends again after a %s, signed anew, until it is taken", async (status) => {
  const { shop, simulator, stripe } = await start((_received, nth) => (nth < 3 ? status : 200));
  await stripe.customers.create({});
  await until(() => shop.received.length === 3);
  await settled(simulator);
  expect(new Set(shop.received.map(({ event }) => event.id)).size).toBe(1);
  expect(simulator.store.list("delivery")).toMatchObject([{ state: "delivered", attempts: 3 }]);
});

it("gives up after the last delay, and sends again on request", async () => {
  const { shop, simulator, stripe } = await start((_received, nth) => (nth <= 4 ? 500 : 200));
  await stripe.customers.create({});
  await until(() => simulator.store.list("delivery")[0]?.state === "failed");
  expect(shop.received.length).toBe(4);
  const eventId = shop.received[0]?.event.id;
  expect((await control(simulator, "POST", "/webhooks/redeliver", { eventId })).status).toBe(200);
  await until(() => shop.received.length === 5);
  expect((await control(simulator, "POST", "/webhooks/redeliver", { eventId: "evt_no" })).status).toBe(404);
});

it("treats an endpoint that does not answer in time like a refusal", async () => {
  const { shop, simulator, stripe } = await start(undefined, {
    webhookTimeoutMs: 1,
    webhookRetryDelaysMs: [],
  });
  shop.close();
  await stripe.customers.create({});
  await until(() => simulator.store.list("delivery")[0]?.state === "failed");
});

it("loses, doubles and delays what it is told to", async () => {
  const { shop, simulator, stripe } = await start();
  simulator.faults.add({ kind: "webhook_lost", times: 1 });
  await stripe.customers.create({ name: "lost" });
  await settled(simulator);
  expect(shop.received).toEqual([]);
  expect((await stripe.events.list()).data.length).toBe(1);

  simulator.faults.add({ kind: "webhook_doubled", match: { type: "customer.*" }, times: 1 });
  await stripe.customers.create({ name: "doubled" });
  await until(() => shop.received.length === 2);
  expect(shop.received[0]?.event.id).toBe(shop.received[1]?.event.id);
  await settled(simulator);

  simulator.faults.add({ kind: "webhook_late", ms: 80, times: 1 });
  const asked = Date.now();
  await stripe.customers.create({ name: "late" });
  await until(() => shop.received.length === 3);
  expect(Date.now() - asked).toBeGreaterThanOrEqual(75);
});

it.each([
  ["once enough are held", 3],
  ["on request", undefined],
])("delivers in reverse %s", async (_when, count) => {
  const { shop, simulator, stripe } = await start();
  simulator.faults.add({ kind: "webhook_reordered", count, times: 3 });
  for (const name of ["one", "two", "three"]) await stripe.customers.create({ name });
  if (!count) {
    await until(() => simulator.store.list("delivery").filter(({ state }) => state === "held").length === 3);
    expect(shop.received).toEqual([]);
    await control(simulator, "POST", "/webhooks/release");
  }
  await until(() => shop.received.length === 3);
  const names = shop.received.map(({ event }) => (event.data.object as Stripe.Customer).name);
  expect(names).toEqual(["three", "two", "one"]);
});

it("serves endpoints registered through the API, each with its own secret and taste", async () => {
  const shop = await listenForEvents();
  const { simulator, stripe } = await simulate();
  closing.push(
    () => shop.close(),
    () => simulator.close(),
  );
  const endpoint = await stripe.webhookEndpoints.create({
    url: shop.webhook.url,
    enabled_events: ["payment_method.attached"],
  });
  expect(endpoint.secret).toMatch(/^whsec_/);
  expect((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret).toBeUndefined();
  simulator.store.transact(() => simulator.store.put("secret", { id: endpoint.id, secret: SECRET }));
  const { id } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  await until(() => shop.received.length === 1);
  expect(shop.types()).toEqual(["payment_method.attached"]);
  await settled(simulator);
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
  await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
  expect(simulator.store.count("delivery")).toBe(1);
  await stripe.webhookEndpoints.del(endpoint.id);
  expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
});
