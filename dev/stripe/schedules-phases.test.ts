import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { itemOf, minuteOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

const subscribed = () => plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.premium }] });
/** The running phase as it is, and what comes after it. */
const follow = async (begun: Stripe.Subscription, ...next: Phase[]) => {
  const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
  return stripe.subscriptionSchedules.update(id, {
    phases: [runningOf(phases[0]), ...next],
  });
};
const runningOf = (phase: Stripe.SubscriptionSchedule.Phase | undefined): Phase => ({
  items: (phase?.items ?? []).map(({ price, quantity }) => ({
    price: String(price),
    quantity: quantity ?? 1,
  })),
  start_date: phase?.start_date ?? 0,
  end_date: phase?.end_date ?? 0,
});
const billsOf = async (id: string) => {
  const { data } = await stripe.invoices.list({ subscription: id });
  return data.map(
    ({ created, total, billing_reason }) => `${minuteOf(created)?.slice(0, 10)} ${total} ${billing_reason}`,
  );
};
const periodOf = async (id: string) => {
  const item = itemOf(await stripe.subscriptions.retrieve(id));
  return [minuteOf(item.current_period_start)?.slice(0, 10), minuteOf(item.current_period_end)?.slice(0, 10)];
};

describe("a phase of another interval", () => {
  const toYear = async (more: Partial<Phase>) => {
    const begun = await subscribed();
    await plans.moveTo("2026-04-01T00:00:00Z");
    await follow(begun, { items: [{ price: plans.prices.yearly }], proration_behavior: "none", ...more });
    return begun;
  };

  it("keeps the anchor there is: the year is had for nothing until that comes round", async () => {
    const { id } = await toYear({});
    await plans.moveTo("2026-12-31T00:00:00Z");
    expect(await periodOf(id)).toEqual(["2026-04-30", "2027-01-31"]);
    expect(await billsOf(id)).toEqual([
      "2026-03-31 10000 subscription_cycle",
      "2026-02-28 10000 subscription_cycle",
      "2026-01-31 10000 subscription_create",
    ]);
    await plans.moveTo("2027-02-01T00:00:00Z");
    expect((await billsOf(id))[0]).toBe("2027-01-31 100000 subscription_cycle");
  });

  it("bills what lies before that anchor where the phase prorates: with the next invoice, or at once", async () => {
    const later = await toYear({ proration_behavior: "create_prorations" });
    const now = await stripe.subscriptions.create({
      customer: String(later.customer),
      default_payment_method: String(later.default_payment_method),
      items: [{ price: plans.prices.premium }],
    });
    await follow(now, { items: [{ price: plans.prices.yearly }], proration_behavior: "always_invoice" });
    await plans.moveTo("2026-05-02T00:00:00Z");
    expect((await billsOf(later.id))[0]).toContain("2026-03-31");
    // Counted from its own anchor of 1 April: eleven months of a year.
    expect((await billsOf(now.id))[0]).toMatch(/^2026-05-01 91781 /);
    await plans.moveTo("2027-02-01T00:00:00Z");
    // 276 of 365 days, and the year after them.
    expect((await billsOf(later.id))[0]).toBe("2027-01-31 175616 subscription_cycle");
  });

  it("begins its own cycle, billed whole, where it says phase_start or the schedule does", async () => {
    const { id } = await toYear({ billing_cycle_anchor: "phase_start" });
    await plans.moveTo("2026-05-01T00:00:00Z");
    expect(await periodOf(id)).toEqual(["2026-04-30", "2027-04-30"]);
    expect((await billsOf(id))[0]).toBe("2026-04-30 100000 subscription_update");
    const { schedule } = await stripe.subscriptions.retrieve(id);
    expect((await stripe.subscriptionSchedules.retrieve(String(schedule))).phases[1]).toMatchObject({
      billing_cycle_anchor: "phase_start",
    });
    const other = await subscribed();
    const follower = await follow(other, {
      items: [{ price: plans.prices.yearly }],
      proration_behavior: "none",
    });
    await stripe.subscriptionSchedules.update(follower.id, {
      default_settings: { billing_cycle_anchor: "phase_start" },
    });
    await plans.moveTo("2026-07-01T00:00:00Z");
    expect((await billsOf(other.id))[0]).toContain(" 100000 ");
  });

  it("is previewed as it will be billed", async () => {
    const begun = await toYear({});
    const preview = await stripe.invoices.createPreview({ subscription: begun.id });
    expect(preview.total).toBe(0);
    const other = await toYear({ billing_cycle_anchor: "phase_start" });
    expect((await stripe.invoices.createPreview({ subscription: other.id })).total).toBe(100_000);
  });
});

