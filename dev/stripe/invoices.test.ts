import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { control, failureOf, post, RETURN_URL } from "./testing";
import { isoOf, itemOf, type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;

beforeEach(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
});
afterEach(() => plans.simulator.close());

const UPGRADED_AT = "2026-02-10T12:00:00Z";
const upgrade = async (begun: Stripe.Subscription, token = "pm_card_visa") => {
  const customer = String(begun.customer);
  const method = await stripe.paymentMethods.attach(token, { customer });
  await stripe.subscriptions.update(begun.id, { default_payment_method: method.id });
  await plans.moveTo(UPGRADED_AT);
  return stripe.subscriptions.update(begun.id, {
    items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
    billing_cycle_anchor: { type: "now" },
    proration_behavior: "none",
    payment_behavior: "pending_if_incomplete",
  });
};
const invoiceOf = (subscription: Stripe.Subscription) =>
  stripe.invoices.retrieve(String(subscription.latest_invoice), { expand: ["payments"] });
const intentOf = (invoice: Stripe.Invoice) => String(invoice.payments?.data[0]?.payment.payment_intent);
const typesSince = () => plans.eventsSince(Date.parse(UPGRADED_AT) / 1000);

describe("an upgrade that waits for its payment", () => {
  it("paid at once: the full new price, and a new period from now", async () => {
    const begun = await plans.subscribe();
    const after = await upgrade(begun);
    expect(after).toMatchObject({ status: "active", pending_update: null });
    expect(itemOf(after).price.id).toBe(plans.prices.premium);
    expect(itemOf(after).id).toBe(itemOf(begun).id);
    expect(isoOf(itemOf(after).current_period_start)).toBe("2026-02-10T12:00:00.000Z");
    expect(isoOf(itemOf(after).current_period_end)).toBe("2026-03-10T12:00:00.000Z");
    const invoice = await invoiceOf(after);
    expect(invoice).toMatchObject({ billing_reason: "subscription_update", status: "paid", total: 10_000 });
    expect(invoice.lines.data).toMatchObject([
      { pricing: { price_details: { price: plans.prices.premium } } },
    ]);
    expect(await typesSince()).not.toContain("customer.subscription.pending_update_applied");
    await plans.moveTo("2026-03-10T14:00:00Z");
    const renewed = await stripe.invoices.list({ subscription: begun.id });
    expect(renewed.data.map(({ total }) => total)).toEqual([10_000, 10_000, 1_000]);
  });

  it("declined: nothing changes until the invoice is paid with another card", async () => {
    const begun = await plans.subscribe();
    const waiting = await upgrade(begun, "pm_card_chargeCustomerFail");
    expect(waiting.status).toBe("active");
    expect(itemOf(waiting)).toMatchObject({
      price: { id: plans.prices.starter },
      current_period_end: itemOf(begun).current_period_end,
    });
    expect(isoOf(waiting.pending_update?.expires_at)).toBe("2026-02-11T11:00:00.000Z");
    expect(waiting.pending_update?.subscription_items).toMatchObject([
      { price: { id: plans.prices.premium } },
    ]);
    const invoice = await invoiceOf(waiting);
    expect(invoice).toMatchObject({ status: "open", attempt_count: 1, next_payment_attempt: null });
    const refused = await failureOf(
      stripe.invoices.pay(invoice.id, { payment_method: "pm_card_chargeDeclined" }),
    );
    expect(refused).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe("open");
    await stripe.invoices.pay(invoice.id, { payment_method: "pm_card_visa" });
    const after = await stripe.subscriptions.retrieve(begun.id);
    expect(after.pending_update).toBeNull();
    expect(itemOf(after).price.id).toBe(plans.prices.premium);
    expect(await typesSince()).toContain("customer.subscription.pending_update_applied");
  });

  it("asked about by the bank: applied when the payment is confirmed and approved", async () => {
    const begun = await plans.subscribe();
    const waiting = await upgrade(begun, "pm_card_authenticationRequired");
    const invoice = await invoiceOf(waiting);
    const intent = intentOf(invoice);
    expect(await stripe.paymentIntents.retrieve(intent)).toMatchObject({
      status: "requires_action",
      next_action: { type: "use_stripe_sdk" },
    });
    const confirmed = await stripe.paymentIntents.confirm(intent, {
      payment_method: String(waiting.default_payment_method),
      return_url: RETURN_URL,
    });
    const bank = confirmed.next_action?.redirect_to_url?.url ?? "";
    const back = await post(bank, { result: "approve" });
    expect(back.headers.get("location")).toContain("redirect_status=succeeded");
    const after = await stripe.subscriptions.retrieve(begun.id);
    expect([after.pending_update, itemOf(after).price.id]).toEqual([null, plans.prices.premium]);
    expect((await invoiceOf(after)).status).toBe("paid");
  });

  it("failed at the bank: still waiting, and another card can be confirmed", async () => {
    const waiting = await upgrade(await plans.subscribe(), "pm_card_authenticationRequired");
    const intent = intentOf(await invoiceOf(waiting));
    await control(plans.simulator, "POST", `/payment_intents/${intent}/authenticate`, { result: "fail" });
    expect((await stripe.subscriptions.retrieve(waiting.id)).pending_update).not.toBeNull();
    expect((await invoiceOf(waiting)).attempt_count).toBe(1);
    await stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_visa", return_url: RETURN_URL });
    expect(itemOf(await stripe.subscriptions.retrieve(waiting.id)).price.id).toBe(plans.prices.premium);
  });

  it.each(["voided", "never paid", "replaced"])(
    "%s: given up, and the subscription goes on as it was",
    async (how) => {
      const begun = await plans.subscribe();
      const waiting = await upgrade(begun, "pm_card_chargeCustomerFail");
      const invoice = await invoiceOf(waiting);
      if (how === "voided") await stripe.invoices.voidInvoice(invoice.id);
      if (how === "never paid") await plans.moveTo("2026-02-11T11:00:00Z");
      if (how === "replaced") await upgrade(begun, "pm_card_chargeCustomerFail");
      expect((await stripe.invoices.retrieve(invoice.id)).status).toBe("void");
      expect((await stripe.paymentIntents.retrieve(intentOf(invoice))).status).toBe("canceled");
      const after = await stripe.subscriptions.retrieve(begun.id);
      expect(after.pending_update === null).toBe(how !== "replaced");
      expect(itemOf(after)).toMatchObject({
        price: { id: plans.prices.starter },
        current_period_end: itemOf(begun).current_period_end,
      });
      expect(after.status).toBe("active");
      expect(await typesSince()).toContain("customer.subscription.pending_update_expired");
    },
  );

  it("takes no card in the same call", async () => {
    const begun = await plans.subscribe();
    const error = await failureOf(
      stripe.subscriptions.update(begun.id, {
        items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
        payment_behavior: "pending_if_incomplete",
        default_payment_method: String(begun.default_payment_method),
      }),
    );
    expect(error).toMatchObject({ statusCode: 400, param: "default_payment_method" });
  });
});

