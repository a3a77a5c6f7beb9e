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

const billsOf = async (id: string) => (await stripe.invoices.list({ subscription: id })).data;
const trialWithoutCard = async (missing_payment_method: "cancel" | "create_invoice" | "pause") => {
  const { customer } = await plans.customerWith(null);
  return stripe.subscriptions.create({
    customer,
    items: [{ price: plans.prices.starter }],
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method } },
  });
};

describe("a trial", () => {
  it("costs nothing, is billed with a line of nothing, and ends in a cycle that is charged", async () => {
    const begun = await plans.subscribe("pm_card_visa", { trial_period_days: 7 });
    const end = begun.trial_end ?? 0;
    expect(minuteOf(end)).toBe("2026-02-07T09:00");
    expect(begun).toMatchObject({ status: "trialing", billing_cycle_anchor: end });
    expect(itemOf(begun).current_period_end).toBe(end);
    const [first] = await billsOf(begun.id);
    expect(first).toMatchObject({ status: "paid", total: 0, billing_reason: "subscription_create" });
    expect(first?.lines.data).toMatchObject([{ amount: 0, period: { end } }]);
    await plans.moveTo("2026-02-07T09:30:00Z");
    const active = await stripe.subscriptions.retrieve(begun.id);
    expect(active.status).toBe("active");
    expect(minuteOf(itemOf(active).current_period_end)).toBe("2026-03-07T09:00");
    expect((await billsOf(begun.id))[0]).toMatchObject({
      status: "draft",
      billing_reason: "subscription_cycle",
    });
    await plans.moveTo("2026-02-07T11:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "paid", amount_paid: 1000 });
    expect(await plans.eventsSince()).toContain("customer.subscription.trial_will_end");
  });

  it("ends at once when told to, and is charged", async () => {
    const begun = await plans.subscribe("pm_card_visa", { trial_period_days: 7 });
    await plans.moveTo("2026-02-02T09:00:00Z");
    const active = await stripe.subscriptions.update(begun.id, { trial_end: "now" });
    expect(active.status).toBe("active");
    expect(minuteOf(itemOf(active).current_period_end)).toBe("2026-03-02T09:00");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "paid", total: 1000 });
  });

  it("must end in the future", async () => {
    const past = plans.subscribe("pm_card_visa", { trial_end: 1000 });
    expect(await failureOf(past)).toMatchObject({ statusCode: 400, param: "trial_end" });
  });

  it.each([
    ["cancel", "canceled", 1],
    ["pause", "paused", 1],
    ["create_invoice", "past_due", 2],
  ] as const)("without a card at its end: %s makes it %s", async (behavior, status, bills) => {
    const begun = await trialWithoutCard(behavior);
    expect(begun.status).toBe("trialing");
    await plans.moveTo("2026-02-07T11:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe(status);
    expect(await billsOf(begun.id)).toHaveLength(bills);
  });

  it("given to a running plan makes the next days free: credit for what was paid, and a new cycle after them", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-14T09:00:00Z");
    const until = Date.parse("2026-02-21T09:00:00Z") / 1000;
    const free = await stripe.subscriptions.update(begun.id, { trial_end: until });
    expect(free).toMatchObject({ status: "trialing", trial_end: until, billing_cycle_anchor: until });
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: -500, status: "paid" });
    await plans.moveTo("2026-02-21T11:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 1000, amount_paid: 500, status: "paid" });
    const other = await plans.subscribe();
    const end = itemOf(other).current_period_end + 7 * 24 * 3600;
    await stripe.subscriptions.update(other.id, { trial_end: end, proration_behavior: "none" });
    expect((await billsOf(other.id))[0]).toMatchObject({ total: 0, status: "paid" });
  });
});

describe("a paused subscription", () => {
  it("is resumed by paying: paused with an open invoice until then, and 23 hours at most", async () => {
    const begun = await trialWithoutCard("pause");
    await plans.moveTo("2026-02-20T09:00:00Z");
    const asked = await stripe.subscriptions.resume(begun.id);
    expect(asked).toMatchObject({ status: "paused" });
    expect(minuteOf(asked.pending_update?.expires_at)).toBe("2026-02-21T08:00");
    const [open] = await billsOf(begun.id);
    expect(open).toMatchObject({ status: "open", total: 1000 });
    await plans.moveTo("2026-02-21T09:00:00Z");
    expect((await stripe.invoices.retrieve(open?.id ?? "")).status).toBe("void");
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("paused");
    const customer = String(begun.customer);
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    await stripe.subscriptions.update(begun.id, { default_payment_method: card.id });
    await stripe.subscriptions.resume(begun.id);
    const active = await stripe.subscriptions.retrieve(begun.id);
    expect(active.status).toBe("active");
    expect(minuteOf(itemOf(active).current_period_end)).toBe("2026-03-21T09:00");
    expect(await failureOf(stripe.subscriptions.resume(begun.id))).toMatchObject({ statusCode: 400 });
  });
});

