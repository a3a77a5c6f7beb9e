import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { control } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

const periodsOf = async (id: string) => {
  const invoices = await stripe.invoices.list({ subscription: id, limit: 100 });
  return invoices.data.reverse().map(({ lines }) => isoOf(lines.data[0]?.period.start));
};
const latestOf = async (id: string) => {
  const subscription = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
  return { subscription, invoice: subscription.latest_invoice as Stripe.Invoice };
};
const swapCard = async (subscription: Stripe.Subscription, token: string) => {
  const customer = String(subscription.customer);
  const method = await stripe.paymentMethods.attach(token, { customer });
  await stripe.subscriptions.update(subscription.id, { default_payment_method: method.id });
  return method.id;
};

describe("a renewal", () => {
  it("moves the period at its end, drafts the invoice, and pays it an hour later", async () => {
    const { id } = await plans.subscribe();
    await plans.moveTo("2026-02-28T08:59:59Z");
    expect(await periodsOf(id)).toHaveLength(1);
    await plans.moveTo("2026-02-28T09:00:00Z");
    const drafted = await latestOf(id);
    expect(isoOf(itemOf(drafted.subscription).current_period_start)).toBe("2026-02-28T09:00:00.000Z");
    expect(isoOf(itemOf(drafted.subscription).current_period_end)).toBe("2026-03-31T09:00:00.000Z");
    expect(drafted.invoice).toMatchObject({
      status: "draft",
      billing_reason: "subscription_cycle",
      number: null,
      attempted: false,
    });
    await plans.moveTo("2026-02-28T09:59:59Z");
    expect((await latestOf(id)).invoice.status).toBe("draft");
    await plans.moveTo("2026-02-28T10:00:00Z");
    expect((await latestOf(id)).invoice).toMatchObject({
      status: "paid",
      amount_paid: 1000,
      attempt_count: 1,
    });
    const events = await plans.eventsSince(Date.parse("2026-02-28T09:00:00Z") / 1000);
    // A charge's fee is booked a little later, by a timer.
    const isAbout = (type: string) => !type.startsWith("payment_method") && type !== "charge.updated";
    expect(events.filter(isAbout)).toEqual([
      "invoice.created",
      "customer.subscription.updated",
      "invoice.finalized",
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
      "invoice_payment.paid",
      "invoice.paid",
      "invoice.payment_succeeded",
    ]);
  });

  it("counts months from the anchor: 31 Jan, 28 Feb, 31 Mar, 30 Apr", async () => {
    const { id } = await plans.subscribe();
    await plans.moveTo("2026-05-01T00:00:00Z");
    expect(await periodsOf(id)).toEqual([
      "2026-01-31T09:00:00.000Z",
      "2026-02-28T09:00:00.000Z",
      "2026-03-31T09:00:00.000Z",
      "2026-04-30T09:00:00.000Z",
    ]);
  });

  it("comes once a year for a yearly price", async () => {
    const { id } = await plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.yearly }] });
    await plans.moveTo("2028-02-01T00:00:00Z");
    expect(await periodsOf(id)).toEqual([
      "2026-01-31T09:00:00.000Z",
      "2027-01-31T09:00:00.000Z",
      "2028-01-31T09:00:00.000Z",
    ]);
  });
});

describe("a renewal that is declined", () => {
  it("is past due, tried again after 1, 3, 5 and 7 days, and ends the subscription with its invoice open", async () => {
    const begun = await plans.subscribe();
    await swapCard(begun, "pm_card_chargeCustomerFail");
    const at = async (iso: string) => {
      await plans.moveTo(iso);
      const { subscription, invoice } = await latestOf(begun.id);
      return [
        subscription.status,
        invoice.status,
        invoice.attempt_count,
        isoOf(invoice.next_payment_attempt),
      ];
    };
    expect(await at("2026-02-28T10:00:00Z")).toEqual(["past_due", "open", 1, "2026-03-01T10:00:00.000Z"]);
    expect(await at("2026-03-01T10:00:00Z")).toEqual(["past_due", "open", 2, "2026-03-04T10:00:00.000Z"]);
    expect(await at("2026-03-04T10:00:00Z")).toEqual(["past_due", "open", 3, "2026-03-09T10:00:00.000Z"]);
    expect(await at("2026-03-09T10:00:00Z")).toEqual(["past_due", "open", 4, "2026-03-16T10:00:00.000Z"]);
    expect(await at("2026-03-16T10:00:00Z")).toEqual(["canceled", "open", 5, null]);
    const { subscription } = await latestOf(begun.id);
    expect(subscription.cancellation_details?.reason).toBe("payment_failed");
    expect(isoOf(subscription.ended_at)).toBe("2026-03-16T10:00:00.000Z");
    expect(await at("2026-06-01T00:00:00Z")).toEqual(["canceled", "open", 5, null]);
  });

  it("is active again when a retry finds a card that pays", async () => {
    const begun = await plans.subscribe();
    await swapCard(begun, "pm_card_chargeCustomerFail");
    await plans.moveTo("2026-02-28T12:00:00Z");
    await swapCard(begun, "pm_card_visa");
    await plans.moveTo("2026-03-01T10:00:00Z");
    const { subscription, invoice } = await latestOf(begun.id);
    expect([subscription.status, invoice.status]).toEqual(["active", "paid"]);
  });

  it("is active again when somebody pays the invoice by hand", async () => {
    const begun = await plans.subscribe();
    await swapCard(begun, "pm_card_chargeCustomerFail");
    await plans.moveTo("2026-02-28T12:00:00Z");
    const { invoice } = await latestOf(begun.id);
    const paid = await stripe.invoices.pay(invoice.id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "paid", next_payment_attempt: null });
    expect((await latestOf(begun.id)).subscription.status).toBe("active");
    await plans.moveTo("2026-03-20T00:00:00Z");
    expect((await latestOf(begun.id)).invoice.attempt_count).toBe(2);
  });

  it("asks for the buyer when the bank does", async () => {
    const begun = await plans.subscribe();
    await swapCard(begun, "pm_card_authenticationRequired");
    const since = Date.parse("2026-02-28T09:30:00Z") / 1000;
    await plans.moveTo("2026-02-28T10:00:00Z");
    const { subscription, invoice } = await latestOf(begun.id);
    expect([subscription.status, invoice.status]).toEqual(["past_due", "open"]);
    expect(await plans.eventsSince(since)).toEqual(
      expect.arrayContaining(["invoice.payment_action_required", "invoice.payment_failed"]),
    );
  });

  it.each([
    ["unpaid", "unpaid"],
    ["past_due", "past_due"],
  ] as const)("leaves the subscription %s when the account says so", async (afterLastRetry, status) => {
    await plans.simulator.close();
    plans = await simulatePlans({ afterLastRetry, retryDelaysMs: [1000] });
    ({ stripe } = plans);
    const begun = await plans.subscribe();
    await swapCard(begun, "pm_card_chargeCustomerFail");
    await plans.moveTo("2026-03-01T00:00:00Z");
    const { subscription, invoice } = await latestOf(begun.id);
    expect([subscription.status, invoice.attempt_count]).toEqual([status, 2]);
  });
});

