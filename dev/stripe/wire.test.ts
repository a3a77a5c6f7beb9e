import type Stripe from "stripe";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Simulator } from "./server";
import { failureOf, RETURN_URL, simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
});
afterAll(() => simulator.close());

const authorization = { Authorization: "Bearer sk_test_x" };

it("refuses a request without a secret key", async () => {
  const bad: Record<string, string>[] = [
    {},
    { Authorization: "Bearer pk_live_x" },
    { Authorization: "Bearer nonsense" },
  ];
  for (const headers of bad) {
    const response = await fetch(`${simulator.url}/v1/customers`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("request-id")).toMatch(/^req_/);
  }
  const restricted = await fetch(`${simulator.url}/v1/customers`, {
    headers: { Authorization: "Bearer rk_test_x" },
  });
  expect(restricted.status).toBe(200);
});

it("names the version and the time it took", async () => {
  const { lastResponse } = await stripe.customers.list();
  expect(lastResponse.apiVersion).toBe("2026-10-28.endive");
  expect(Number(lastResponse.headers["x-sim-duration-ms"])).toBeGreaterThanOrEqual(0);
  expect(lastResponse.headers).not.toHaveProperty("stripe-should-retry");
});

it("says of a change that was made that it is not to be sent again", async () => {
  const { lastResponse } = await stripe.customers.create({}, { idempotencyKey: "once" });
  expect(lastResponse.headers).toMatchObject({
    "idempotency-key": "once",
    "original-request": lastResponse.requestId,
    "stripe-should-retry": "false",
  });
});

it("refuses unknown parameters and paths", async () => {
  const params = { name: "Ann", address: { planet: "Mars" } } as unknown as Stripe.CustomerCreateParams;
  expect(await failureOf(stripe.customers.create(params))).toMatchObject({
    statusCode: 400,
    code: "parameter_unknown",
    param: "address[planet]",
    message: "Received unknown parameter: address[planet]",
  });
  const response = await fetch(`${simulator.url}/v1/nothing`, { headers: authorization });
  expect(response.status).toBe(404);
  const proto = await fetch(`${simulator.url}/v1/customers?__proto__=1&limit=2`, { headers: authorization });
  expect(proto.status).toBe(400);
});

it("says what is missing", async () => {
  expect(await failureOf(stripe.customers.retrieve("cus_nobody"))).toMatchObject({
    statusCode: 404,
    code: "resource_missing",
    message: "No such customer: 'cus_nobody'",
  });
  const body = stripe.paymentIntents.create({ amount: 500, currency: "usd", customer: "cus_nobody" });
  expect(await failureOf(body)).toMatchObject({
    statusCode: 400,
    code: "resource_missing",
    param: "customer",
  });
  const empty = stripe.paymentIntents.create({ currency: "usd" } as Stripe.PaymentIntentCreateParams);
  expect(await failureOf(empty)).toMatchObject({
    statusCode: 400,
    code: "parameter_missing",
    param: "amount",
  });
});

it("merges metadata, unsets with an empty string and keeps its limits", async () => {
  const { id } = await stripe.customers.create({ metadata: { a: "1", b: "2" } });
  expect((await stripe.customers.update(id, { metadata: { a: "", c: "3" } })).metadata).toEqual({
    b: "2",
    c: "3",
  });
  expect((await stripe.customers.update(id, { metadata: "" })).metadata).toEqual({});
  for (const metadata of [{ ["k".repeat(41)]: "1" }, { k: "v".repeat(501) }])
    expect(await failureOf(stripe.customers.update(id, { metadata }))).toMatchObject({ statusCode: 400 });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "1"]));
  expect(await failureOf(stripe.customers.update(id, { metadata: many }))).toMatchObject({ statusCode: 400 });
});

