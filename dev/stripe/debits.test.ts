import type Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import { control, failureOf, post } from "./testing";
import { type Plans, simulatePlans } from "./testing-plans";

const DAY = 24 * 3600 * 1000;

let plans: Plans;
let stripe: Stripe;
let customer: string;
beforeEach(async () => {
  plans = await simulatePlans();
  stripe = plans.stripe;
  customer = (await stripe.customers.create({ email: "ann@shop.test" })).id;
});
afterEach(() => plans.simulator.close());

const passes = (ms: number) => plans.simulator.clock.moveTo(plans.simulator.clock.now() + ms);

async function save(token: string): Promise<Stripe.PaymentMethod> {
  return stripe.paymentMethods.attach(token, { customer });
}

async function payWith(method: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 5_000,
    currency: "usd",
    customer,
    payment_method: method,
    confirm: true,
    return_url: "https://shop.test/",
  });
}

async function openCheckout(mode: "subscription" | "setup"): Promise<Stripe.Checkout.Session> {
  return stripe.checkout.sessions.create({
    customer,
    mode,
    success_url: "https://shop.test/done",
    ...(mode === "subscription"
      ? { line_items: [{ price: plans.prices.starter, quantity: 1 }] }
      : { currency: "usd" }),
  });
}

const since = (types: string[], names: RegExp) => types.filter((type) => names.test(type));

it("saves a Link account that no list of cards shows, and that pays at once", async () => {
  const session = await openCheckout("setup");
  const page = await (await fetch(session.url ?? "")).text();
  expect(page).toContain("Save with Link");
  expect(page).toContain("Save by bank debit");
  const answer = await post(session.url ?? "", { method: "link", link: "ann@shop.test" });
  expect(answer.headers.get("location")).toBe("https://shop.test/done");
  expect((await stripe.paymentMethods.list({ customer, type: "card" })).data).toEqual([]);
  const [link] = (await stripe.paymentMethods.list({ customer })).data;
  expect(link).toMatchObject({ type: "link", link: { email: "ann@shop.test" } });
  expect(link).not.toHaveProperty("card");
  const paid = await payWith(link?.id ?? "");
  expect(paid.status).toBe("succeeded");
  const charge = await stripe.charges.retrieve(String(paid.latest_charge));
  expect(charge.payment_method_details).toEqual({ type: "link", link: { country: "US" } });
});

it("offers nothing but cards where only cards are allowed, and takes nothing else", async () => {
  const session = await stripe.checkout.sessions.create({
    customer,
    mode: "setup",
    allowed_payment_method_types: ["card"],
    success_url: "https://shop.test/done",
  });
  const page = await (await fetch(session.url ?? "")).text();
  expect(page).not.toContain("Link");
  expect((await post(session.url ?? "", { method: "link", link: "ann@shop.test" })).status).toBe(402);
  const link = await save("pm_link");
  const cards = stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    customer,
    payment_method: link.id,
    allowed_payment_method_types: ["card"],
  });
  expect(await failureOf(cards)).toMatchObject({ code: "payment_intent_incompatible_payment_method" });
});

it("leaves a bank debit processing for days, without money booked, and then it is paid", async () => {
  const { id } = await save("pm_usBankAccount_success");
  const waiting = await payWith(id);
  expect(waiting).toMatchObject({ status: "processing", amount_received: 0, payment_method: id });
  const charge = String(waiting.latest_charge);
  expect(await stripe.charges.retrieve(charge)).toMatchObject({
    status: "pending",
    paid: false,
    balance_transaction: null,
    receipt_url: null,
  });
  expect((await failureOf(stripe.paymentIntents.confirm(waiting.id))).code).toBe(
    "payment_intent_unexpected_state",
  );
  await passes(3 * DAY);
  expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("processing");
  await passes(DAY + 60_000);
  expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({
    status: "succeeded",
    amount_received: 5_000,
  });
  expect((await stripe.charges.retrieve(charge)).balance_transaction).toMatch(/^txn_/);
  expect(since(await plans.eventsSince(), /^(charge|payment_intent)/)).toEqual([
    "payment_intent.created",
    "charge.pending",
    "payment_intent.processing",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
  ]);
});

