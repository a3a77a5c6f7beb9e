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

  // https://docs.stripe.com/billing/customer/balance: applied to the next invoice that is finalized, whoever makes it
  describe("of a customer with a balance", () => {
    const balanceOf = async (id: string) => {
      const found = await stripe.customers.retrieve(id);
      return found.deleted ? null : found.balance;
    };
    const owner = async (amount: number) => {
      const { customer: id } = await plans.customerWith(null);
      await stripe.customers.createBalanceTransaction(id, { amount, currency: "usd" });
      return id;
    };
    const paidBy = async (id: string) => {
      const [invoice] = (await stripe.invoices.list({ customer: id })).data;
      const { data: charges } = await stripe.charges.list({ customer: id });
      const paid = charges.filter(({ status }) => status === "succeeded");
      return { invoice, charged: paid.map(({ amount }) => amount) };
    };

    it.each([
      ["less", -400, [600], 600, 0],
      ["all of it", -2500, [], 0, -1500],
      ["more", 250, [1250], 1250, 0],
    ])("charges what is left: %s", async (_, amount, taken, due, left) => {
      const id = await owner(amount);
      const session = await open({ customer: id });
      await pay(session, "4242 4242 4242 4242");
      const { invoice, charged } = await paidBy(id);
      expect(charged).toEqual(taken);
      expect(invoice).toMatchObject({
        status: "paid",
        total: 1000,
        amount_paid: due,
        starting_balance: amount,
        ending_balance: left,
      });
      expect(await balanceOf(id)).toBe(left);
      const [moved] = (await stripe.customers.listBalanceTransactions(id)).data;
      expect(moved).toMatchObject({
        type: "checkout_session_subscription_payment",
        checkout_session: session.id,
        ending_balance: left,
      });
    });

    it("takes it once, however often the card is declined, and gives it back when the session expires", async () => {
      const id = await owner(-400);
      const session = await open({ customer: id });
      for (const number of ["4000 0000 0000 0341", "4000 0027 6000 3184"]) await pay(session, number);
      expect(await balanceOf(id)).toBe(0);
      await stripe.checkout.sessions.expire(session.id);
      expect(await balanceOf(id)).toBe(-400);
      const [moved] = (await stripe.customers.listBalanceTransactions(id)).data;
      expect(moved).toMatchObject({ type: "checkout_session_subscription_payment_canceled", amount: -400 });
      expect(await paidBy(id)).toEqual({ invoice: undefined, charged: [] });
    });

    it("leaves what waits for an invoice to the next one", async () => {
      const { customer: id } = await plans.customerWith(null);
      await stripe.invoiceItems.create({ customer: id, amount: 300, currency: "usd" });
      await pay(await open({ customer: id }), "4242 4242 4242 4242");
      const { invoice, charged } = await paidBy(id);
      expect([charged, invoice?.total]).toEqual([[1000], 1000]);
      expect((await stripe.invoiceItems.list({ customer: id, pending: true })).data).toHaveLength(1);
    });
  });

  it("refuses a session that sells nothing, or a price that does not exist", async () => {
    expect(await failureOf(open({ line_items: [] }))).toMatchObject({ statusCode: 400 });
    const unknown = open({ line_items: [{ price: "price_unknown", quantity: 1 }] });
    expect(await failureOf(unknown)).toMatchObject({ code: "resource_missing" });
  });
});