describe("on entering a phase", () => {
  it("the schedule's card, or the phase's own, takes the place of the subscription's", async () => {
    const begun = await subscribed();
    const customer = String(begun.customer);
    const first = begun.default_payment_method;
    await follow(begun, { items: [{ price: plans.prices.starter }] });
    const { id: second } = await stripe.paymentMethods.attach("pm_card_mastercard", { customer });
    await stripe.subscriptions.update(begun.id, { default_payment_method: second });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).default_payment_method).toBe(first);
    const other = await subscribed();
    const { id: own } = await stripe.paymentMethods.attach("pm_card_amex", {
      customer: String(other.customer),
    });
    await follow(other, { items: [{ price: plans.prices.starter }], default_payment_method: own });
    await plans.moveTo("2026-05-01T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(other.id)).default_payment_method).toBe(own);
    const phases = [{ items: [{ price: plans.prices.starter }], default_payment_method: own }];
    const wrong = stripe.subscriptionSchedules.create({ customer, phases });
    expect(await failureOf(wrong)).toMatchObject({ statusCode: 400, code: "resource_missing" });
  });

  it("the invoice of a phase says that it is an update, or a cycle where the account's invoices say so", async () => {
    const month = {
      items: [{ price: plans.prices.starter }],
      duration: { interval: "month", interval_count: 2 } as const,
    };
    const reasons = async () => {
      const begun = await subscribed();
      await follow(begun, month);
      await plans.moveTo("2026-05-01T00:00:00Z");
      return billsOf(begun.id);
    };
    const others = ["2026-04-30 1000 subscription_cycle", "2026-03-31 1000 subscription_cycle"];
    const first = "2026-01-31 10000 subscription_create";
    expect(await reasons()).toEqual([...others, "2026-02-28 1000 subscription_update", first]);
    await plans.simulator.close();
    plans = await simulatePlans({ phaseInvoiceReason: "subscription_cycle" });
    ({ stripe } = plans);
    month.items = [{ price: plans.prices.starter }];
    expect(await reasons()).toEqual([...others, "2026-02-28 1000 subscription_cycle", first]);
  });

  it("what the phase names is set, its metadata is added, and what it does not name falls back to the schedule's", async () => {
    const begun = await plans.subscribe("pm_card_visa", {
      description: "ours",
      metadata: { kept: "1", gone: "1" },
    });
    const schedule = await follow(
      begun,
      { items: [{ price: plans.prices.starter }], description: "theirs", metadata: { gone: "", new: "1" } },
      { items: [{ price: plans.prices.starter }] },
    );
    await stripe.subscriptionSchedules.update(schedule.id, { default_settings: { description: "" } });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect(await stripe.subscriptions.retrieve(begun.id)).toMatchObject({
      description: "theirs",
      metadata: { kept: "1", new: "1" },
    });
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).description).toBeNull();
  });

  it("items come, go and change their quantity, and the renewal bills them", async () => {
    const begun = await subscribed();
    await follow(begun, {
      items: [{ price: plans.prices.premium, quantity: 3 }, { price: plans.prices.starter }],
      proration_behavior: "none",
    });
    await plans.moveTo("2026-03-01T00:00:00Z");
    const both = await stripe.subscriptions.retrieve(begun.id);
    expect(both.items.data.map(({ price, quantity }) => [price.id, quantity])).toEqual([
      [plans.prices.premium, 3],
      [plans.prices.starter, 1],
    ]);
    expect(itemOf(both).id).toBe(itemOf(begun).id);
    expect((await billsOf(begun.id))[0]).toContain(" 31000 ");
    const { schedule } = both;
    const known = await stripe.subscriptionSchedules.retrieve(String(schedule));
    await stripe.subscriptionSchedules.update(known.id, {
      phases: [
        runningOf(known.phases[1]),
        { items: [{ price: plans.prices.starter }], proration_behavior: "none" },
      ],
    });
    await plans.moveTo("2026-04-01T00:00:00Z");
    const one = await stripe.subscriptions.retrieve(begun.id);
    expect(one.items.data.map(({ id, price }) => [id, price.id])).toEqual([
      [both.items.data[1]?.id, plans.prices.starter],
    ]);
    expect((await billsOf(begun.id))[0]).toContain(" 1000 ");
  });
});

