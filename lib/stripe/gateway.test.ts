import type Stripe from "stripe";
import { afterAll, beforeAll, expect, it } from "vitest";
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
