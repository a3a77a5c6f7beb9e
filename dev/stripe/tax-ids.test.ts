import type Stripe from "stripe";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Simulator } from "./server";
import { simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
});
afterAll(() => simulator.close());

const VAT = { type: "eu_vat", value: "DE123456789" } as const;

it("tax ids belong to a customer, are listed newest first and deleted by their id", async () => {
  const { id } = await stripe.customers.create({});
  const first = await stripe.customers.createTaxId(id, VAT);
  expect(first).toMatchObject({ ...VAT, country: "DE", customer: id, verification: { status: "pending" } });
  const second = await stripe.customers.createTaxId(id, { type: "us_ein", value: "12-3456789" });
  expect(second).toMatchObject({ country: "US", verification: { status: "unavailable" } });
  const listed = async () => (await stripe.customers.listTaxIds(id)).data.map((each) => each.id);
  expect(await listed()).toEqual([second.id, first.id]);
  const other = await stripe.customers.create({});
  await expect(stripe.customers.deleteTaxId(other.id, first.id)).rejects.toMatchObject({ statusCode: 404 });
  expect(await stripe.customers.deleteTaxId(id, first.id)).toEqual({
    id: first.id,
    object: "tax_id",
    deleted: true,
  });
  expect(await listed()).toEqual([second.id]);
});

it.each([
  [
    { type: "eu_vat", value: "DE123" },
    { code: "tax_id_invalid", message: "Invalid value for eu_vat." },
  ],
  [{ type: "vat", value: "DE123456789" }, { param: "type" }],
  [VAT, { code: "resource_already_exists" }],
] as const)("refuses %o", async (given, error) => {
  const { id } = await stripe.customers.create({});
  await stripe.customers.createTaxId(id, VAT);
  await expect(
    stripe.customers.createTaxId(id, given as Stripe.CustomerCreateTaxIdParams),
  ).rejects.toMatchObject({ statusCode: 400, ...error });
});
