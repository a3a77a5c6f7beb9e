import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { simulate } from "../../dev/stripe/testing";
import type { ChargeRequest } from "../billing/gateway";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { createStripeGateway } from "./gateway";

let simulator: Simulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
});
afterAll(() => simulator.close());

async function request(): Promise<ChargeRequest> {
  const customer = await stripe.customers.create({ email: "a@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  return {
    key: newId(),
    reference: "CR-7F3K-20QM",
    amountCents: cents(50_000n),
    currency: "usd",
    customerId: customer.id,
    paymentMethodId: card.id,
    returnUrl: "http://shop.test/return",
    metadata: { account_id: newId(), order_id: newId(), reference: "CR-7F3K-20QM", credits: "40000000" },
    cardsOnly: true,
    existingPaymentId: null,
  };
}

it("a payment has written on it what it was asked with, and is asked for once with one key", async () => {
  const asked = await request();
  const gateway = createStripeGateway(stripe);
  const [first, again] = [await gateway.charge(asked), await gateway.charge(asked)];
  if (first.kind !== "answered" || again.kind !== "answered") throw new Error("both are answered");
  expect(again.value).toEqual(first.value);
  expect(first.value).toMatchObject({
    accountId: asked.metadata.account_id,
    orderId: asked.metadata.order_id,
    status: "succeeded",
  });
  const stored = await stripe.paymentIntents.retrieve(first.value.id);
  expect(stored.metadata).toEqual(asked.metadata);
});

it("the same key with something else written on the payment is refused, as Stripe does", async () => {
  const asked = await request();
  const gateway = createStripeGateway(stripe);
  await gateway.charge(asked);
  const other = { ...asked, metadata: { ...asked.metadata, credits: "1" } };
  expect(await gateway.charge(other)).not.toMatchObject({ kind: "answered" });
  expect((await stripe.charges.list({ customer: asked.customerId })).data).toHaveLength(1);
});

describe("what can be paid with", () => {
  const gateway = () => createStripeGateway(stripe);

  it("is all that was saved, however many cards that are, and the default one may be the oldest", async () => {
    const { id } = await stripe.customers.create({ email: "many@example.com" });
    const { id: oldest } = await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
    for (let more = 0; more < 100; more += 1)
      await stripe.paymentMethods.attach("pm_card_mastercard", { customer: id });
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: oldest } });
    const listed = await gateway().listSavedCards(id);
    if (listed.kind !== "answered") throw new Error("the cards are listed");
    expect(listed.value.cards).toHaveLength(101);
    expect(listed.value.defaultId).toBe(oldest);
  });

  it("is nothing but a card, where a payment is made and where a card is saved", async () => {
    const asked = await request();
    const paid = await gateway().charge(asked);
    const payment = await stripe.paymentIntents.retrieve(paid.kind === "answered" ? paid.value.id : "");
    expect(payment.allowed_payment_method_types).toEqual(["card"]);
    const { customerId } = asked;
    const places = { successUrl: "http://shop.test/saved", cancelUrl: "http://shop.test/back" };
    await gateway().startCardSetup({ customerId, key: newId(), ...places });
    const [session] = (await stripe.checkout.sessions.list({ customer: customerId })).data;
    expect(session?.allowed_payment_method_types).toEqual(["card"]);
    expect(session?.wallet_options).toEqual({ link: { display: "never" } });
  });

  it("is what the account allows for an attempt of an earlier release, which is sent again to the letter", async () => {
    const paid = await gateway().charge({ ...(await request()), cardsOnly: false });
    const payment = await stripe.paymentIntents.retrieve(paid.kind === "answered" ? paid.value.id : "");
    expect(payment.allowed_payment_method_types).toBeNull();
  });

  it("is no method that a customer saved as something else", async () => {
    const { customerId } = await request();
    const places = { successUrl: "http://shop.test/saved", cancelUrl: "http://shop.test/back" };
    const started = await gateway().startCardSetup({ customerId, key: newId(), ...places });
    if (started.kind !== "answered") throw new Error(started.kind);
    const form = new URLSearchParams({ number: "4242 4242 4242 4242", expiry: "12/70", cvc: "123" });
    await fetch(started.value.url, { method: "POST", body: form, redirect: "manual" });
    const [session] = (await stripe.checkout.sessions.list({ customer: customerId })).data;
    const found = () => gateway().findCardSetup(session?.id ?? "");
    const saved = await found();
    expect(saved).toMatchObject({
      value: { complete: true, paymentMethodId: expect.stringMatching(/^pm_/) },
    });
    // As Link leaves it: of another type, and without a card.
    const id = saved.kind === "answered" ? (saved.value.paymentMethodId ?? "") : "";
    simulator.store.transact(() =>
      simulator.store.update("payment_method", id, { type: "link", card: undefined }),
    );
    expect(await found()).toMatchObject({ value: { complete: true, paymentMethodId: null } });
  });
});
