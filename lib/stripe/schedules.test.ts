import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { simulate } from "../../dev/stripe/testing";
import type { ProviderAnswer } from "../billing/gateway";
import type { PlanGateway } from "../billing/plan-gateway";
import { ownerOf } from "../billing/subscriptions/schedules";
import type { PlanInterval } from "../catalog/prices";
import { newId } from "../ids";
import { createStripePlanGateway } from "./plan-gateway";
import { toPlanned } from "./schedules";
import { setUpCatalog } from "./setup";

/** Schedules at Stripe: whose they are, what a phase carries over, and which card they charge. */
const HOUR_MS = 3_600_000;
const REFUSED = { kind: "refused", code: "change_planned" };
let simulator: Simulator;
let stripe: Stripe;
let plans: PlanGateway;
let prices: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  plans = createStripePlanGateway(stripe);
  await setUpCatalog(stripe, { appUrl: "http://shop.test" });
  const onSale = answerOf(await plans.listPlanPrices());
  prices = Object.fromEntries(onSale.map((each) => [`${each.plan} ${each.interval}`, each.priceId]));
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

function answerOf<T>(asked: ProviderAnswer<T>): T {
  if (asked.kind !== "answered") throw new Error(JSON.stringify(asked));
  return asked.value;
}

const priceOf = (plan: "starter" | "premium", interval: PlanInterval = "month") =>
  prices[`${plan} ${interval}`] ?? "";

async function subscriber(
  plan: "starter" | "premium" = "premium",
  more: Partial<Stripe.SubscriptionCreateParams> = {},
) {
  const { id: customer } = await stripe.customers.create({ email: "ada@example.com" });
  const card = async (token: string) => (await stripe.paymentMethods.attach(token, { customer })).id;
  const [visa, mastercard] = [await card("pm_card_visa"), await card("pm_card_mastercard")];
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: priceOf(plan) }],
    default_payment_method: visa,
    ...more,
  });
  return { ...subscription, customer, visa, mastercard };
}

const read = (id: string) => stripe.subscriptions.retrieve(id, { expand: ["schedule"] });
async function scheduleOf(id: string): Promise<Stripe.SubscriptionSchedule> {
  const { schedule } = await read(id);
  if (!schedule || typeof schedule === "string") throw new Error("there is no schedule");
  return schedule;
}

/** As in the dashboard: another price from the next period on, and whatever else. */
async function operatorPlans(
  id: string,
  price: string,
  more: Partial<Stripe.SubscriptionScheduleUpdateParams.Phase> = {},
) {
  const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const [running] = phases;
  const items = (running?.items ?? []).map((each) => ({
    price: String(each.price),
    quantity: each.quantity ?? 1,
  }));
  await stripe.subscriptionSchedules.update(schedule, {
    phases: [
      { items, start_date: running?.start_date ?? 0, end_date: running?.end_date ?? 0 },
      { items: [{ price }], duration: { interval: "month" }, proration_behavior: "none", ...more },
    ],
  });
  return schedule;
}

async function risenPrice(): Promise<string> {
  const { product } = await stripe.prices.retrieve(priceOf("premium"));
  const rise = { product: String(product), unit_amount: 59_900, currency: "usd" };
  return (await stripe.prices.create({ ...rise, recurring: { interval: "month" } })).id;
}

async function passPeriod(id: string): Promise<void> {
  const { items } = await read(id);
  await simulator.clock.moveTo((items.data[0]?.current_period_end ?? 0) * 1000 + 2 * HOUR_MS);
}

const schedule = (subscriptionId: string, priceId = priceOf("starter")) =>
  plans.scheduleChange({ subscriptionId, priceId });

