import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { listenForEvents, simulate, until } from "./testing";
import { isoOf, itemOf, simulatePlans } from "./testing-plans";

const DAY_MS = 24 * 3600 * 1000;

it("runs everything of a jump in order, each at its own instant", async () => {
  const { simulator, stripe, subscribe, eventsSince } = await simulatePlans();
  const subscription = await subscribe();
  const since = Math.floor(simulator.clock.now() / 1000) + 60;
  await simulator.clock.moveTo(Date.parse("2026-03-31T12:00:00Z"));

  const invoices = await stripe.invoices.list({ subscription: subscription.id });
  const paidAt = invoices.data.map((invoice) => isoOf(invoice.status_transitions.paid_at));
  expect(paidAt).toEqual([
    "2026-03-31T10:00:00.000Z",
    "2026-02-28T10:00:00.000Z",
    "2026-01-31T09:00:00.000Z",
  ]);
  const [charge] = (await stripe.charges.list()).data;
  expect(isoOf(charge?.created)).toBe("2026-03-31T10:00:00.000Z");
  expect(charge?.balance_transaction).toMatch(/^txn_/);
  const types = (await eventsSince(since)).filter((type) => type.startsWith("invoice."));
  const renewal = ["invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"];
  expect(types.filter((type) => renewal.includes(type))).toEqual([...renewal, ...renewal]);
  await simulator.close();
});

it("tells who shares the clock before anything of the jump happens, and moves nothing if they fail", async () => {
  let [told, renewedWhenTold, fails] = [0, -1, false];
  let count = () => 0;
  const { simulator, subscribe } = await simulatePlans({
    onClockMoved: async (offsetMs) => {
      if (fails) throw new Error("not now");
      told = offsetMs;
      await new Promise((resume) => setTimeout(resume, 20));
      renewedWhenTold = count();
    },
  });
  count = () => simulator.store.count("invoice");
  await subscribe();
  const earlier = told;
  await simulator.clock.moveTo(simulator.clock.now() + 32 * DAY_MS);
  expect(told - earlier).toBeCloseTo(32 * DAY_MS, -4);
  expect([renewedWhenTold, count()]).toEqual([1, 2]);

  fails = true;
  const before = simulator.clock.now();
  await expect(simulator.clock.moveTo(before + 32 * DAY_MS)).rejects.toThrow("not now");
  expect(simulator.clock.now()).toBeCloseTo(before, -4);
  expect(count()).toBe(2);
  await simulator.close();
});

it("goes back without anything happening, for seeding a past", async () => {
  const { simulator, stripe, subscribe } = await simulatePlans();
  const start = simulator.clock.now();
  await simulator.clock.moveTo(start - 40 * DAY_MS);
  const subscription = await subscribe();
  expect(isoOf(itemOf(subscription).current_period_end)).toBe("2026-01-22T09:00:00.000Z");
  await simulator.clock.moveTo(start);
  const renewed = await stripe.subscriptions.retrieve(subscription.id);
  expect(isoOf(itemOf(renewed).current_period_end)).toBe("2026-02-22T09:00:00.000Z");
  expect(simulator.store.count("invoice")).toBe(2);
  await simulator.close();
});

it("keeps the moved time over a restart, and does what fell due meanwhile", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stripe-simulator-"));
  const dataFile = path.join(folder, "stripe.jsonl");
  const first = await simulate({ dataFile });
  await first.simulator.clock.moveTo(Date.now() + 10 * DAY_MS);
  const { id } = await first.stripe.checkout.sessions.create({
    mode: "setup",
    currency: "usd",
    success_url: "http://shop.test/done",
  });
  await first.simulator.close();

  const later = () => Date.now() + 2 * DAY_MS;
  const second = await simulate({ dataFile, now: later });
  expect(second.simulator.clock.now() - later()).toBeCloseTo(10 * DAY_MS, -4);
  await until(() => second.simulator.store.get("checkout.session", id)?.status === "expired");
  await second.simulator.close();
  fs.rmSync(folder, { recursive: true });
});

it("signs and retries by the clock on the wall, however far its own was moved", async () => {
  const endpoint = await listenForEvents((_received, nth) => (nth === 1 ? 500 : 200));
  const { simulator, stripe } = await simulate({ webhook: endpoint.webhook, webhookRetryDelaysMs: [50] });
  await simulator.clock.moveTo(Date.now() + 100 * DAY_MS);
  const customer = await stripe.customers.create();
  await until(() => endpoint.received.length === 2);
  expect(customer.created).toBeGreaterThan(Date.now() / 1000 + 99 * 24 * 3600);
  for (const { event, signature } of endpoint.received) {
    expect(event.created).toBe(customer.created);
    expect(Number(/t=(\d+)/.exec(signature)?.[1])).toBeCloseTo(Date.now() / 1000, -1);
  }
  await simulator.close();
  endpoint.close();
});
