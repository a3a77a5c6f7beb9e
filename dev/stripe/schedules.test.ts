import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

const subscribed = () => plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.premium }] });
const downgrade = async (begun: Stripe.Subscription, price = plans.prices.starter) => {
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
  const [running] = schedule.phases;
  const { start_date, end_date } = running ?? {};
  return stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: "release",
    phases: [
      { items: [{ price: plans.prices.premium, quantity: 1 }], start_date, end_date },
      {
        items: [{ price, quantity: 1 }],
        proration_behavior: "none",
        duration: { interval: "month", interval_count: 1 },
      },
    ],
  });
};
const types = async (prefix: string) => (await plans.eventsSince()).filter((type) => type.startsWith(prefix));

describe("a scheduled downgrade", () => {
  it("begins as what the subscription is now", async () => {
    const begun = await subscribed();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    expect(schedule).toMatchObject({ status: "active", subscription: begun.id, end_behavior: "release" });
    expect(schedule.phases).toMatchObject([
      {
        items: [{ price: plans.prices.premium, quantity: 1 }],
        start_date: itemOf(begun).current_period_start,
        end_date: itemOf(begun).current_period_end,
      },
    ]);
    expect((await stripe.subscriptions.retrieve(begun.id)).schedule).toBe(schedule.id);
    const second = stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    expect(await failureOf(second)).toMatchObject({ statusCode: 400 });
    expect((await stripe.subscriptionSchedules.list({ customer: String(begun.customer) })).data).toHaveLength(
      1,
    );
  });

  it("changes nothing before its boundary; then the renewal is for the new price, and later it lets go", async () => {
    const begun = await subscribed();
    const schedule = await downgrade(begun);
    const preview = await stripe.invoices.createPreview({ subscription: begun.id });
    expect(preview.total).toBe(1_000);
    await plans.moveTo("2026-02-28T08:59:59Z");
    expect(itemOf(await stripe.subscriptions.retrieve(begun.id)).price.id).toBe(plans.prices.premium);
    await plans.moveTo("2026-02-28T12:00:00Z");
    const after = await stripe.subscriptions.retrieve(begun.id, { expand: ["latest_invoice"] });
    expect(itemOf(after).price.id).toBe(plans.prices.starter);
    expect(isoOf(itemOf(after).current_period_end)).toBe("2026-03-31T09:00:00.000Z");
    expect(after.latest_invoice).toMatchObject({
      total: 1000,
      status: "paid",
      billing_reason: "subscription_update",
    });
    const running = await stripe.subscriptionSchedules.retrieve(schedule.id);
    expect(running.current_phase?.start_date).toBe(itemOf(begun).current_period_end);
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).schedule).toBeNull();
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({
      status: "released",
      released_subscription: begun.id,
    });
    const renewals = await stripe.invoices.list({ subscription: begun.id });
    expect(renewals.data.map(({ total }) => total)).toEqual([1_000, 1_000, 10_000]);
    expect(await types("subscription_schedule")).toEqual([
      "subscription_schedule.created",
      "subscription_schedule.updated",
      "subscription_schedule.updated",
      "subscription_schedule.released",
    ]);
  });

  it("from a year to a month counts its months from the boundary", async () => {
    const begun = await plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.yearly }] });
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    const { start_date, end_date } = schedule.phases[0] ?? {};
    await stripe.subscriptionSchedules.update(schedule.id, {
      phases: [
        { items: [{ price: plans.prices.yearly }], start_date, end_date },
        { items: [{ price: plans.prices.starter }] },
      ],
    });
    await plans.moveTo("2027-03-01T00:00:00Z");
    const invoices = await stripe.invoices.list({ subscription: begun.id });
    expect(invoices.data.map(({ total }) => total)).toEqual([1_000, 1_000, 100_000]);
    expect(isoOf(itemOf(await stripe.subscriptions.retrieve(begun.id)).current_period_end)).toBe(
      "2027-03-31T09:00:00.000Z",
    );
  });

  it("is taken back by releasing it, once", async () => {
    const begun = await subscribed();
    const { id } = await downgrade(begun);
    expect(await stripe.subscriptionSchedules.release(id)).toMatchObject({
      status: "released",
      subscription: null,
    });
    expect((await stripe.subscriptions.retrieve(begun.id)).schedule).toBeNull();
    expect(await failureOf(stripe.subscriptionSchedules.release(id))).toMatchObject({ statusCode: 400 });
    await plans.moveTo("2026-02-28T12:00:00Z");
    const invoices = await stripe.invoices.list({ subscription: begun.id });
    expect(invoices.data.map(({ total }) => total)).toEqual([10_000, 10_000]);
  });

  it("keeps hands off the subscription meanwhile", async () => {
    const begun = await subscribed();
    await downgrade(begun);
    const item = { id: itemOf(begun).id, price: plans.prices.starter };
    for (const params of [{ cancel_at_period_end: true }, { items: [item] }])
      expect(await failureOf(stripe.subscriptions.update(begun.id, params))).toMatchObject({
        statusCode: 400,
        message: expect.stringContaining("is managed by the subscription schedule"),
      });
    await stripe.subscriptions.update(begun.id, { metadata: { still: "possible" } });
  });

  it("ends with its subscription", async () => {
    const begun = await subscribed();
    const { id } = await downgrade(begun);
    await stripe.subscriptions.cancel(begun.id);
    expect((await stripe.subscriptionSchedules.retrieve(id)).status).toBe("canceled");
    const other = await subscribed();
    const second = await downgrade(other);
    expect(await stripe.subscriptionSchedules.cancel(second.id)).toMatchObject({ status: "canceled" });
    expect((await stripe.subscriptions.retrieve(other.id)).status).toBe("canceled");
  });

  it("must begin when what is running now began", async () => {
    const begun = await subscribed();
    const { id } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    const { start_date } = (await stripe.subscriptionSchedules.retrieve(id)).phases[0] ?? {};
    const phases = [{ items: [{ price: plans.prices.premium }], start_date: (start_date ?? 0) + 60 }];
    expect(await failureOf(stripe.subscriptionSchedules.update(id, { phases }))).toMatchObject({
      statusCode: 400,
    });
  });
});
