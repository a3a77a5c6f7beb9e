import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

describe("a phase", () => {
  let plans: Plans;
  let stripe: Stripe;

  beforeEach(async () => {
    plans = await simulatePlans();
    ({ stripe } = plans);
  });
  afterEach(() => plans.simulator.close());

  const billsOf = async (subscription: string) =>
    (await stripe.invoices.list({ subscription, limit: 20 })).data.map(
      ({ created, total, status }) => `${isoOf(created)?.slice(0, 10)} ${total} ${status}`,
    );
  const scheduled = async (subscription: string, next: Phase[], more: Partial<Phase> = {}) => {
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: subscription });
    const { start_date, end_date } = phases[0] ?? {};
    const running = { items: [{ price: plans.prices.starter }], start_date, end_date, ...more };
    return stripe.subscriptionSchedules.update(id, { phases: [running, ...next] });
  };

  it("that is a trial costs nothing until it ends, and the plan is paid for from then", async () => {
    const begun = await plans.subscribe();
    const premium: Phase = { items: [{ price: plans.prices.premium }], proration_behavior: "none" };
    const free: Phase = { ...premium, duration: { interval: "month", interval_count: 1 }, trial: true };
    await scheduled(begun.id, [free, premium]);
    await plans.moveTo("2026-03-01T00:00:00Z");
    const trial = await stripe.subscriptions.retrieve(begun.id);
    expect(trial).toMatchObject({ status: "trialing" });
    expect(isoOf(trial.trial_end)).toBe("2026-03-28T09:00:00.000Z");
    const [line] = (await stripe.invoices.retrieve(String(trial.latest_invoice))).lines.data;
    expect(line).toMatchObject({ amount: 0, pricing: { price_details: { price: plans.prices.premium } } });
    expect(line?.period.end).toBe(trial.trial_end);
    await plans.moveTo("2026-03-28T11:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
    expect(await billsOf(begun.id)).toEqual([
      "2026-03-28 10000 paid",
      "2026-02-28 0 paid",
      "2026-01-31 1000 paid",
    ]);
  });

  it("of a trial that runs says so again, or the trial is over at once and the plan paid for", async () => {
    const trial = () => plans.subscribe("pm_card_visa", { trial_period_days: 20 });
    const kept = await trial();
    await scheduled(kept.id, [{ items: [{ price: plans.prices.premium }] }], {
      trial_end: kept.trial_end ?? 0,
    });
    expect(await stripe.subscriptions.retrieve(kept.id)).toMatchObject({
      status: "trialing",
      trial_end: kept.trial_end,
    });
    const over = await trial();
    const { phases } = await stripe.subscriptionSchedules.create({ from_subscription: over.id });
    expect(phases[0]?.trial_end).toBe(over.trial_end);
    const schedule = String((await stripe.subscriptions.retrieve(over.id)).schedule);
    const { start_date, end_date } = phases[0] ?? {};
    const running = { items: [{ price: plans.prices.starter }], start_date, end_date };
    await stripe.subscriptionSchedules.update(schedule, { phases: [running] });
    expect((await stripe.subscriptions.retrieve(over.id)).status).toBe("active");
    expect((await billsOf(over.id))[0]).toBe("2026-01-31 1000 paid");
    const late = { items: [{ price: plans.prices.starter }], start_date, end_date, trial_end: 4_000_000_000 };
    expect(await failureOf(stripe.subscriptionSchedules.update(schedule, { phases: [late] }))).toMatchObject({
      statusCode: 400,
      param: "phases[0][trial_end]",
    });
  });

  it("bills once what it adds, with its first invoice; a subscription with its next", async () => {
    const setUp = await stripe.prices.create({
      currency: "usd",
      product_data: { name: "Setting up" },
      unit_amount: 700,
    });
    const added = [{ price: setUp.id, quantity: 2 }];
    const begun = await plans.subscribe("pm_card_visa", { add_invoice_items: added });
    expect(await billsOf(begun.id)).toEqual(["2026-01-31 2400 paid"]);
    const premium: Phase = { items: [{ price: plans.prices.premium }], proration_behavior: "none" };
    const duration = { interval: "month", interval_count: 2 } as const;
    await scheduled(begun.id, [{ ...premium, add_invoice_items: added, duration }]);
    await plans.moveTo("2026-03-01T00:00:00Z");
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect((await billsOf(begun.id)).slice(0, 2)).toEqual(["2026-03-31 10000 paid", "2026-02-28 11400 paid"]);
    const wrong = plans.subscribe("pm_card_visa", { add_invoice_items: [{ price: plans.prices.starter }] });
    expect(await failureOf(wrong)).toMatchObject({ statusCode: 400, param: "add_invoice_items[0][price]" });
  });

  it("keeps what is metered beside the plan, which has no quantity and costs nothing unused", async () => {
    const metered = await stripe.prices.create({
      currency: "usd",
      product_data: { name: "Requests" },
      recurring: { interval: "month", usage_type: "metered", meter: "mtr_requests" },
      unit_amount: 5,
    });
    const begun = await plans.subscribe("pm_card_visa", {
      items: [{ price: plans.prices.starter }, { price: metered.id }],
    });
    const items = [{ price: plans.prices.starter }, { price: metered.id }];
    await scheduled(begun.id, [{ items, proration_behavior: "none" }], { items });
    await plans.moveTo("2026-03-01T00:00:00Z");
    const after = await stripe.subscriptions.retrieve(begun.id);
    expect(after.items.data.map(({ quantity }) => quantity)).toEqual([1, undefined]);
    expect(itemOf(after).id).toBe(itemOf(begun).id);
    expect((await billsOf(begun.id))[0]).toBe("2026-02-28 1000 paid");
  });
});
