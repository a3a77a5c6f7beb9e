import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type Stripe from "stripe";
import { expect, it } from "vitest";
import { failureOf, simulate, until } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

const START = Date.parse("2027-01-31T09:00:00Z") / 1000;
const DAY = 24 * 3600;

async function ready(stripe: Stripe, id: string, frozen_time: number) {
  const { testClocks } = stripe.testHelpers;
  const advancing = await testClocks.advance(id, { frozen_time });
  expect(advancing).toMatchObject({
    status: "advancing",
    status_details: { advancing: { target_frozen_time: frozen_time } },
  });
  for (;;) {
    const clock = await testClocks.retrieve(id);
    if (clock.status === "ready") return clock;
  }
}

async function subscribeOn({ stripe, customerWith, prices }: Plans, test_clock: string) {
  const { customer, card } = await customerWith("pm_card_visa", { test_clock });
  return stripe.subscriptions.create({
    customer,
    items: [{ price: prices.starter }],
    default_payment_method: card,
  });
}

it("takes those who live on it through time, and nobody else", async () => {
  const plans = await simulatePlans();
  const { stripe, subscribe, simulator } = plans;
  const bystander = await subscribe();
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START, name: "next year" });
  const subscription = await subscribeOn(plans, clock.id);
  expect(subscription).toMatchObject({ test_clock: clock.id, created: START });

  expect(await ready(stripe, clock.id, START + 40 * DAY)).toMatchObject({
    frozen_time: START + 40 * DAY,
    status_details: {},
  });
  const renewed = await stripe.subscriptions.retrieve(subscription.id);
  expect(isoOf(itemOf(renewed).current_period_end)).toBe("2027-03-31T09:00:00.000Z");
  const [renewal] = (await stripe.invoices.list({ subscription: subscription.id })).data;
  expect(renewal).toMatchObject({ status: "paid", test_clock: clock.id });
  expect(isoOf(renewal?.status_transitions.paid_at)).toBe("2027-02-28T10:00:00.000Z");
  expect(await stripe.subscriptions.retrieve(bystander.id)).toEqual(bystander);
  const types = simulator.store.list("event").map(({ type }) => type);
  expect(types.filter((type) => type.startsWith("test_helpers.")).reverse()).toEqual(
    ["created", "advancing", "ready"].map((what) => `test_helpers.test_clock.${what}`),
  );
  await simulator.close();
});

it("goes forwards only, and two periods at most", async () => {
  const plans = await simulatePlans();
  const { testClocks } = plans.stripe.testHelpers;
  const { id } = await testClocks.create({ frozen_time: START });
  await subscribeOn(plans, id);
  for (const frozen_time of [START, START - 1, START + 70 * DAY])
    expect(await failureOf(testClocks.advance(id, { frozen_time }))).toMatchObject({
      statusCode: 400,
      param: "frozen_time",
    });
  const two = [
    testClocks.advance(id, { frozen_time: START + 59 * DAY }),
    testClocks.advance(id, { frozen_time: START + 1 }),
  ];
  const outcomes = await Promise.allSettled(two);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await plans.simulator.close();
});

it("takes its customers and what they subscribe to along when it is deleted", async () => {
  const plans = await simulatePlans();
  const { stripe, simulator } = plans;
  const { id } = await stripe.testHelpers.testClocks.create({ frozen_time: START });
  const subscription = await subscribeOn(plans, id);
  const customer = String(subscription.customer);
  expect((await stripe.customers.list({ test_clock: id })).data.map((row) => row.id)).toEqual([customer]);
  expect((await stripe.customers.list()).data).toEqual([]);
  expect(await stripe.testHelpers.testClocks.del(id)).toMatchObject({ id, deleted: true });
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ deleted: true });
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe("canceled");
  expect(simulator.store.list("job").filter((job) => job.clock === id)).toEqual([]);
  await simulator.close();
});

it("goes on to where it was going after a restart in the middle", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stripe-simulator-"));
  const dataFile = path.join(folder, "stripe.jsonl");
  const before = await simulate({ dataFile });
  const { id } = await before.stripe.testHelpers.testClocks.create({ frozen_time: START });
  before.simulator.store.transact(() =>
    before.simulator.store.update("test_helpers.test_clock", id, {
      status: "advancing",
      status_details: { advancing: { target_frozen_time: START + DAY } },
    }),
  );
  await before.simulator.close();
  expect(before.simulator.store.get("test_helpers.test_clock", id)?.status).toBe("advancing");
  const after = await simulate({ dataFile });
  await until(() => after.simulator.store.get("test_helpers.test_clock", id)?.status === "ready");
  expect((await after.stripe.testHelpers.testClocks.retrieve(id)).frozen_time).toBe(START + DAY);
  await after.simulator.close();
  fs.rmSync(folder, { recursive: true });
});

it("is unknown, or on its way, to nobody's surprise", async () => {
  const { stripe, simulator } = await simulate();
  const { testClocks } = stripe.testHelpers;
  expect((await failureOf(testClocks.retrieve("clock_none"))).statusCode).toBe(404);
  const lost = await failureOf(stripe.customers.create({ test_clock: "clock_none" }));
  expect(lost).toMatchObject({ code: "resource_missing", param: "test_clock" });
  const { id } = await testClocks.create({ frozen_time: START });
  await testClocks.advance(id, { frozen_time: START + DAY });
  await until(() => simulator.store.get("test_helpers.test_clock", id)?.status === "ready");
  expect((await testClocks.list()).data.map((clock) => clock.frozen_time)).toEqual([START + DAY]);
  await simulator.close();
});

it("takes an existing customer, with everything that waits for them, for good", async () => {
  const plans = await simulatePlans();
  const { simulator, stripe, subscribe, moveTo } = plans;
  const { id, customer, latest_invoice } = await subscribe();
  const clock = await stripe.testHelpers.testClocks.create({
    frozen_time: Math.floor(simulator.clock.now() / 1000),
    customer: String(customer),
  });
  expect(await stripe.customers.retrieve(String(customer))).toMatchObject({ test_clock: clock.id });
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ test_clock: clock.id });
  await moveTo("2026-04-30T12:00:00Z");
  expect((await stripe.subscriptions.retrieve(id)).latest_invoice).toBe(latest_invoice);
  const march = Date.parse("2026-03-01T12:00:00Z") / 1000;
  await ready(stripe, clock.id, march);
  expect((await stripe.subscriptions.retrieve(id)).latest_invoice).not.toBe(latest_invoice);
  const twice = stripe.testHelpers.testClocks.create({ frozen_time: march, customer: String(customer) });
  expect((await failureOf(twice)).message).toContain("already attached to a test clock");
  await simulator.close();
});
