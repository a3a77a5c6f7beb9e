import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeAll(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterAll(() => plans.simulator.close());

describe("subscribing", () => {
  it("with a card that pays: active, and its first invoice is paid", async () => {
    const subscription = await plans.subscribe("pm_card_visa", {
      metadata: { account: "7" },
    });
    expect(subscription).toMatchObject({ status: "active", metadata: { account: "7" } });
    expect(isoOf(itemOf(subscription).current_period_end)).toBe("2026-02-28T09:00:00.000Z");
    const invoice = await stripe.invoices.retrieve(String(subscription.latest_invoice), {
      expand: ["payments.data.payment.payment_intent"],
    });
    expect(invoice).toMatchObject({
      status: "paid",
      billing_reason: "subscription_create",
      amount_due: 1000,
      amount_paid: 1000,
      amount_remaining: 0,
      attempt_count: 1,
      parent: { subscription_details: { subscription: subscription.id } },
    });
    expect(invoice.lines.data).toMatchObject([
      { amount: 1000, pricing: { price_details: { price: plans.prices.starter } } },
    ]);
    const item = itemOf(subscription);
    expect(invoice.lines.data[0]?.period).toEqual({
      start: item.current_period_start,
      end: item.current_period_end,
    });
    expect(invoice.payments?.data).toMatchObject([
      { status: "paid", amount_paid: 1000, payment: { payment_intent: { status: "succeeded" } } },
    ]);
    expect((await fetch(invoice.invoice_pdf ?? "")).headers.get("content-type")).toBe("application/pdf");
  });

  it("numbers a customer's invoices one after the other", async () => {
    const { customer, card } = await plans.customerWith("pm_card_visa");
    const items = [{ price: plans.prices.starter }];
    for (let n = 0; n < 2; n += 1)
      await stripe.subscriptions.create({ customer, items, default_payment_method: card });
    const invoices = await stripe.invoices.list({ customer });
    const numbers = invoices.data.map(({ number }) => number?.split("-")[1]);
    expect(numbers).toEqual(["0002", "0001"]);
  });

  it("finds the invoice of a payment", async () => {
    const { latest_invoice } = await plans.subscribe();
    const [payment] = (await stripe.invoicePayments.list({ invoice: String(latest_invoice) })).data;
    const payment_intent = String(payment?.payment.payment_intent);
    const found = await stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent } });
    expect(found.data.map(({ invoice }) => invoice)).toEqual([latest_invoice]);
  });

  it("without any card is refused, and nothing is written", async () => {
    const { customer } = await plans.customerWith(null);
    const error = await failureOf(
      stripe.subscriptions.create({ customer, items: [{ price: plans.prices.starter }] }),
    );
    expect(error).toMatchObject({ statusCode: 400, code: "resource_missing" });
    expect((await stripe.subscriptions.list({ customer, status: "all" })).data).toEqual([]);
    expect((await stripe.invoices.list({ customer })).data).toEqual([]);
  });

  it("takes the customer's default card when the subscription has none", async () => {
    const { customer, card } = await plans.customerWith("pm_card_visa");
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });
    const items = [{ price: plans.prices.starter }];
    expect(await stripe.subscriptions.create({ customer, items })).toMatchObject({
      status: "active",
      default_payment_method: null,
    });
  });

  it("with a card that declines: incomplete, and expired after 23 hours with its invoice void", async () => {
    const { customer, card } = await plans.customerWith("pm_card_chargeCustomerFail");
    const items = [{ price: plans.prices.starter }];
    const begun = await stripe.subscriptions.create({ customer, items, default_payment_method: card });
    expect(begun.status).toBe("incomplete");
    const invoice = await stripe.invoices.retrieve(String(begun.latest_invoice));
    expect(invoice).toMatchObject({ status: "open", attempt_count: 1, next_payment_attempt: null });
    const error = await failureOf(
      stripe.subscriptions.create({
        customer,
        items,
        default_payment_method: card,
        payment_behavior: "error_if_incomplete",
      }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await stripe.subscriptions.list({ customer, status: "all" })).data).toHaveLength(1);
  });

  it("with a card whose bank asks: incomplete until the payment is confirmed", async () => {
    const begun = await plans.subscribe("pm_card_authenticationRequired", {
      expand: ["latest_invoice.payments", "latest_invoice.confirmation_secret"],
    });
    expect(begun.status).toBe("incomplete");
    const invoice = begun.latest_invoice as Stripe.Invoice;
    const intent = String(invoice.payments?.data[0]?.payment.payment_intent);
    expect(invoice.confirmation_secret?.client_secret).toContain(intent);
    await fetch(`${plans.simulator.url}/_sim/payment_intents/${intent}/authenticate`, {
      method: "POST",
      body: JSON.stringify({ result: "approve" }),
      headers: { "Content-Type": "application/json" },
    });
    expect(await stripe.subscriptions.retrieve(begun.id)).toMatchObject({ status: "active" });
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: "paid", attempt_count: 1 });
  });

  it("at a price of nothing is active without a card", async () => {
    const { customer } = await plans.customerWith(null);
    const items = [{ price: plans.prices.free }];
    const subscription = await stripe.subscriptions.create({ customer, items });
    expect(subscription.status).toBe("active");
    const invoice = await stripe.invoices.retrieve(String(subscription.latest_invoice));
    expect(invoice).toMatchObject({ status: "paid", amount_due: 0, attempt_count: 0 });
  });
});
