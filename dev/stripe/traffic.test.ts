import { afterEach, expect, it } from "vitest";
import { Latency } from "./control/latency";
import { control, failureOf, simulate } from "./testing";
import { itemOf, simulatePlans } from "./testing-plans";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The wall stands still, so that everything is asked within one second. */
async function within(options: Parameters<typeof simulate>[0] = {}) {
  let second = 1_800_000_000;
  const made = await simulate({ now: () => second * 1000, ...options });
  closing.push(() => made.simulator.close());
  return { ...made, nextSecond: () => (second += 1) };
}

it("takes what comes unless limits are on", async () => {
  const { stripe } = await within();
  for (let count = 0; count < 40; count += 1) await stripe.customers.list();
});

it("takes 25 requests a second to one endpoint, says why and when, and forgets the next second", async () => {
  const { stripe, nextSecond } = await within({ limits: true });
  const made = [];
  for (let count = 0; count < 10; count += 1) made.push(await stripe.customers.create({}));
  nextSecond();
  for (let count = 0; count < 25; count += 1) await stripe.customers.retrieve(made[count % 10]?.id ?? "");
  const failure = await failureOf(stripe.customers.retrieve(made[0]?.id ?? ""));
  expect(failure).toMatchObject({ type: "StripeRateLimitError", statusCode: 429, code: "rate_limit" });
  expect(failure.headers).toMatchObject({
    "stripe-rate-limited-reason": "endpoint-rate",
    "retry-after": "1",
  });
  expect((await failureOf(stripe.products.list())).headers).toMatchObject({
    "stripe-rate-limited-reason": "global-rate",
  });
  nextSecond();
  await stripe.customers.retrieve(made[0]?.id ?? "");
});

it("saves nothing of a refused request under its idempotency key", async () => {
  const { simulator, stripe, nextSecond } = await within({ limits: true });
  for (let count = 0; count < 25; count += 1) await stripe.customers.list();
  const create = () => stripe.customers.create({ name: "once" }, { idempotencyKey: "once" });
  expect((await failureOf(create())).statusCode).toBe(429);
  nextSecond();
  await create();
  expect(simulator.store.count("customer")).toBe(1);
});

it("gives one subscription 20 new invoices a day, and renews it all the same", async () => {
  const plans = await simulatePlans();
  closing.push(() => plans.simulator.close());
  const subscription = await plans.subscribe();
  const { id } = subscription;
  const item = itemOf(subscription).id;
  const change = (price: string) =>
    plans.stripe.subscriptions.update(id, {
      items: [{ id: item, price }],
      proration_behavior: "always_invoice",
    });
  for (let count = 0; count < 19; count += 1)
    await change(count % 2 === 0 ? plans.prices.premium : plans.prices.starter);
  await control(plans.simulator, "POST", "/limits", { on: true });
  const failure = await failureOf(change(plans.prices.starter));
  expect(failure.statusCode).toBe(429);
  expect(failure.headers).toMatchObject({ "stripe-rate-limited-reason": "resource-specific" });
  const before = plans.simulator.store.count("invoice");
  await plans.moveTo("2026-02-28T12:00:00Z");
  expect(plans.simulator.store.count("invoice")).toBe(before + 1);
});

it("answers as slowly as the real one, the same for the same seed", () => {
  const waits = (seed: number) => {
    const latency = new Latency();
    latency.set("real", seed);
    return [
      ["POST", "/v1/customers"],
      ["GET", "/v1/customers"],
      ["GET", "/v1/customers/cus_123456"],
    ].map(([method = "", path = ""]) => {
      const wait = latency.next(method, path);
      return wait ? wait.before + wait.after : 0;
    });
  };
  const [write = 0, list = 0, single = 0] = waits(7);
  for (const ms of [write, list]) {
    expect(ms).toBeGreaterThanOrEqual(300);
    expect(ms).toBeLessThanOrEqual(800);
  }
  expect(single).toBeGreaterThanOrEqual(80);
  expect(single).toBeLessThanOrEqual(250);
  expect(waits(7)).toEqual([write, list, single]);
  expect(waits(8)).not.toEqual([write, list, single]);
});

it("is switched while it runs", async () => {
  const { stripe, simulator } = await simulate();
  closing.push(() => simulator.close());
  const put = (path: string, body: object) => control(simulator, "POST", path, body);
  expect((await put("/latency", { profile: "real", seed: 3 })).status).toBe(200);
  const started = performance.now();
  await stripe.customers.list();
  expect(performance.now() - started).toBeGreaterThan(290);
  expect((await put("/latency", { profile: "slow" })).status).toBe(400);
  await put("/latency", { profile: "none" });
  await put("/limits", { on: false });
  expect(await (await control(simulator, "GET", "/traffic")).json()).toEqual({
    latency: "none",
    limits: false,
  });
});
