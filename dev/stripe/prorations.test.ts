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

const MIDDLE = "2026-02-14T09:00:00Z";
const change = (begun: Stripe.Subscription, more: Stripe.SubscriptionUpdateParams) =>
  stripe.subscriptions.update(begun.id, more);
const upgraded = (begun: Stripe.Subscription, more: Stripe.SubscriptionUpdateParams = {}) =>
  change(begun, { items: [{ id: itemOf(begun).id, price: plans.prices.premium }], ...more });
const billsOf = async (id: string) => (await stripe.invoices.list({ subscription: id })).data;
const pendingOf = async (customer: unknown) =>
  (await stripe.invoiceItems.list({ customer: String(customer), pending: true })).data;

describe("a change with prorations", () => {
  it("waits as two invoice items, and is two lines of the next invoice", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const proration_date = Date.parse(MIDDLE) / 1000;
    await upgraded(begun, { proration_date });
    const pending = await pendingOf(begun.customer);
    expect(pending.map(({ amount, proration }) => [amount, proration])).toEqual([
      [5000, true],
      [-500, true],
    ]);
    const [first] = (await stripe.invoices.retrieve(String(begun.latest_invoice))).lines.data;
    expect(pending[1]).toMatchObject({
      invoice: null,
      net_amount: -500,
      period: { start: proration_date, end: itemOf(begun).current_period_end },
      pricing: { unit_amount_decimal: null, price_details: { price: plans.prices.starter } },
      parent: { subscription_details: { subscription: begun.id, subscription_item: itemOf(begun).id } },
      proration_details: {
        credited_items: {
          invoice_line_item_details: { invoice: begun.latest_invoice, invoice_line_items: [first?.id] },
        },
      },
    });
    await plans.moveTo("2026-03-01T00:00:00Z");
    const [renewal] = await billsOf(begun.id);
    expect(renewal?.lines.data.map(({ amount }) => amount)).toEqual([-500, 5000, 10_000]);
    expect(renewal?.lines.data[0]).toMatchObject({
      parent: {
        type: "subscription_item_details",
        subscription_item_details: {
          invoice_item: pending[1]?.id,
          proration: true,
          proration_details: { credited_items: { invoice: begun.latest_invoice } },
        },
      },
    });
    expect(await pendingOf(begun.customer)).toEqual([]);
    expect((await stripe.invoiceItems.retrieve(pending[0]?.id ?? "")).invoice).toBe(renewal?.id);
  });

  it("rounds a half cent down on both sides, and adds too little to be charged to the next invoice", async () => {
    const begun = await plans.subscribe();
    // A four-hundredth of the period: 2.5 cents of the old price, 7.5 of three of it.
    const end = itemOf(begun).current_period_end;
    const share = (end - itemOf(begun).current_period_start) / 400;
    await plans.moveTo(MIDDLE);
    const after = await change(begun, {
      items: [{ id: itemOf(begun).id, quantity: 3 }],
      proration_behavior: "always_invoice",
      proration_date: end - share,
    });
    const [small] = await billsOf(begun.id);
    expect(small?.lines.data.map(({ amount }) => amount)).toEqual([-3, 7]);
    expect(small).toMatchObject({
      id: after.latest_invoice,
      status: "paid",
      total: 4,
      amount_due: 0,
      attempt_count: 0,
      ending_balance: 4,
    });
    const owed = await stripe.customers.listBalanceTransactions(String(begun.customer));
    expect(owed.data).toMatchObject([
      { type: "invoice_too_small", amount: 4, ending_balance: 4, invoice: small?.id },
    ]);
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 3000, amount_due: 3004, status: "paid" });
  });

  it("always_invoice, declined: past due with an open invoice that is tried again", async () => {
    const begun = await plans.subscribe();
    const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: String(begun.customer),
    });
    await change(begun, { default_payment_method: card.id });
    await plans.moveTo(MIDDLE);
    const after = await upgraded(begun, { proration_behavior: "always_invoice" });
    expect([after.status, itemOf(after).price.id]).toEqual(["past_due", plans.prices.premium]);
    const [open] = await billsOf(begun.id);
    expect(open).toMatchObject({ status: "open", amount_remaining: 4500, attempt_count: 1 });
    expect(open?.next_payment_attempt).not.toBeNull();
  });

  it("a new cycle now: the old one's rest is given back, the new one billed whole", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const after = await change(begun, { billing_cycle_anchor: { type: "now" } });
    const [bill] = await billsOf(begun.id);
    expect(bill).toMatchObject({ billing_reason: "subscription_update", total: 500, status: "paid" });
    expect(bill?.lines.data.map(({ amount }) => amount)).toEqual([-500, 1000]);
    expect(minuteOf(itemOf(after).current_period_end)).toBe("2026-03-14T09:00");
    await plans.moveTo("2026-02-20T09:00:00Z");
    await change(begun, { billing_cycle_anchor: { type: "now" }, proration_behavior: "none" });
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 1000 });
  });

  it("month to year: counted from the anchor there is, and billed as it says", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const items = [{ id: itemOf(begun).id, price: plans.prices.yearly }];
    const yearly = await change(begun, { items, proration_behavior: "always_invoice" });
    expect(yearly.billing_cycle_anchor).toBe(begun.billing_cycle_anchor);
    expect(itemOf(yearly).current_period_start).toBe(itemOf(begun).current_period_start);
    expect(minuteOf(itemOf(yearly).current_period_end)).toBe("2027-01-31T09:00");
    const [bill] = await billsOf(begun.id);
    expect(bill).toMatchObject({ status: "paid", period_start: itemOf(begun).current_period_start });
    expect(bill?.lines.data.map(({ amount }) => amount)).toEqual([-500, 96_164]);
    const waits = await plans.subscribe();
    const waiting = [{ id: itemOf(waits).id, price: plans.prices.yearly }];
    await change(waits, { items: waiting });
    expect(await billsOf(waits.id)).toHaveLength(1);
    expect(await pendingOf(waits.customer)).toHaveLength(2);
  });

  it("month to year with a new cycle: billed at once; back again leaves credit", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const to = (price: string) =>
      change(begun, {
        billing_cycle_anchor: { type: "now" },
        items: [{ id: itemOf(begun).id, price }],
        proration_behavior: "always_invoice",
      });
    const yearly = await to(plans.prices.yearly);
    const [bill] = await billsOf(begun.id);
    expect(bill).toMatchObject({ total: 99_500, status: "paid", period_start: bill?.period_end });
    expect(minuteOf(itemOf(yearly).current_period_end)).toBe("2027-02-14T09:00");
    await to(plans.prices.starter);
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: -99_000, amount_due: 0, status: "paid" });
    expect(await stripe.customers.retrieve(String(begun.customer))).toMatchObject({ balance: -99_000 });
    await plans.moveTo("2026-03-15T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 1000, amount_due: 0, status: "paid" });
    const [applied] = (await stripe.customers.listBalanceTransactions(String(begun.customer))).data;
    expect(applied).toMatchObject({ type: "applied_to_invoice", amount: 1000, ending_balance: -98_000 });
  });

  it("credit that a voided invoice took comes back", async () => {
    const begun = await plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.premium }] });
    const customer = String(begun.customer);
    await stripe.customers.createBalanceTransaction(customer, { amount: -400, currency: "usd" });
    await plans.moveTo("2026-02-28T09:30:00Z");
    const draft = (await billsOf(begun.id))[0];
    await stripe.invoices.finalizeInvoice(draft?.id ?? "");
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: 0 });
    await stripe.invoices.voidInvoice(draft?.id ?? "");
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -400 });
    const { data } = await stripe.customers.listBalanceTransactions(customer);
    expect(data.map(({ type }) => type)).toEqual([
      "unapplied_from_invoice",
      "applied_to_invoice",
      "adjustment",
    ]);
  });
});