describe("while collection is paused", () => {
  it("keep_as_draft: periods go on, and their invoices stay drafts, also after it is resumed", async () => {
    const begun = await plans.subscribe();
    await stripe.subscriptions.update(begun.id, {
      pause_collection: { behavior: "keep_as_draft", resumes_at: Date.parse("2026-03-15T00:00:00Z") / 1000 },
    });
    await plans.moveTo("2026-03-10T00:00:00Z");
    const paused = await stripe.subscriptions.retrieve(begun.id);
    expect(paused.status).toBe("active");
    expect(minuteOf(itemOf(paused).current_period_start)).toBe("2026-02-28T09:00");
    const [draft] = await billsOf(begun.id);
    expect(draft).toMatchObject({ status: "draft", auto_advance: false, automatically_finalizes_at: null });
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).pause_collection).toBeNull();
    expect((await billsOf(begun.id)).map(({ status }) => status)).toEqual(["paid", "draft", "paid"]);
  });

  it.each([
    ["void", "void"],
    ["mark_uncollectible", "uncollectible"],
  ] as const)("%s: a draft is made final in its hour, and nobody is charged", async (behavior, status) => {
    const begun = await plans.subscribe();
    await stripe.subscriptions.update(begun.id, { pause_collection: { behavior } });
    await plans.moveTo("2026-02-28T09:30:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "draft" });
    await plans.moveTo("2026-02-28T10:30:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status, attempt_count: 0, amount_paid: 0 });
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
    expect(await stripe.subscriptions.update(begun.id, { pause_collection: "" })).toMatchObject({
      pause_collection: null,
    });
  });
});

describe("an invoice sent by mail", () => {
  const sent = async () => {
    const { customer } = await plans.customerWith(null);
    const items = [{ price: plans.prices.starter }];
    const method = { collection_method: "send_invoice" as const };
    expect(await failureOf(stripe.subscriptions.create({ customer, items, ...method }))).toMatchObject({
      param: "days_until_due",
    });
    return stripe.subscriptions.create({ customer, items, ...method, days_until_due: 7 });
  };

  it("is a draft for an hour, then open until its due date, and makes the plan past due after it", async () => {
    const begun = await sent();
    expect(begun.status).toBe("active");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "draft", next_payment_attempt: null });
    await plans.moveTo("2026-02-01T09:00:00Z");
    const [open] = await billsOf(begun.id);
    expect(open).toMatchObject({ status: "open", attempt_count: 0, collection_method: "send_invoice" });
    expect(minuteOf(open?.due_date)).toBe("2026-02-07T09:00");
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
    await plans.moveTo("2026-02-08T00:00:00Z");
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("past_due");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "open", attempt_count: 0 });
    await stripe.invoices.pay(open?.id ?? "", { paid_out_of_band: true });
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
    const events = await plans.eventsSince();
    expect(events).toEqual(expect.arrayContaining(["invoice.sent", "invoice.overdue"]));
  });

  it("is what a running plan's next period is billed with, once it is told", async () => {
    const begun = await plans.subscribe();
    await stripe.subscriptions.update(begun.id, { collection_method: "send_invoice", days_until_due: 14 });
    await plans.moveTo("2026-03-02T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ status: "open", attempt_count: 0 });
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
  });
});

it("an unpaid plan's next invoices are drafts; paying the latest by hand makes it active", async () => {
  await plans.simulator.close();
  plans = await simulatePlans({ afterLastRetry: "unpaid", retryDelaysMs: [1000] });
  ({ stripe } = plans);
  const begun = await plans.subscribe();
  const customer = String(begun.customer);
  const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await stripe.subscriptions.update(begun.id, { default_payment_method: card.id });
  await plans.moveTo("2026-04-01T00:00:00Z");
  expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("unpaid");
  const [latest, failed] = await billsOf(begun.id);
  expect([latest?.status, failed?.status]).toEqual(["draft", "open"]);
  await stripe.invoices.pay(failed?.id ?? "", { payment_method: "pm_card_visa" });
  expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("unpaid");
  await stripe.invoices.pay(latest?.id ?? "", { payment_method: "pm_card_visa" });
  expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("active");
});

it("items of one plan may be paid at different intervals, each with a price of its own", async () => {
  const begun = await plans.subscribe("pm_card_visa", {
    items: [{ price: plans.prices.starter }, { price: plans.prices.yearly }],
  });
  expect(begun.items.data.map((item) => minuteOf(item.current_period_end)?.slice(0, 10))).toEqual([
    "2026-02-28",
    "2027-01-31",
  ]);
  await plans.moveTo("2026-03-01T00:00:00Z");
  expect((await billsOf(begun.id)).map(({ total }) => total)).toEqual([1000, 101_000]);
  const twice = plans.subscribe("pm_card_visa", {
    items: [{ price: plans.prices.starter }, { price: plans.prices.starter }],
  });
  expect(await failureOf(twice)).toMatchObject({ statusCode: 400, param: "plan" });
});