it("fails a bank debit days later, when everybody thought it was on its way", async () => {
  const { id } = await save("pm_usBankAccount_insufficientFunds");
  const waiting = await payWith(id);
  await passes(5 * DAY);
  expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({
    status: "requires_payment_method",
    payment_method: null,
    last_payment_error: { code: "insufficient_funds" },
  });
  expect(await stripe.charges.retrieve(String(waiting.latest_charge))).toMatchObject({
    status: "failed",
    paid: false,
    failure_code: "insufficient_funds",
    balance_transaction: null,
  });
});

it("goes on processing for good when the bank never answers, unless told otherwise", async () => {
  const { id } = await save("pm_usBankAccount_processing");
  const waiting = await payWith(id);
  await passes(60 * DAY);
  expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("processing");
  await control(plans.simulator, "POST", `/payment_intents/${waiting.id}/settle`, { result: "failed" });
  expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("requires_payment_method");
});

it.each([
  ["000123456789", "succeeded", "paid", "active", "paid"],
  ["000222222227", "failed", "unpaid", "past_due", "open"],
] as const)("completes a Checkout by bank debit unpaid; account %s %s later", async (account, ...after) => {
  const [outcome, payment, status, invoiceStatus] = after;
  const session = await openCheckout("subscription");
  await post(session.url ?? "", { method: "us_bank_account", account });
  const complete = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ["subscription", "invoice"],
  });
  expect(complete).toMatchObject({ status: "complete", payment_status: "unpaid" });
  expect(complete.subscription).toMatchObject({ status: "active" });
  expect(complete.invoice).toMatchObject({ status: "open", attempted: true, attempt_count: 1 });
  await passes(4.5 * DAY);
  const later = await stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription", "invoice"] });
  expect(later.payment_status).toBe(payment);
  expect(later.subscription).toMatchObject({ status });
  expect(later.invoice).toMatchObject({ status: invoiceStatus, attempt_count: 1 });
  const events = since(await plans.eventsSince(), /^checkout|^invoice\.pa/);
  expect(events).toContain(`checkout.session.async_payment_${outcome}`);
  expect(events.indexOf("checkout.session.completed")).toBeLessThan(events.length - 1);
});

it.each([
  ["pm_usBankAccount_success", "active", "paid"],
  ["pm_usBankAccount_accountClosed", "past_due", "open"],
])("renews by %s: active while processing, then %s", async (token, status, invoiceStatus) => {
  const subscription = await plans.subscribe("pm_card_visa");
  const owner = String(subscription.customer);
  const bank = await stripe.paymentMethods.attach(token, { customer: owner });
  await stripe.subscriptions.update(subscription.id, { default_payment_method: bank.id });
  await passes(28 * DAY + 3 * 3600 * 1000);
  const renewed = await stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(renewed.status).toBe("active");
  expect(renewed.latest_invoice).toMatchObject({
    status: "open",
    attempted: true,
    attempt_count: 1,
    next_payment_attempt: null,
  });
  await passes(4.5 * DAY);
  const later = await stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  expect(later.status).toBe(status);
  expect(later.latest_invoice).toMatchObject({ status: invoiceStatus });
  if (invoiceStatus === "open")
    expect((later.latest_invoice as Stripe.Invoice).next_payment_attempt).toBeGreaterThan(0);
});

it("goes on naming a detached card as the customer's default, though it pays nothing any more", async () => {
  const card = await save("pm_card_visa");
  const settings = { invoice_settings: { default_payment_method: card.id } };
  await stripe.customers.update(customer, settings);
  const items = [{ price: plans.prices.starter }];
  const { id } = await stripe.subscriptions.create({ customer, items });
  await stripe.paymentMethods.detach(card.id);
  const after = (await stripe.customers.retrieve(customer)) as Stripe.Customer;
  expect(after.invoice_settings.default_payment_method).toBe(card.id);
  expect((await failureOf(payWith(card.id))).message).toContain("It may not be used again");
  await passes(31 * DAY);
  expect((await stripe.subscriptions.retrieve(id)).status).toBe("past_due");
});
