import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { itemOf, type Plans, simulatePlans } from "./testing-plans";

describe("tax", () => {
  let plans: Plans;
  let stripe: Stripe;

  beforeEach(async () => {
    plans = await simulatePlans();
    ({ stripe } = plans);
  });
  afterEach(() => plans.simulator.close());

  const rate = async (percentage: number, inclusive: boolean) =>
    (await stripe.taxRates.create({ display_name: "VAT", inclusive, percentage })).id;
  const latest = async (subscription: string) => {
    const [bill] = (await stripe.invoices.list({ subscription })).data;
    if (!bill) throw new Error("nothing was billed");
    return bill;
  };

  it("on top is charged besides the price, which the line keeps", async () => {
    const id = await rate(19, false);
    const begun = await plans.subscribe("pm_card_visa", { default_tax_rates: [id] });
    const bill = await latest(begun.id);
    expect(bill).toMatchObject({
      amount_paid: 1_190,
      default_tax_rates: [{ id }],
      subtotal: 1_000,
      subtotal_excluding_tax: 1_000,
      total: 1_190,
      total_excluding_tax: 1_000,
      total_taxes: [
        {
          amount: 190,
          tax_behavior: "exclusive",
          tax_rate_details: { tax_rate: id },
          taxable_amount: 1_000,
          type: "tax_rate_details",
        },
      ],
    });
    expect(bill.lines.data[0]).toMatchObject({ amount: 1_000, taxes: [{ amount: 190 }] });
  });

  it("inside the price changes nothing of what is paid", async () => {
    const begun = await plans.subscribe("pm_card_visa", { default_tax_rates: [await rate(25, true)] });
    expect(await latest(begun.id)).toMatchObject({
      amount_paid: 1_000,
      subtotal: 1_000,
      subtotal_excluding_tax: 800,
      total: 1_000,
      total_excluding_tax: 800,
      total_taxes: [{ amount: 200, tax_behavior: "inclusive", taxable_amount: 800 }],
    });
  });

  it("is on what a discount leaves, an item's own rate wins, and the exempt pay none", async () => {
    const [own, other] = [await rate(20, false), await rate(5, false)];
    const coupon = (await stripe.coupons.create({ percent_off: 50, duration: "forever" })).id;
    const begun = await plans.subscribe("pm_card_visa", {
      default_tax_rates: [other],
      discounts: [{ coupon }],
      items: [{ price: plans.prices.premium, tax_rates: [own] }, { price: plans.prices.starter }],
    });
    expect(await latest(begun.id)).toMatchObject({
      subtotal: 11_000,
      total: 5_500 + 1_000 + 25,
      total_excluding_tax: 5_500,
    });
    await stripe.customers.update(String(begun.customer), { tax_exempt: "exempt" });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect(await latest(begun.id)).toMatchObject({ total: 5_500, total_taxes: [] });
  });

  it("is on prorations and on what is added to a draft by hand", async () => {
    const begun = await plans.subscribe("pm_card_visa", { default_tax_rates: [await rate(10, false)] });
    await plans.moveTo("2026-02-14T09:00:00Z");
    const items = [{ id: itemOf(begun).id, price: plans.prices.premium }];
    await stripe.subscriptions.update(begun.id, { items, proration_behavior: "always_invoice" });
    expect(await latest(begun.id)).toMatchObject({ subtotal: 4_500, total: 4_950 });
    await plans.moveTo("2026-02-28T09:30:00Z");
    const draft = await latest(begun.id);
    expect(draft).toMatchObject({ status: "draft", total: 11_000 });
    await stripe.invoiceItems.create({
      customer: String(begun.customer),
      amount: 1_000,
      currency: "usd",
      invoice: draft.id,
      subscription: begun.id,
    });
    expect(await latest(begun.id)).toMatchObject({ subtotal: 11_000, total: 12_100, amount_due: 12_100 });
  });

  it("worked out by Stripe needs to know where the customer is", async () => {
    const begun = await plans.subscribe();
    const on = () => stripe.subscriptions.update(begun.id, { automatic_tax: { enabled: true } });
    expect(await failureOf(on())).toMatchObject({ statusCode: 400, code: "customer_tax_location_invalid" });
    await stripe.customers.update(String(begun.customer), {
      address: { country: "US", postal_code: "94107" },
    });
    expect((await on()).automatic_tax).toMatchObject({ enabled: true });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect(await latest(begun.id)).toMatchObject({
      automatic_tax: { enabled: true, status: "complete" },
      amount_paid: 1_100,
      subtotal: 1_000,
      total: 1_100,
    });
  });

  it("in a phase that does not name it is gone, at once for the running one", async () => {
    const id = await rate(10, false);
    const begun = await plans.subscribe("pm_card_visa", { default_tax_rates: [id] });
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
    const [running] = schedule.phases;
    expect(running?.default_tax_rates).toMatchObject([{ id }]);
    const phases = (default_tax_rates: string[]) => [
      {
        items: [{ price: plans.prices.starter }],
        start_date: running?.start_date,
        end_date: running?.end_date,
        ...(default_tax_rates.length > 0 ? { default_tax_rates } : {}),
      },
      {
        items: [{ price: plans.prices.premium }],
        proration_behavior: "none" as const,
        default_tax_rates,
      },
    ];
    await stripe.subscriptionSchedules.update(schedule.id, { phases: phases([id]) });
    expect((await stripe.subscriptions.retrieve(begun.id)).default_tax_rates).toMatchObject([{ id }]);
    await stripe.subscriptionSchedules.update(schedule.id, { phases: phases([]) });
    expect((await stripe.subscriptions.retrieve(begun.id)).default_tax_rates).toEqual([]);
    await stripe.subscriptionSchedules.update(schedule.id, { phases: phases([id]) });
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect(await latest(begun.id)).toMatchObject({ subtotal: 10_000, total: 11_000, amount_paid: 11_000 });
  });
});
