import Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Simulator } from "./server";
import { control, failureOf, simulate } from "./testing";

let simulator: Simulator;
beforeEach(async () => {
  ({ simulator } = await simulate());
});
afterEach(() => simulator.close());

function withKey(key: string): Stripe {
  const { port } = simulator;
  return new Stripe(key, {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
  });
}

it("tells whose key it is, without the mode", async () => {
  const account = await withKey("sk_test_one").accounts.retrieveCurrent();
  expect(account).toMatchObject({ object: "account", country: "US", default_currency: "usd" });
  expect((await withKey("sk_live_one").accounts.retrieveCurrent()).id).toBe(account.id);
  const other = await withKey("sk_test_acctB_one").accounts.retrieveCurrent();
  expect(other.id).not.toBe(account.id);
  expect(account).not.toHaveProperty("livemode");
});

it("keeps modes apart, and says of an id where it is", async () => {
  const [test, live] = [withKey("sk_test_one"), withKey("sk_live_one")];
  const { id, livemode } = await test.customers.create({ email: "ann@shop.test" });
  expect(livemode).toBe(false);
  expect(await failureOf(live.customers.retrieve(id))).toMatchObject({
    statusCode: 404,
    code: "resource_missing",
    message: `No such customer: '${id}'; a similar object exists in test mode, but a live mode key was used to make this request.`,
  });
  const real = await live.customers.create({ email: "ann@shop.test" });
  expect(real.livemode).toBe(true);
  expect((await failureOf(test.customers.retrieve(real.id))).message).toContain(
    "a similar object exists in live mode, but a test mode key was used",
  );
  // An id in a parameter is a 400 with the same sentence.
  const inBody = await failureOf(live.paymentIntents.create({ amount: 500, currency: "usd", customer: id }));
  expect(inBody).toMatchObject({ statusCode: 400, code: "resource_missing" });
  expect(inBody.message).toContain("a similar object exists in test mode");
  expect((await live.customers.list()).data.map((row) => row.id)).toEqual([real.id]);
});

it("marks everything of live mode, however deep, and its events", async () => {
  const live = withKey("sk_live_one");
  const product_data = { name: "Starter" };
  const price = await live.prices.create({
    product_data,
    unit_amount: 500,
    currency: "usd",
    recurring: { interval: "month" },
  });
  const customer = await live.customers.create({ payment_method: "pm_card_visa" });
  const [card] = (await live.customers.listPaymentMethods(customer.id)).data;
  await live.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: card?.id,
  });
  const events = await live.events.list({ limit: 100 });
  expect(events.data.length).toBeGreaterThan(8);
  expect(JSON.stringify(events.data)).not.toContain('"livemode":false');
  expect((await withKey("sk_test_one").events.list()).data).toEqual([]);
});

it("knows nothing of what another account has", async () => {
  const { id } = await withKey("sk_test_one").customers.create({});
  const failure = await failureOf(withKey("sk_test_acctB_one").customers.retrieve(id));
  expect(failure).toMatchObject({ statusCode: 404, message: `No such customer: '${id}'` });
});

it("moves everybody's time at once, and forgets everybody", async () => {
  const live = withKey("sk_live_one");
  await live.customers.create({});
  await simulator.clock.moveTo(Date.parse("2031-05-06T07:00:00Z"));
  const { created } = await live.customers.create({});
  expect(new Date(created * 1000).getUTCFullYear()).toBe(2031);
  await control(simulator, "POST", "/reset");
  expect((await live.customers.list()).data).toEqual([]);
});

it("refuses a revoked key with a 401 until it is good again", async () => {
  const stripe = withKey("sk_test_rolled");
  simulator.keys.revoke("sk_test_rolled");
  expect(await failureOf(stripe.customers.list())).toMatchObject({
    type: "StripeAuthenticationError",
    statusCode: 401,
    code: "api_key_expired",
  });
  await withKey("sk_test_other").customers.list();
  simulator.keys.restore("sk_test_rolled");
  await stripe.customers.list();
  expect((await failureOf(withKey("pk_test_public").customers.list())).statusCode).toBe(401);
});

it("refuses with a 403 what a restricted key may not do", async () => {
  const stripe = withKey("rk_test_narrow");
  await stripe.customers.create({});
  simulator.keys.restrict("rk_test_narrow", { customer: "read", webhook: "write" });
  await stripe.customers.list();
  await stripe.webhookEndpoints.list();
  const failure = await failureOf(stripe.customers.create({}));
  expect(failure).toMatchObject({ type: "StripePermissionError", statusCode: 403, code: undefined });
  expect(failure.message).toContain("'rak_customer_write'");
  expect((await failureOf(stripe.accounts.retrieveCurrent())).statusCode).toBe(403);
  expect(() => simulator.keys.restrict("sk_test_full", {})).toThrow("restricted key");
});

it("is switched over the control API, too", async () => {
  const stripe = withKey("rk_test_narrow");
  const body = { key: "rk_test_narrow", state: "restricted", permissions: { "*": "read" } };
  expect((await control(simulator, "POST", "/keys", body)).status).toBe(200);
  await stripe.customers.list();
  expect((await failureOf(stripe.customers.create({}))).statusCode).toBe(403);
  await control(simulator, "POST", "/keys", { key: "rk_test_narrow", state: "active" });
  await stripe.customers.create({});
  expect((await control(simulator, "POST", "/keys", { key: "sk_test_a", state: "gone" })).status).toBe(400);
});