describe("the end of a subscription", () => {
  it("comes with its period when asked for, without an invoice; and can be taken back", async () => {
    const begun = await plans.subscribe();
    const ending = await stripe.subscriptions.update(begun.id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({ status: "active", cancel_at: itemOf(begun).current_period_end });
    const back = await stripe.subscriptions.update(begun.id, { cancel_at_period_end: false });
    expect(back).toMatchObject({ cancel_at: null, canceled_at: null });
    await stripe.subscriptions.update(begun.id, { cancel_at_period_end: true });
    await plans.moveTo("2026-03-01T00:00:00Z");
    const { subscription } = await latestOf(begun.id);
    expect(subscription).toMatchObject({
      status: "canceled",
      ended_at: itemOf(begun).current_period_end,
      cancellation_details: { reason: "cancellation_requested" },
    });
    expect(await periodsOf(begun.id)).toHaveLength(1);
    const events = await plans.eventsSince();
    expect(events.filter((type) => type === "customer.subscription.deleted")).toHaveLength(1);
  });

  it("comes at once when canceled, and only words can be changed afterwards", async () => {
    const { id } = await plans.subscribe();
    expect((await stripe.subscriptions.cancel(id)).status).toBe("canceled");
    await expect(stripe.subscriptions.cancel(id)).rejects.toMatchObject({ statusCode: 404 });
    await expect(stripe.subscriptions.update(id, { cancel_at_period_end: true })).rejects.toMatchObject({
      statusCode: 400,
    });
    expect(await stripe.subscriptions.update(id, { metadata: { a: "b" } })).toMatchObject({
      metadata: { a: "b" },
    });
  });

  it("comes with the customer's deletion", async () => {
    const begun = await plans.subscribe();
    await stripe.customers.del(String(begun.customer));
    expect((await stripe.subscriptions.retrieve(begun.id)).status).toBe("canceled");
  });

  it("comes after 23 hours when the first payment never came", async () => {
    const begun = await plans.subscribe("pm_card_chargeCustomerFail");
    await plans.moveTo("2026-02-01T08:00:00Z");
    const { subscription, invoice } = await latestOf(begun.id);
    expect([subscription.status, invoice.status]).toEqual(["incomplete_expired", "void"]);
  });
});

it("forgets a card that was detached as the subscription's default", async () => {
  const begun = await plans.subscribe();
  await stripe.paymentMethods.detach(String(begun.default_payment_method));
  expect((await stripe.subscriptions.retrieve(begun.id)).default_payment_method).toBeNull();
});

describe("what can be turned by hand", () => {
  const turn = (path: string, body: unknown = {}) => control(plans.simulator, "POST", path, body);

  it("decides what becomes of the next payment", async () => {
    const { id } = await plans.subscribe();
    const page = await (await fetch(`${plans.simulator.url}/`)).text();
    expect(page).toContain(`/_sim/subscriptions/${id}/decline_next`);
    expect((await turn(`/subscriptions/${id}/decline_next`)).status).toBe(200);
    await plans.moveTo("2026-02-28T10:00:00Z");
    expect((await latestOf(id)).subscription.status).toBe("past_due");
    expect((await turn(`/subscriptions/${id}/accept_next`)).status).toBe(200);
    await plans.moveTo("2026-03-02T10:00:00Z");
    expect((await latestOf(id)).subscription.status).toBe("active");
    expect((await turn("/subscriptions/sub_unknown/decline_next")).status).toBe(404);
  });

  it("gives a saved card new numbers, as banks do", async () => {
    const begun = await plans.subscribe();
    const card = String(begun.default_payment_method);
    const path = `/payment_methods/${card}/update_automatically`;
    expect((await turn(path, { exp_month: 11, exp_year: 2031, last4: "1881" })).status).toBe(200);
    const after = await stripe.paymentMethods.retrieve(card);
    expect(after.card).toMatchObject({ exp_month: 11, exp_year: 2031, last4: "1881" });
    const events = await stripe.events.list({ type: "payment_method.automatically_updated" });
    expect(events.data[0]?.data.previous_attributes).toMatchObject({ card: { last4: "4242" } });
  });
});