describe("other changes", () => {
  const change = (begun: Stripe.Subscription, more: Stripe.SubscriptionUpdateParams) =>
    stripe.subscriptions.update(begun.id, {
      items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
      ...more,
    });

  it("error_if_incomplete: a decline is a 402 and nothing has changed", async () => {
    const begun = await plans.subscribe();
    await upgrade(begun, "pm_card_chargeCustomerFail");
    const before = await stripe.subscriptions.retrieve(begun.id);
    const params = {
      billing_cycle_anchor: { type: "now" },
      payment_behavior: "error_if_incomplete",
    } as const;
    expect(await failureOf(change(begun, params))).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect(await stripe.subscriptions.retrieve(begun.id)).toEqual(before);
    expect((await stripe.invoices.list({ subscription: begun.id })).data).toHaveLength(2);
  });

  it("allow_incomplete: changed at once, and past due until paid", async () => {
    const begun = await plans.subscribe();
    const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: String(begun.customer),
    });
    await stripe.subscriptions.update(begun.id, { default_payment_method: card.id });
    const after = await change(begun, { billing_cycle_anchor: { type: "now" }, proration_behavior: "none" });
    expect([after.status, itemOf(after).price.id]).toEqual(["past_due", plans.prices.premium]);
    expect((await invoiceOf(after)).next_payment_attempt).not.toBeNull();
  });

  it("always_invoice: the difference for the rest of the period, by the second", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-14T09:00:00Z");
    const after = await change(begun, { proration_behavior: "always_invoice" });
    expect(itemOf(after).current_period_end).toBe(itemOf(begun).current_period_end);
    const invoice = await invoiceOf(after);
    expect(invoice).toMatchObject({ status: "paid", total: 4500 });
    expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([-500, 5000]);
  });

  it("create_prorations: the difference comes with the next renewal", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo("2026-02-14T09:00:00Z");
    const after = await change(begun, { proration_behavior: "create_prorations" });
    expect(after.latest_invoice).toBe(begun.latest_invoice);
    await plans.moveTo("2026-02-28T12:00:00Z");
    const [renewal] = (await stripe.invoices.list({ subscription: begun.id })).data;
    expect(renewal).toMatchObject({ total: 14_500, status: "paid" });
  });

  it("what a smaller plan gives back is credit that pays the next invoice first", async () => {
    const begun = await plans.subscribe("pm_card_visa", { items: [{ price: plans.prices.premium }] });
    await plans.moveTo("2026-02-14T09:00:00Z");
    await stripe.subscriptions.update(begun.id, {
      items: [{ id: itemOf(begun).id, price: plans.prices.starter }],
      proration_behavior: "always_invoice",
    });
    const customer = await stripe.customers.retrieve(String(begun.customer));
    expect(customer).toMatchObject({ balance: -4500 });
    await plans.moveTo("2026-02-28T12:00:00Z");
    const [renewal] = (await stripe.invoices.list({ subscription: begun.id })).data;
    expect(renewal).toMatchObject({ total: 1000, amount_due: 0, status: "paid", ending_balance: -3500 });
  });
});