describe("whose a schedule is", () => {
  it("is the customer's as it was asked for, and the operator's once it was changed in the dashboard", async () => {
    const { id } = await subscriber();
    answerOf(await schedule(id));
    const before = await scheduleOf(id);
    expect(before.metadata).toMatchObject({ refill_chosen: "starter, month" });
    expect(ownerOf(toPlanned(before))).toBe("customer");
    const phases = before.phases.map((each, index) => ({
      items: each.items.map(({ price }) => ({ price: String(price), quantity: index === 1 ? 2 : 1 })),
      start_date: each.start_date,
      end_date: each.end_date,
    }));
    await stripe.subscriptionSchedules.update(before.id, { phases });
    expect(ownerOf(toPlanned(await scheduleOf(id)))).toBe("operator");
    expect(await plans.setCancelAtPeriodEnd(id, false)).toEqual(REFUSED);
  });

  it("is the operator's where that made it, and no change, keeping or upgrade takes it away", async () => {
    const { id, customer, visa, items } = await subscriber("starter");
    const rise = await risenPrice();
    const made = await operatorPlans(id, rise);
    expect(await schedule(id, priceOf("starter", "year"))).toEqual(REFUSED);
    expect(await plans.setCancelAtPeriodEnd(id, false)).toEqual(REFUSED);
    const upgrade = {
      customerId: customer,
      subscriptionId: id,
      itemId: items.data[0]?.id ?? "",
      priceId: priceOf("premium"),
    };
    expect(await plans.upgrade({ ...upgrade, key: newId(), paymentMethodId: visa })).toEqual(REFUSED);
    const after = await scheduleOf(id);
    expect(after).toMatchObject({ id: made, status: "active", metadata: {} });
    expect(after.phases[1]?.items[0]?.price).toBe(rise);
  });

  it("is asked right before a change: one that an operator began in between is found and left alone", async () => {
    const { id } = await subscriber();
    const rise = await risenPrice();
    const create = stripe.subscriptionSchedules.create.bind(stripe.subscriptionSchedules);
    stripe.subscriptionSchedules.create = (async (...args: Parameters<typeof create>) => {
      stripe.subscriptionSchedules.create = create;
      await operatorPlans(id, rise);
      return create(...args);
    }) as typeof create;
    expect(await schedule(id)).toEqual(REFUSED);
    expect((await scheduleOf(id)).phases[1]?.items[0]?.price).toBe(rise);
  });

  it("is nobody's while it plans nothing: one that was begun and cut short is gone on with", async () => {
    const { id } = await subscriber();
    await stripe.subscriptionSchedules.create({ from_subscription: id });
    expect(ownerOf(toPlanned(await scheduleOf(id)))).toBe("nobody");
    answerOf(await schedule(id));
    expect(ownerOf(toPlanned(await scheduleOf(id)))).toBe("customer");
  });

  it("is said of one that an earlier release made", async () => {
    const { id } = await subscriber();
    const made = await operatorPlans(id, priceOf("starter"));
    answerOf(await plans.claimSchedule({ scheduleId: made, chosen: "starter, month" }));
    expect(ownerOf(toPlanned(await scheduleOf(id)))).toBe("customer");
    answerOf(await plans.setCancelAtPeriodEnd(id, false));
    expect((await read(id)).schedule).toBeNull();
  });
});