it("expands what is asked for and nothing else", async () => {
  const customer = await stripe.customers.create({ payment_method: "pm_card_visa" });
  const card = (await stripe.customers.listPaymentMethods(customer.id)).data[0]?.id ?? "";
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card } });
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    customer: customer.id,
    payment_method: card,
    confirm: true,
    return_url: RETURN_URL,
    expand: ["customer.invoice_settings.default_payment_method", "latest_charge.payment_intent"],
  });
  expect(intent).toMatchObject({
    payment_method: card,
    customer: { id: customer.id, invoice_settings: { default_payment_method: { id: card } } },
    latest_charge: { object: "charge", payment_intent: { id: intent.id, latest_charge: expect.any(String) } },
  });
  const page = await stripe.paymentIntents.list({ customer: customer.id, expand: ["data.latest_charge"] });
  expect(page.data[0]?.latest_charge).toMatchObject({ object: "charge" });
  const charge = await stripe.charges.retrieve((intent.latest_charge as Stripe.Charge).id, {
    expand: ["refunds"],
  });
  expect(charge.refunds?.data).toEqual([]);
});

it.each([["amount"], ["latest_charge.nothing"], ["a.b.c.d.e"]])("refuses to expand %s", async (path) => {
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    payment_method: "pm_card_visa",
    confirm: true,
    off_session: true,
  });
  expect(await failureOf(stripe.paymentIntents.retrieve(intent.id, { expand: [path] }))).toMatchObject({
    statusCode: 400,
  });
});

it("pages newest first, both ways", async () => {
  const email = "pages@shop.test";
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) ids.unshift((await stripe.customers.create({ email })).id);
  const first = await stripe.customers.list({ email, limit: 2 });
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.has_more).toBe(true);
  const next = await stripe.customers.list({ email, limit: 3, starting_after: ids[1] });
  expect(next.data.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(next.has_more).toBe(false);
  const back = await stripe.customers.list({ email, limit: 2, ending_before: ids[3] });
  expect(back.data.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  const all: string[] = [];
  for await (const { id } of stripe.customers.list({ email, limit: 2 })) all.push(id);
  expect(all).toEqual(ids);
  const both = stripe.customers.list({ starting_after: ids[1], ending_before: ids[3] });
  expect(await failureOf(both)).toMatchObject({ statusCode: 400, code: undefined });
  expect(await failureOf(stripe.customers.list({ limit: 101 }))).toMatchObject({
    statusCode: 400,
    param: "limit",
  });
});

it("filters by time of creation", async () => {
  const now = Math.floor(Date.now() / 1000);
  expect((await stripe.customers.list({ created: { gt: now + 60 } })).data).toEqual([]);
  expect((await stripe.customers.list({ created: { lte: now + 60 } })).data.length).toBeGreaterThan(0);
});

it("keeps a deleted customer as a stub and lets go of the cards", async () => {
  const { id } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  const card = (await stripe.customers.listPaymentMethods(id)).data[0]?.id ?? "";
  await stripe.customers.del(id);
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
  expect((await stripe.paymentMethods.retrieve(card)).customer).toBeNull();
  expect(await failureOf(stripe.customers.update(id, { name: "Ann" }))).toMatchObject({ statusCode: 404 });
});

it("attaches twice without harm, detaches for good, and the customer still names it", async () => {
  const { id } = await stripe.customers.create({});
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
  expect((await stripe.paymentMethods.attach(card.id, { customer: id })).id).toBe(card.id);
  const attach = stripe.paymentMethods.attach(card.id, {} as Stripe.PaymentMethodAttachParams);
  expect(await failureOf(attach)).toMatchObject({ statusCode: 400 });
  await stripe.customers.update(id, { invoice_settings: { default_payment_method: card.id } });
  await stripe.paymentMethods.detach(card.id);
  const customer = (await stripe.customers.retrieve(id)) as Stripe.Customer;
  expect(customer.invoice_settings.default_payment_method).toBe(card.id);
  expect(await failureOf(stripe.paymentMethods.attach(card.id, { customer: id }))).toMatchObject({
    statusCode: 400,
  });
  expect((await stripe.paymentMethods.list({})).data).toEqual([]);
});

it("makes only an attached card the default", async () => {
  const { id } = await stripe.customers.create({});
  const made = await stripe.paymentMethods.create({
    type: "card",
    card: { number: "5555555555554444", exp_month: 4, exp_year: 2040, cvc: "123" },
  });
  expect(made.card).toMatchObject({ brand: "mastercard", last4: "4444", exp_month: 4, exp_year: 2040 });
  const update = stripe.customers.update(id, { invoice_settings: { default_payment_method: made.id } });
  expect(await failureOf(update)).toMatchObject({ statusCode: 400, code: "resource_missing" });
});