describe("items", () => {
  it("are added and taken away, each with its proration", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const both = await change(begun, {
      items: [{ price: plans.prices.premium, quantity: 2 }],
      proration_behavior: "always_invoice",
    });
    expect(both.items.data).toHaveLength(2);
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 10_000 });
    await change(begun, { items: [{ id: itemOf(begun).id, deleted: true }] });
    expect((await pendingOf(begun.customer)).map(({ amount }) => amount)).toEqual([-500]);
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 19_500 });
  });

  it("may have a quantity of 0: the plan is there, and costs nothing", async () => {
    const begun = await plans.subscribe();
    const none = await change(begun, {
      items: [{ id: itemOf(begun).id, quantity: 0 }],
      proration_behavior: "none",
    });
    expect(itemOf(none).quantity).toBe(0);
    await plans.moveTo("2026-03-01T00:00:00Z");
    const [bill] = await billsOf(begun.id);
    expect(bill).toMatchObject({ total: 0, status: "paid" });
    expect(bill?.lines.data).toMatchObject([{ amount: 0, quantity: 0 }]);
  });
});

describe("canceled at once", () => {
  it("gives nothing back unless asked, and what was pending stays pending", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    await upgraded(begun);
    const ended = await stripe.subscriptions.cancel(begun.id);
    expect(ended.latest_invoice).toBe(begun.latest_invoice);
    expect(await pendingOf(begun.customer)).toHaveLength(2);
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect(await billsOf(begun.id)).toHaveLength(1);
  });

  it("with prorate: the rest waits as credit that belongs to no subscription, for whatever is billed next", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    await stripe.subscriptions.cancel(begun.id, { prorate: true });
    expect(await pendingOf(begun.customer)).toMatchObject([{ amount: -500, proration: true, parent: null }]);
    const again = await stripe.subscriptions.create({
      customer: String(begun.customer),
      default_payment_method: String(begun.default_payment_method),
      items: [{ price: plans.prices.premium }],
    });
    const [bill] = await billsOf(again.id);
    expect(bill).toMatchObject({ total: 9500, status: "paid" });
    expect(bill?.lines.data[0]).toMatchObject({
      amount: -500,
      parent: { type: "invoice_item_details", invoice_item_details: { proration: true } },
    });
  });

  it("with prorate and invoice_now: a last invoice, a draft for an hour, that becomes credit", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    const ended = await stripe.subscriptions.cancel(begun.id, { prorate: true, invoice_now: true });
    const last = await stripe.invoices.retrieve(String(ended.latest_invoice));
    expect(last).toMatchObject({
      status: "draft",
      billing_reason: "subscription_cycle",
      total: -500,
      auto_advance: true,
    });
    expect(minuteOf(last.automatically_finalizes_at)).toBe("2026-02-14T10:00");
    await plans.moveTo("2026-02-14T11:00:00Z");
    expect(await stripe.invoices.retrieve(String(ended.latest_invoice))).toMatchObject({ status: "paid" });
    expect(await stripe.customers.retrieve(String(begun.customer))).toMatchObject({ balance: -500 });
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("canceled");
  });

  it("with invoice_now: what was pending is billed, and charged although the subscription is over", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(MIDDLE);
    await upgraded(begun);
    await stripe.subscriptions.cancel(begun.id, { invoice_now: true });
    await plans.moveTo("2026-02-14T11:00:00Z");
    expect((await billsOf(begun.id))[0]).toMatchObject({ total: 4500, status: "paid", amount_paid: 4500 });
  });
});

it("a canceled schedule's subscription is prorated and billed unless told otherwise", async () => {
  const begun = await plans.subscribe();
  const { id } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
  await plans.moveTo(MIDDLE);
  await stripe.subscriptionSchedules.cancel(id);
  expect((await billsOf(begun.id))[0]).toMatchObject({ total: -500, status: "draft" });
  expect(await failureOf(stripe.subscriptionSchedules.cancel(id))).toMatchObject({ statusCode: 400 });
});
