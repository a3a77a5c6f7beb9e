import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { control, failureOf } from "./testing";
import { itemOf, type Plans, simulatePlans } from "./testing-plans";

describe("a discount", () => {
  let plans: Plans;
  let stripe: Stripe;

  beforeEach(async () => {
    plans = await simulatePlans();
    ({ stripe } = plans);
  });
  afterEach(() => plans.simulator.close());

  const half = (more: Partial<Stripe.CouponCreateParams> = {}) =>
    stripe.coupons.create({ percent_off: 50, duration: "forever", ...more });
  const premium = (coupon: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    plans.subscribe("pm_card_visa", {
      items: [{ price: plans.prices.premium }],
      discounts: [{ coupon }],
      ...more,
    });
  const billsOf = async (subscription: string) =>
    (await stripe.invoices.list({ subscription, limit: 20 })).data.map(
      ({ amount_paid, subtotal, total }) => `${subtotal} ${total} ${amount_paid}`,
    );

  it("leaves a line's amount alone, and says beside it what it takes off", async () => {
    const { id } = await half();
    const begun = await premium(id);
    const [discount = ""] = begun.discounts.map(String);
    const [bill] = (await stripe.invoices.list({ subscription: begun.id })).data;
    expect(bill).toMatchObject({
      amount_paid: 5_000,
      discounts: [discount],
      status: "paid",
      subtotal: 10_000,
      total: 5_000,
      total_discount_amounts: [{ amount: 5_000, discount }],
      total_excluding_tax: 5_000,
    });
    expect(bill?.lines.data[0]).toMatchObject({
      amount: 10_000,
      discount_amounts: [{ amount: 5_000, discount }],
      discountable: true,
    });
    const expanded = await stripe.subscriptions.retrieve(begun.id, {
      expand: ["discounts.source.coupon", "latest_invoice.discounts"],
    });
    expect(expanded.discounts[0]).toMatchObject({ end: null, source: { coupon: { id, percent_off: 50 } } });
    expect((expanded.latest_invoice as Stripe.Invoice).discounts[0]).toMatchObject({ id: discount });
  });

  it("lasts for one invoice, for months, or for ever", async () => {
    const once = await premium((await half({ duration: "once" })).id);
    expect(once.discounts).toEqual([]);
    const months = await premium((await half({ duration: "repeating", duration_in_months: 2 })).id);
    const ever = await premium((await half()).id);
    await plans.moveTo("2026-05-01T00:00:00Z");
    expect(await billsOf(once.id)).toEqual([
      "10000 10000 10000",
      "10000 10000 10000",
      "10000 10000 10000",
      "10000 5000 5000",
    ]);
    expect(await billsOf(months.id)).toEqual([
      "10000 10000 10000",
      "10000 10000 10000",
      "10000 5000 5000",
      "10000 5000 5000",
    ]);
    expect(new Set(await billsOf(ever.id))).toEqual(new Set(["10000 5000 5000"]));
  });

  it("of everything makes a paid invoice of nothing, without a payment", async () => {
    const begun = await plans.subscribe("pm_card_visa", {
      discounts: [{ coupon: (await half({ percent_off: 100 })).id }],
    });
    expect(begun.status).toBe("active");
    const bill = await stripe.invoices.retrieve(String(begun.latest_invoice), { expand: ["payments"] });
    expect(bill).toMatchObject({ amount_due: 0, amount_paid: 0, status: "paid", subtotal: 1_000, total: 0 });
    expect(bill.payments?.data).toEqual([]);
    expect(bill.lines.data[0]?.amount).toBe(1_000);
  });

  it("of an amount is spread over the lines, and takes no more than there is", async () => {
    const off = (amount_off: number) =>
      stripe.coupons.create({ amount_off, currency: "usd", duration: "forever" });
    const items = [{ price: plans.prices.starter }, { price: plans.prices.premium }];
    const some = await premium((await off(1_000)).id, { items });
    const bill = await stripe.invoices.retrieve(String(some.latest_invoice));
    expect(bill).toMatchObject({ subtotal: 11_000, total: 10_000 });
    expect(bill.lines.data.map((line) => line.discount_amounts?.[0]?.amount)).toEqual([90, 910]);
    const all = await premium((await off(50_000)).id);
    expect(await billsOf(all.id)).toEqual(["10000 0 0"]);
  });

  it("given in the dashboard counts from the next invoice, and taken away leaves what was billed", async () => {
    const begun = await plans.subscribe();
    const { id } = await half();
    const given = await stripe.subscriptions.update(begun.id, { discounts: [{ coupon: id }] });
    expect(given.discounts).toHaveLength(1);
    await plans.moveTo("2026-03-01T00:00:00Z");
    await stripe.subscriptions.update(begun.id, { discounts: "" });
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect(await billsOf(begun.id)).toEqual(["1000 1000 1000", "1000 500 500", "1000 1000 1000"]);
    expect(await plans.eventsSince()).toEqual(
      expect.arrayContaining(["customer.discount.created", "customer.discount.deleted"]),
    );
  });

  it("of a customer counts where the subscription has none of its own", async () => {
    const begun = await plans.subscribe();
    const own = await premium((await half()).id, {
      customer: String(begun.customer),
      default_payment_method: String(begun.default_payment_method),
    });
    const { id: coupon } = await half({ percent_off: 10 });
    const answer = await control(plans.simulator, "POST", `/customers/${begun.customer}/discount`, {
      coupon,
    });
    expect(answer.status).toBe(200);
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toBe("1000 900 900");
    expect((await billsOf(own.id))[0]).toBe("10000 5000 5000");
    await stripe.customers.deleteDiscount(String(begun.customer));
    await plans.moveTo("2026-04-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toBe("1000 1000 1000");
  });

  it("is in the amount of a proration: what is given back is no more than what was paid", async () => {
    const begun = await premium((await half()).id);
    const items = [{ id: itemOf(begun).id, price: plans.prices.starter }];
    await plans.moveTo("2026-02-14T09:00:00Z");
    await stripe.subscriptions.update(begun.id, { items, proration_behavior: "create_prorations" });
    const waiting = (await stripe.invoiceItems.list({ customer: String(begun.customer), pending: true }))
      .data;
    expect(waiting.map(({ amount, discountable }) => [amount, discountable])).toEqual([
      [250, false],
      [-2_500, false],
    ]);
    expect(waiting[0]?.proration_details?.discount_amounts).toMatchObject([{ amount: 250 }]);
    await plans.moveTo("2026-03-01T00:00:00Z");
    const [bill] = (await stripe.invoices.list({ subscription: begun.id })).data;
    expect(bill).toMatchObject({ subtotal: -1_250, total: -1_750 });
  });

  it("is seen in a preview, which uses no coupon up", async () => {
    const begun = await plans.subscribe();
    const { id } = await half({ duration: "once" });
    await stripe.subscriptions.update(begun.id, { discounts: [{ coupon: id }] });
    for (let times = 0; times < 2; times += 1)
      expect(await stripe.invoices.createPreview({ subscription: begun.id })).toMatchObject({
        amount_due: 500,
        subtotal: 1_000,
        total: 500,
      });
  });

  it("given along with a change that is billed at once is used up by it", async () => {
    const begun = await plans.subscribe();
    const after = await stripe.subscriptions.update(begun.id, {
      billing_cycle_anchor: { type: "now" },
      discounts: [{ coupon: (await half({ duration: "once" })).id }],
      items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
      proration_behavior: "none",
    });
    expect(after.discounts).toEqual([]);
    expect((await billsOf(begun.id))[0]).toBe("10000 5000 5000");
  });

  it("that cannot be is refused, and a coupon that is gone leaves what was redeemed", async () => {
    const { id: coupon } = await half({ max_redemptions: 1 });
    const begun = await premium(coupon);
    expect(await failureOf(premium(coupon))).toMatchObject({ statusCode: 400, code: "coupon_expired" });
    expect(await failureOf(premium("none"))).toMatchObject({ code: "resource_missing" });
    expect(await failureOf(stripe.coupons.create({ duration: "once" }))).toMatchObject({ statusCode: 400 });
    expect(await failureOf(half({ duration: "repeating" }))).toMatchObject({ param: "duration_in_months" });
    await stripe.coupons.del(coupon);
    await plans.moveTo("2026-03-01T00:00:00Z");
    expect((await billsOf(begun.id))[0]).toBe("10000 5000 5000");
  });

  it("in a phase that does not name it is gone, one carried over goes on counting, a coupon begins anew", async () => {
    const { id: coupon } = await half({ duration: "repeating", duration_in_months: 3 });
    type Asked = Stripe.SubscriptionScheduleUpdateParams.Phase.Discount[];
    const through = async (asked: (discount: string) => Asked) => {
      const begun = await premium(coupon);
      const [discount = ""] = begun.discounts.map(String);
      const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: begun.id });
      expect(phases[0]?.discounts).toEqual([{ coupon: null, discount, promotion_code: null }]);
      const { start_date, end_date } = phases[0] ?? {};
      const discounts = asked(discount);
      const duration = { interval: "month", interval_count: 4 } as const;
      await stripe.subscriptionSchedules.update(id, {
        phases: [
          { items: [{ price: plans.prices.premium }], start_date, end_date, discounts },
          { items: [{ price: plans.prices.starter }], duration, discounts },
        ],
      });
      return begun.id;
    };
    const gone = await through(() => []);
    const carried = await through((discount) => [{ discount }]);
    const again = await through(() => [{ coupon }]);
    await plans.moveTo("2026-06-01T00:00:00Z");
    const [first, whole, less] = ["10000 5000 5000", "1000 1000 1000", "1000 500 500"];
    expect(await billsOf(gone)).toEqual([whole, whole, whole, whole, first]);
    expect(await billsOf(carried)).toEqual([whole, whole, less, less, first]);
    expect(await billsOf(again)).toEqual([whole, less, less, less, first]);
  });
});