describe("cancelling under an operator's schedule", () => {
  it("ends it with what is paid for, drops what was to come, and is done once", async () => {
    const { id, items } = await subscriber();
    await operatorPlans(id, await risenPrice());
    for (let time = 0; time < 2; time += 1) answerOf(await plans.setCancelAtPeriodEnd(id, true));
    const end = items.data[0]?.current_period_end;
    expect(await scheduleOf(id)).toMatchObject({ end_behavior: "cancel", phases: [{ end_date: end }] });
    const facts = answerOf(
      await plans.readBilling(String((await read(id)).customer), {
        subscriptionIds: [],
        invoiceIds: [],
        since: null,
      }),
    );
    expect(facts.subscriptions[0]?.cancelAt).toEqual(new Date((end ?? 0) * 1000));
    expect(await plans.setCancelAtPeriodEnd(id, false)).toEqual(REFUSED);
    await passPeriod(id);
    expect((await read(id)).status).toBe("canceled");
    expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
  });

  it("ends a phase of many months with the month that is paid for", async () => {
    const { id, items } = await subscriber();
    const { id: made, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
    const [running] = phases;
    const start_date = running?.start_date ?? 0;
    const year =
      new Date(start_date * 1000).setUTCFullYear(new Date(start_date * 1000).getUTCFullYear() + 1) / 1000;
    await stripe.subscriptionSchedules.update(made, {
      end_behavior: "cancel",
      phases: [{ items: [{ price: priceOf("premium") }], start_date, end_date: year }],
    });
    answerOf(await plans.setCancelAtPeriodEnd(id, true));
    expect((await scheduleOf(id)).phases).toMatchObject([{ end_date: items.data[0]?.current_period_end }]);
  });
});

describe("a phase", () => {
  it("carries over taxes, discounts, further items, quantities, metadata and how it is collected", async () => {
    const tax = await stripe.taxRates.create({ display_name: "VAT", percentage: 20, inclusive: false });
    const coupon = await stripe.coupons.create({ duration: "forever", percent_off: 10 });
    const seat = await stripe.prices.create({
      product_data: { name: "A seat of another product" },
      unit_amount: 1_000,
      currency: "usd",
      recurring: { interval: "month" },
    });
    const { id } = await subscriber("premium", {
      items: [
        { price: seat.id, quantity: 4 },
        { price: priceOf("premium"), quantity: 2 },
      ],
      default_tax_rates: [tax.id],
      discounts: [{ coupon: coupon.id }],
      description: "For the team in Rome",
      metadata: { account: "acme" },
    });
    answerOf(await schedule(id));
    const { discounts, default_tax_rates } = await read(id);
    expect(discounts).toHaveLength(1);
    expect(default_tax_rates).toMatchObject([{ id: tax.id }]);
    await passPeriod(id);
    const after = await read(id);
    expect(after).toMatchObject({
      discounts,
      description: "For the team in Rome",
      metadata: { account: "acme" },
    });
    expect(after.default_tax_rates).toMatchObject([{ id: tax.id }]);
    expect(after.items.data.map(({ price, quantity }) => [price.id, quantity])).toEqual([
      [seat.id, 4],
      [priceOf("starter"), 2],
    ]);
    const [renewal] = (await stripe.invoices.list({ subscription: id })).data;
    expect(renewal).toMatchObject({ status: "paid", total: Math.round((4_000 + 2 * 29_900) * 0.9 * 1.2) });
  });

  it("does not end a trial, and sends by mail what was sent by mail", async () => {
    const trial_end = Math.floor(simulator.clock.now() / 1000) + 10 * 24 * 3600;
    const { id } = await subscriber("premium", { trial_end });
    answerOf(await schedule(id));
    expect(await read(id)).toMatchObject({ status: "trialing", trial_end });
    const sent = await subscriber("premium", { collection_method: "send_invoice", days_until_due: 14 });
    answerOf(await schedule(sent.id));
    await passPeriod(sent.id);
    expect(await read(sent.id)).toMatchObject({ collection_method: "send_invoice", days_until_due: 14 });
  });

  it("does not bill again what it added when it began, nor once more with what follows", async () => {
    const { id } = await subscriber("premium");
    const fee = await stripe.prices.create({
      product_data: { name: "Fee" },
      unit_amount: 700,
      currency: "usd",
    });
    const begun = await stripe.subscriptionSchedules.create({ from_subscription: id });
    const [running] = begun.phases;
    await stripe.subscriptionSchedules.update(begun.id, {
      phases: [
        {
          items: [{ price: priceOf("premium") }],
          start_date: running?.start_date ?? 0,
          end_date: running?.end_date ?? 0,
          add_invoice_items: [{ price: fee.id }],
        },
      ],
    });
    answerOf(await schedule(id));
    await passPeriod(id);
    const [renewal] = (await stripe.invoices.list({ subscription: id })).data;
    expect(renewal?.total).toBe(700 + 29_900);
  });
});

describe("the card of a schedule", () => {
  const chargedTo = async (customer: string) => {
    const { data } = await stripe.charges.list({ customer });
    return data[0]?.payment_method_details?.card?.brand;
  };

  it("changes with the subscription's: what follows is charged to the new one", async () => {
    const { id, customer, mastercard } = await subscriber();
    answerOf(await schedule(id));
    answerOf(await plans.setSubscriptionCard(id, mastercard));
    expect((await scheduleOf(id)).default_settings.default_payment_method).toBe(mastercard);
    await passPeriod(id);
    expect((await read(id)).default_payment_method).toBe(mastercard);
    expect(await chargedTo(customer)).toBe("mastercard");
    expect(ownerOf(toPlanned(await scheduleOf(id)))).toBe("nobody");
  });

  it("changes in the phases of an operator as well, and nothing else of them does", async () => {
    const { id, customer, visa, mastercard } = await subscriber();
    const fee = await stripe.prices.create({
      product_data: { name: "Fee" },
      unit_amount: 700,
      currency: "usd",
    });
    const rise = await risenPrice();
    await operatorPlans(id, rise, { default_payment_method: visa, add_invoice_items: [{ price: fee.id }] });
    answerOf(await plans.setSubscriptionCard(id, mastercard));
    const after = await scheduleOf(id);
    expect(after.phases[1]).toMatchObject({ default_payment_method: mastercard, items: [{ price: rise }] });
    await passPeriod(id);
    expect(await chargedTo(customer)).toBe("mastercard");
    expect((await stripe.invoices.list({ subscription: id })).data[0]?.total).toBe(59_900 + 700);
  });
});
