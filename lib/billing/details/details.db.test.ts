import { describe, expect, it } from "vitest";
import { type Buyer, openShop } from "../../../dev/testing/shop";
import { ensureCustomer } from "../cards/customer";
import type { BillingDeps } from "../deps";
import { type BillingDetails, findBillingDetails } from "./queries";
import { saveBillingDetails } from "./save";
import { suggestBillingDetails } from "./suggest";
import { sweepBillingDetails, tellBillingDetails } from "./tell";

const shop = openShop();

const DETAILS: BillingDetails = {
  name: "Søn ApS",
  line1: "Vesterbrogade 1",
  line2: null,
  postalCode: "1620",
  city: "København",
  state: null,
  country: "DK",
  taxId: { type: "eu_vat", value: "DK12345678" },
};

const save = (
  buyer: Pick<Buyer, "accountId" | "userId">,
  more: Partial<BillingDetails> = {},
  deps: BillingDeps = shop.deps,
) =>
  saveBillingDetails(deps, {
    accountId: buyer.accountId,
    userId: buyer.userId,
    details: { ...DETAILS, ...more },
  });

const find = async ({ accountId }: Pick<Buyer, "accountId">) =>
  (await findBillingDetails(shop.db, accountId)).details;

async function atStripe(customerId: string) {
  const [customer, taxIds] = await Promise.all([
    shop.stripe.customers.retrieve(customerId),
    shop.stripe.customers.listTaxIds(customerId),
  ]);
  if (customer.deleted) throw new Error("deleted");
  return {
    name: customer.name,
    address: customer.address,
    taxIds: taxIds.data.map(({ type, value }) => `${type} ${value}`),
  };
}

const ADDRESS = {
  line1: "Vesterbrogade 1",
  line2: null,
  postal_code: "1620",
  city: "København",
  state: null,
  country: "DK",
};

const fault = (kind: string, path: string, method = "POST") =>
  fetch(`${shop.simulator.url}/_sim/faults`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ kind, match: { method, pathPattern: path } }),
  });

/** Lets the lease of whoever told last run out. */
const letGo = ({ accountId }: Pick<Buyer, "accountId">) =>
  shop.owner`update billing_details set next_tell_at = now() where account_id = ${accountId}`;

