import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf, post } from "./testing";
import { type Plans, simulatePlans } from "./testing-plans";

let plans: Plans;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  plans = await simulatePlans();
  ({ stripe } = plans);
  ({ customer } = await plans.customerWith(null));
});
afterAll(() => plans.simulator.close());

const CARD = { expiry: "12/34", cvc: "123", name: "Ann" };
const open = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({
    mode: "subscription",
    customer,
    client_reference_id: "account-7",
    line_items: [{ price: plans.prices.starter, quantity: 1 }],
    subscription_data: { metadata: { account: "7" } },
    success_url: "http://shop.test/done?session={CHECKOUT_SESSION_ID}",
    cancel_url: "http://shop.test/plans",
    ...more,
  });
const pay = (session: Stripe.Checkout.Session, number: string) =>
  post(session.url ?? "", { number, ...CARD });
const subscriptions = async () => (await stripe.subscriptions.list({ customer, status: "all" })).data;

describe("Checkout for a plan", () => {
  it("shows what is sold, and until it is paid there is no subscription", async () => {
    const session = await open({ expand: ["line_items"] });
    expect(session).toMatchObject({
      status: "open",
      payment_status: "unpaid",
      amount_total: 1000,
      currency: "usd",
      subscription: null,
      invoice: null,
      line_items: { data: [{ amount_total: 1000, price: { id: plans.prices.starter }, quantity: 1 }] },
    });
    const page = await (await fetch(session.url ?? "")).text();
    expect(page).toContain("Starter");
    expect(page).toContain("$10.00");
    expect(await subscriptions()).toEqual([]);
  });

  it("paid: an active subscription with that card and a paid invoice, both named by the session", async () => {
    const session = await open();
    const answer = await pay(session, "4242 4242 4242 4242");
    expect(answer.headers.get("location")).toBe(`http://shop.test/done?session=${session.id}`);
    const complete = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ["subscription", "invoice.payments"],
    });
    expect(complete).toMatchObject({
      status: "complete",
      payment_status: "paid",
      url: null,
      client_reference_id: "account-7",
      subscription: { status: "active", metadata: { account: "7" } },
      invoice: { status: "paid", billing_reason: "subscription_create", amount_paid: 1000 },
    });
    const subscription = complete.subscription as Stripe.Subscription;
    const card = await stripe.paymentMethods.retrieve(String(subscription.default_payment_method));
    expect(card).toMatchObject({ customer, card: { last4: "4242" } });
    const events = await stripe.events.list({ type: "checkout.session.completed" });
    expect(events.data[0]?.data.object).toMatchObject({ id: session.id, subscription: subscription.id });
    const again = await pay(session, "4242 4242 4242 4242");
    expect(again.headers.get("location")).toBe(`http://shop.test/done?session=${session.id}`);
    expect(await subscriptions()).toHaveLength(1);
  });

  it("declined: says so, and takes another card", async () => {
    const before = (await subscriptions()).length;
    const session = await open();
    for (const number of ["4000 0000 0000 0002", "4000 0000 0000 0341"]) {
      const answer = await pay(session, number);
      expect(answer.status).toBe(402);
      expect(await answer.text()).toContain("Your card was declined.");
    }
    expect(await subscriptions()).toHaveLength(before);
    await pay(session, "4242 4242 4242 4242");
    expect(await subscriptions()).toHaveLength(before + 1);
    const [invoice] = (await stripe.invoices.list({ customer })).data;
    const payments = await stripe.invoicePayments.list({ invoice: String(invoice?.id) });
    expect(payments.data).toHaveLength(1);
  });

  it.each([
    ["approve", "complete", "http://shop.test/done?session="],
    ["fail", "open", "/checkout/"],
  ])("sent to the bank, %s: the session is %s", async (result, status, leadsTo) => {
    const before = (await subscriptions()).length;
    const session = await open();
    const bank = (await pay(session, "4000 0027 6000 3184")).headers.get("location") ?? "";
    expect(bank).toContain("/authenticate/pi_");
    expect(await subscriptions()).toHaveLength(before);
    const answer = await post(bank, { result });
    expect(answer.headers.get("location")).toContain(leadsTo);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe(status);
    expect(await subscriptions()).toHaveLength(before + (status === "complete" ? 1 : 0));
  });

  it("expired: cannot be paid any more, and nothing was subscribed to", async () => {
    const before = (await subscriptions()).length;
    const session = await open();
    await pay(session, "4000 0027 6000 3184");
    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: "expired", url: null });
    expect((await pay(session, "4242 4242 4242 4242")).status).toBe(410);
    expect(await subscriptions()).toHaveLength(before);
  });

  it("of something free asks for a card, but charges nothing", async () => {
    const session = await open({ line_items: [{ price: plans.prices.free, quantity: 1 }] });
    await pay(session, "4242 4242 4242 4242");
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ["invoice"] });
    expect(complete).toMatchObject({ status: "complete", invoice: { amount_due: 0, status: "paid" } });
  });

  it("refuses a session that sells nothing, or a price that does not exist", async () => {
    expect(await failureOf(open({ line_items: [] }))).toMatchObject({ statusCode: 400 });
    const unknown = open({ line_items: [{ price: "price_unknown", quantity: 1 }] });
    expect(await failureOf(unknown)).toMatchObject({ code: "resource_missing" });
  });
});
