import type Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Simulator } from "./server";
import { failureOf, listenForEvents, simulate, until } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
});
afterEach(() => simulator.close());

const CARDS_ONLY: Stripe.PaymentMethodConfigurationCreateParams = {
  name: "Cards only",
  card: { display_preference: { preference: "on" } },
  link: { display_preference: { preference: "off" } },
  us_bank_account: { display_preference: { preference: "off" } },
};

it("has the account's methods, Link among them, unless a payment says which are allowed", async () => {
  const plain = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
  expect(plain).toMatchObject({
    allowed_payment_method_types: null,
    payment_method_types: ["card", "link", "us_bank_account"],
  });
  const [fallback] = (await stripe.paymentMethodConfigurations.list()).data;
  expect(fallback).toMatchObject({ is_default: true, link: { display_preference: { value: "on" } } });
  expect(plain.payment_method_configuration_details?.id).toBe(fallback?.id);
  const cards = { allowed_payment_method_types: ["card" as const] };
  const narrow = await stripe.paymentIntents.create({ amount: 500, currency: "usd", ...cards });
  expect(narrow).toMatchObject({ ...cards, payment_method_types: ["card"] });
  expect(await stripe.setupIntents.create(cards)).toMatchObject({ ...cards, payment_method_types: ["card"] });
});

it("filters what the account has on: what is off stays off, allowed or not", async () => {
  const [fallback] = (await stripe.paymentMethodConfigurations.list()).data;
  await stripe.paymentMethodConfigurations.update(fallback?.id ?? "", {
    link: { display_preference: { preference: "off" } },
  });
  const plain = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
  expect(plain.payment_method_types).toEqual(["card", "us_bank_account"]);
  const refusal = await failureOf(
    stripe.paymentIntents.create({ amount: 500, currency: "usd", allowed_payment_method_types: ["link"] }),
  );
  expect(refusal.message).toContain("No valid payment method types");
});

it("leaves on in a new configuration what was not switched off", async () => {
  const half = await stripe.paymentMethodConfigurations.create({
    name: "half",
    card: { display_preference: { preference: "on" } },
  });
  expect(half.link?.display_preference).toMatchObject({ preference: "none", value: "on" });
  const whole = await stripe.paymentMethodConfigurations.create(CARDS_ONLY);
  expect(whole).toMatchObject({ is_default: false, active: true, name: "Cards only", parent: null });
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    payment_method_configuration: whole.id,
  });
  expect(intent.payment_method_types).toEqual(["card"]);
});

it("takes cards only into both kinds of Checkout, hides Link, and switches Adaptive Pricing off", async () => {
  const urls = { success_url: "https://shop.test/done", cancel_url: "https://shop.test/back" };
  const { id: customer } = await stripe.customers.create({});
  const open = await stripe.checkout.sessions.create({ ...urls, customer, mode: "setup", currency: "usd" });
  expect(open).toMatchObject({
    adaptive_pricing: { enabled: true },
    payment_method_types: ["card", "link", "us_bank_account"],
    wallet_options: null,
  });
  const session = await stripe.checkout.sessions.create({
    ...urls,
    customer,
    mode: "setup",
    adaptive_pricing: { enabled: false },
    allowed_payment_method_types: ["card"],
    wallet_options: { link: { display: "never" } },
  });
  expect(session).toMatchObject({
    adaptive_pricing: { enabled: false },
    allowed_payment_method_types: ["card"],
    payment_method_types: ["card"],
    wallet_options: { link: { display: "never" } },
  });
  const intent = await stripe.setupIntents.retrieve(String(session.setup_intent));
  expect(intent.payment_method_types).toEqual(["card"]);
  const product_data = { name: "Starter" };
  const price = await stripe.prices.create({
    product_data,
    unit_amount: 500,
    currency: "usd",
    recurring: { interval: "month" },
  });
  const subscribing = await stripe.checkout.sessions.create({
    ...urls,
    customer,
    mode: "subscription",
    line_items: [{ price: price.id, quantity: 1 }],
    wallet_options: { link: { display: "never" } },
  });
  expect(subscribing.payment_method_types).toEqual(["card", "us_bank_account"]);
});

it("no longer knows payment_method_types", async () => {
  const body = new URLSearchParams({ amount: "500", currency: "usd", "payment_method_types[]": "card" });
  const headers = { Authorization: "Bearer sk_test_local" };
  const answer = await fetch(`${simulator.url}/v1/payment_intents`, { method: "POST", headers, body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: "parameter_unknown", param: "payment_method_types" },
  });
});

it("gives the portal a configuration of its own", async () => {
  const cards = await stripe.paymentMethodConfigurations.create(CARDS_ONLY);
  const update = (id: string) => ({
    features: { payment_method_update: { enabled: true, payment_method_configuration: id } },
  });
  const portal = await stripe.billingPortal.configurations.create(update(cards.id));
  expect(portal.features.payment_method_update.payment_method_configuration).toBe(cards.id);
  expect((await failureOf(stripe.billingPortal.configurations.create(update("pmc_none")))).code).toBe(
    "resource_missing",
  );
});

it("serves two endpoints, each at its own version with its own secret, told once", async () => {
  const shop = await listenForEvents();
  try {
    const make = (api_version?: string) =>
      stripe.webhookEndpoints.create({
        url: shop.webhook.url,
        enabled_events: ["customer.created"],
        api_version: api_version as Stripe.WebhookEndpointCreateParams.ApiVersion,
      });
    const [older, newer] = [await make(), await make("2026-11-18.endive")];
    expect([older.api_version, newer.api_version]).toEqual(["2026-10-28.endive", "2026-11-18.endive"]);
    expect(older.secret).not.toBe(newer.secret);
    expect((await stripe.webhookEndpoints.list()).data.map(({ secret }) => secret)).toEqual([
      undefined,
      undefined,
    ]);
    expect((await failureOf(make("2025-03-31.basil"))).statusCode).toBe(400);
    // Whoever listens here checks with one secret only.
    for (const { id } of [older, newer])
      simulator.store.transact(() => simulator.store.put("secret", { id, secret: shop.webhook.secret }));
    await stripe.customers.create({});
    await until(() => shop.received.length === 2);
    expect(new Set(shop.received.map(({ event }) => event.api_version))).toEqual(
      new Set(["2026-10-28.endive", "2026-11-18.endive"]),
    );
    expect(new Set(shop.received.map(({ event }) => event.id)).size).toBe(1);
  } finally {
    shop.close();
  }
});