describe("billing details", () => {
  it("are kept here and at Stripe's customer, with one tax id, and what is left out is cleared there", async () => {
    const buyer = await shop.makeBuyer();
    expect(await save(buyer)).toBe("told");
    expect(await find(buyer)).toEqual({ ...DETAILS, told: true, refusedTaxId: null });
    expect(await atStripe(buyer.customerId)).toEqual({
      name: "Søn ApS",
      address: ADDRESS,
      taxIds: ["eu_vat DK12345678"],
    });
    expect(await save(buyer, { taxId: { type: "gb_vat", value: "GB123456789" }, city: null })).toBe("told");
    expect(await atStripe(buyer.customerId)).toEqual({
      name: "Søn ApS",
      address: { ...ADDRESS, city: null },
      taxIds: ["gb_vat GB123456789"],
    });
    expect(await save(buyer, { taxId: null })).toBe("told");
    expect((await atStripe(buyer.customerId)).taxIds).toEqual([]);
  });

  it("replace what was entered at Stripe, which is suggested while nothing is entered here", async () => {
    const buyer = await shop.makeBuyer();
    await shop.stripe.customers.update(buyer.customerId, { name: "At Stripe", address: { country: "SE" } });
    for (const value of ["SE123456789012", "DE123456789"])
      await shop.stripe.customers.createTaxId(buyer.customerId, { type: "eu_vat", value });
    expect(await suggestBillingDetails(shop.deps, buyer.accountId)).toMatchObject({
      name: "At Stripe",
      country: "SE",
      taxId: { type: "eu_vat", value: "DE123456789" },
    });
    await save(buyer);
    expect((await atStripe(buyer.customerId)).taxIds).toEqual(["eu_vat DK12345678"]);
  });

  it("keep no tax id that Stripe refuses: the rest is kept, and what was refused is said", async () => {
    const buyer = await shop.makeBuyer();
    await save(buyer);
    expect(await save(buyer, { taxId: { type: "eu_vat", value: "DE123" }, name: "Renamed" })).toBe(
      "refused_tax_id",
    );
    expect(await find(buyer)).toMatchObject({
      name: "Renamed",
      taxId: null,
      refusedTaxId: "DE123",
      told: true,
    });
    expect(await atStripe(buyer.customerId)).toMatchObject({ name: "Renamed", taxIds: [] });
    await save(buyer, { taxId: { type: "eu_vat", value: "DE123456789" } });
    expect(await find(buyer)).toMatchObject({ refusedTaxId: null, taxId: { value: "DE123456789" } });
  });

  it.each([
    ["the customer's update", "drop_after", "/v1/customers/*"],
    ["the tax id's creation", "drop_after", "/v1/customers/*/tax_ids"],
    ["the customer's update", "fail_before", "/v1/customers/*"],
    ["the tax id's creation", "fail_before", "/v1/customers/*/tax_ids"],
    ["the tax id's creation", "fail_after", "/v1/customers/*/tax_ids"],
  ])("are told by the sweep where the answer to %s was lost (%s)", async (_what, kind, path) => {
    const buyer = await shop.makeBuyer();
    await fault(kind, path);
    expect(await save(buyer)).toBe("later");
    expect(await find(buyer)).toMatchObject({ told: false });
    shop.simulator.faults.clear();
    await sweepBillingDetails(shop.deps);
    expect(await find(buyer)).toMatchObject({ told: false }); // Somebody may still be telling.
    await letGo(buyer);
    await sweepBillingDetails(shop.deps);
    expect(await find(buyer)).toMatchObject({ told: true });
    expect(await atStripe(buyer.customerId)).toEqual({
      name: "Søn ApS",
      address: ADDRESS,
      taxIds: ["eu_vat DK12345678"],
    });
  });

  it("saved while the ones before are being told arrive last", async () => {
    const buyer = await shop.makeBuyer();
    let during: string | null = null;
    const slow: BillingDeps = {
      ...shop.deps,
      gateway: {
        ...shop.deps.gateway,
        setBillingDetails: async (request) => {
          // Before the first ones reach Stripe, somebody saves others.
          during ??= await save(buyer, { name: "Second" });
          return shop.deps.gateway.setBillingDetails(request);
        },
      },
    };
    expect(await save(buyer, { name: "First" }, slow)).toBe("told");
    expect(during).toBe("later");
    expect(await find(buyer)).toMatchObject({ name: "Second", told: true });
    expect((await atStripe(buyer.customerId)).name).toBe("Second");
  });

  it("saved ten at once end as the same here and at Stripe", async () => {
    const buyer = await shop.makeBuyer();
    await Promise.all(Array.from({ length: 10 }, (_, each) => save(buyer, { name: `Name ${each}` })));
    await letGo(buyer);
    await tellBillingDetails(shop.deps, buyer.accountId);
    const details = await find(buyer);
    expect(details?.told).toBe(true);
    expect((await atStripe(buyer.customerId)).name).toBe(details?.name);
  });

  it("entered before there is a customer are told once there is one, and again to one that replaces it", async () => {
    const buyer = await shop.makeBuyer();
    await shop.owner`update accounts set stripe_customer_id = null, default_payment_method_id = null where id = ${buyer.accountId}`;
    expect(await save(buyer)).toBe("told");
    const customerId = await ensureCustomer(shop.deps, buyer.accountId);
    expect(await find(buyer)).toMatchObject({ told: false });
    await sweepBillingDetails(shop.deps);
    expect((await atStripe(customerId ?? "")).taxIds).toEqual(["eu_vat DK12345678"]);
    await shop.stripe.customers.del(customerId ?? "");
    const next = await ensureCustomer(shop.deps, buyer.accountId);
    expect(next).not.toBe(customerId);
    await sweepBillingDetails(shop.deps);
    expect(await atStripe(next ?? "")).toMatchObject({ name: "Søn ApS", taxIds: ["eu_vat DK12345678"] });
  });
});