describe("a preview", () => {
  it("of an upgrade: the price and the period, and nothing is written", async () => {
    const begun = await plans.subscribe();
    await plans.moveTo(UPGRADED_AT);
    const preview = await stripe.invoices.createPreview({
      customer: String(begun.customer),
      subscription: begun.id,
      subscription_details: {
        items: [{ id: itemOf(begun).id, price: plans.prices.premium }],
        billing_cycle_anchor: { type: "now" },
        proration_behavior: "none",
      },
    });
    expect(preview).toMatchObject({ amount_due: 10_000, status: "draft", number: null });
    expect(isoOf(preview.lines.data[0]?.period.start)).toBe("2026-02-10T12:00:00.000Z");
    expect(isoOf(preview.lines.data[0]?.period.end)).toBe("2026-03-10T12:00:00.000Z");
    expect(await stripe.subscriptions.retrieve(begun.id)).toEqual(begun);
    expect((await stripe.invoices.list({ subscription: begun.id })).data).toHaveLength(1);
  });

  it("of the next renewal; there is none when the subscription ends", async () => {
    const begun = await plans.subscribe();
    const preview = await stripe.invoices.createPreview({ subscription: begun.id });
    expect(preview.total).toBe(1000);
    expect(preview.lines.data[0]?.period.start).toBe(itemOf(begun).current_period_end);
    await stripe.subscriptions.update(begun.id, { cancel_at_period_end: true });
    const error = await failureOf(stripe.invoices.createPreview({ subscription: begun.id }));
    expect(error).toMatchObject({ code: "invoice_upcoming_none" });
  });
});

describe("an open invoice", () => {
  const failedRenewal = async () => {
    const begun = await plans.subscribe();
    const customer = String(begun.customer);
    const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    await stripe.subscriptions.update(begun.id, { default_payment_method: card.id });
    await plans.moveTo("2026-02-28T12:00:00Z");
    return stripe.subscriptions.retrieve(begun.id);
  };
  const typed = (number: string) => ({ number, expiry: "12/34", cvc: "123" });

  it("is paid at its page, and the card stays", async () => {
    const past = await failedRenewal();
    const invoice = await invoiceOf(past);
    const url = invoice.hosted_invoice_url ?? "";
    expect(await (await fetch(url)).text()).toContain("$10.00");
    expect((await post(url, typed("4000 0000 0000 0002"))).status).toBe(402);
    expect((await post(url, typed("4242 4242 4242 4242"))).status).toBe(303);
    const after = await stripe.subscriptions.retrieve(past.id, { expand: ["default_payment_method"] });
    expect(after).toMatchObject({ status: "active", default_payment_method: { card: { last4: "4242" } } });
  });

  it("is paid at its page with the bank's approval, and that card stays", async () => {
    const past = await failedRenewal();
    const url = (await invoiceOf(past)).hosted_invoice_url ?? "";
    const bank = (await post(url, typed("4000 0027 6000 3184"))).headers.get("location") ?? "";
    const back = (await post(bank, { result: "approve" })).headers.get("location") ?? "";
    expect(await (await fetch(back)).text()).toContain("paid");
    const after = await stripe.subscriptions.retrieve(past.id, { expand: ["default_payment_method"] });
    expect(after).toMatchObject({ status: "active", default_payment_method: { card: { last4: "3184" } } });
  });

  it("answers 402 when its card wants the bank and nobody is there", async () => {
    const invoice = await invoiceOf(await failedRenewal());
    const call = stripe.invoices.pay(invoice.id, { payment_method: "pm_card_authenticationRequired" });
    expect(await failureOf(call)).toMatchObject({
      statusCode: 402,
      code: "invoice_payment_intent_requires_action",
    });
    expect((await stripe.paymentIntents.retrieve(intentOf(invoice))).status).toBe("requires_action");
  });

  it("can be paid elsewhere, given up or taken back, and then the subscription is active", async () => {
    const past = await failedRenewal();
    const id = String(past.latest_invoice);
    expect(await stripe.invoices.markUncollectible(id)).toMatchObject({ status: "uncollectible" });
    expect((await stripe.subscriptions.retrieve(past.id)).status).toBe("active");
    expect(await stripe.invoices.pay(id, { paid_out_of_band: true })).toMatchObject({ status: "paid" });
    expect(await failureOf(stripe.invoices.pay(id))).toMatchObject({ statusCode: 400 });
    expect(await failureOf(stripe.invoices.voidInvoice(id))).toMatchObject({ statusCode: 400 });
  });
});