describe("in the middle of a period", () => {
  it("a phase changes prices as an update would, prorated with the next invoice", async () => {
    const begun = await plans.subscribe();
    const middle = Date.parse("2026-02-14T09:00:00Z") / 1000;
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    await stripe.subscriptionSchedules.update(id, {
      phases: [{ ...runningOf(phases[0]), end_date: middle }, { items: [{ price: plans.prices.premium }] }],
    });
    await plans.moveTo("2026-02-15T00:00:00Z");
    expect(itemOf(await stripe.subscriptions.retrieve(begun.id)).price.id).toBe(plans.prices.premium);
    expect(await billsOf(begun.id)).toHaveLength(1);
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toBe("2026-02-28 14500 subscription_cycle");
  });

  it("the running phase can be changed, and what it sells is changed at once", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-14T09:00:00Z");
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    await stripe.subscriptionSchedules.update(id, {
      phases: [{ ...runningOf(phases[0]), items: [{ price: plans.prices.premium }] }],
      proration_behavior: "always_invoice",
    });
    expect(itemOf(await stripe.subscriptions.retrieve(begun.id)).price.id).toBe(plans.prices.premium);
    expect((await billsOf(begun.id))[0]).toBe("2026-02-14 4500 subscription_update");
  });
});

describe("a schedule that an operator makes", () => {
  it("for a running plan: a price rise in several steps, and its end", async () => {
    const begun = await plans.subscribe();
    const schedule = await follow(
      begun,
      { items: [{ price: plans.prices.starter, quantity: 2 }], proration_behavior: "none" },
      { items: [{ price: plans.prices.premium }], proration_behavior: "none" },
    );
    await stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: "cancel",
      metadata: { why: "price rise" },
    });
    await plans.moveTo("2026-06-01T00:00:00Z");
    expect(await billsOf(begun.id)).toEqual([
      "2026-03-31 10000 subscription_cycle",
      "2026-02-28 2000 subscription_update",
      "2026-01-31 1000 subscription_create",
    ]);
    expect(await stripe.subscriptions.retrieve(begun.id)).toMatchObject({ status: "canceled" });
    // Phases count from their own starts: 28 February, 28 March, 28 April, whatever the anchor.
    expect(minuteOf((await stripe.subscriptions.retrieve(begun.id)).ended_at)).toBe("2026-04-28T09:00");
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({
      status: "completed",
      metadata: { why: "price rise" },
    });
  });

  it("for a customer without one: the subscription begins when its first phase does", async () => {
    const { customer, card } = await plans.customerWith("pm_card_visa");
    const schedule = await stripe.subscriptionSchedules.create({
      customer,
      start_date: Date.parse("2026-02-10T09:00:00Z") / 1000,
      default_settings: { default_payment_method: card },
      phases: [{ items: [{ price: plans.prices.starter, quantity: 2 }], metadata: { made: "by hand" } }],
    });
    expect(schedule).toMatchObject({ status: "not_started", subscription: null, current_phase: null });
    await plans.moveTo("2026-02-11T00:00:00Z");
    const started = await stripe.subscriptionSchedules.retrieve(schedule.id);
    expect(started.status).toBe("active");
    expect(await stripe.subscriptions.retrieve(String(started.subscription))).toMatchObject({
      status: "active",
      default_payment_method: card,
      schedule: schedule.id,
      metadata: { made: "by hand" },
    });
    expect(await billsOf(String(started.subscription))).toEqual(["2026-02-10 2000 subscription_create"]);
    const neither = stripe.subscriptionSchedules.create({
      phases: [{ items: [{ price: plans.prices.starter }] }],
    });
    expect(await failureOf(neither)).toMatchObject({ statusCode: 400 });
  });
});
