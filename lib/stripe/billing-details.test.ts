import type Stripe from "stripe";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { simulate } from "../../dev/stripe/testing";
import { newId } from "../ids";
import { createStripeGateway } from "./gateway";

let simulator: Simulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
});
afterAll(() => simulator.close());

const NAMED = {
  name: "Søn ApS",
  line1: "Vesterbrogade 1",
  line2: "2. sal",
  postalCode: "1620",
  city: "København",
  state: null,
  country: "DK",
  taxId: { type: "eu_vat", value: "DK12345678" },
};

const newCustomer = async () => (await stripe.customers.create({ email: "a@example.com" })).id;
const taxIdsOf = async (customerId: string) => (await stripe.customers.listTaxIds(customerId)).data;

it("what is written is what is read, and the same again makes no other tax id", async () => {
  const gateway = createStripeGateway(stripe);
  const customerId = await newCustomer();
  for (const key of ["first", "second"])
    expect(
      await gateway.setBillingDetails({ key: `${customerId}:${key}`, customerId, ...NAMED }),
    ).toMatchObject({
      kind: "answered",
    });
  expect(await gateway.findBillingDetails(customerId)).toEqual({ kind: "answered", value: NAMED });
  expect(await taxIdsOf(customerId)).toHaveLength(1);
});

it("a refused tax id leaves the one before it where it was", async () => {
  const gateway = createStripeGateway(stripe);
  const customerId = await newCustomer();
  await gateway.setBillingDetails({ key: newId(), customerId, ...NAMED });
  const wrong = { ...NAMED, taxId: { type: "eu_vat", value: "DE123" } };
  expect(await gateway.setBillingDetails({ key: newId(), customerId, ...wrong })).toEqual({
    kind: "refused",
    code: "tax_id_invalid",
  });
  expect((await taxIdsOf(customerId)).map((each) => each.value)).toEqual(["DK12345678"]);
});

it("a customer of no details has none", async () => {
  const found = await createStripeGateway(stripe).findBillingDetails(await newCustomer());
  expect(found).toMatchObject({ kind: "answered", value: { name: null, country: null, taxId: null } });
});

it("what is written on a payment is added to what was written when it was made", async () => {
  const intent = await stripe.paymentIntents.create({
    amount: 10_000,
    currency: "usd",
    metadata: { order_id: "o" },
  });
  await createStripeGateway(stripe).writeOnPayment(intent.id, { invoice_number: "INV-000001" });
  expect((await stripe.paymentIntents.retrieve(intent.id)).metadata).toEqual({
    order_id: "o",
    invoice_number: "INV-000001",
  });
});
