import type Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { clientOf, simulate } from "../../dev/stripe/testing";
import type { KnownBilling } from "../billing/facts";
import { lookupKeyOf } from "../catalog/prices";
import { newId } from "../ids";
import { createStripePlanGateway } from "./plan-gateway";
import { setUpCatalog } from "./setup";

const NOTHING: KnownBilling = { subscriptionIds: [], invoiceIds: [], since: null };
let simulator: Simulator;
let stripe: Stripe;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  await setUpCatalog(stripe, { appUrl: "http://shop.test" });
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

/** Reads with a process of its own, which remembers no price, and tells what was asked. */
async function read(customerId: string, known: Partial<KnownBilling> = {}) {
  const client = clientOf(simulator);
  const asked: string[] = [];
  client.on("request", ({ path }: Stripe.RequestEvent) => asked.push(path.split("?")[0] ?? ""));
  const answer = await createStripePlanGateway(client).readBilling(customerId, { ...NOTHING, ...known });
  if (answer.kind !== "answered") throw new Error(JSON.stringify(answer));
  return { ...answer.value, asked: asked.filter((path) => !path.startsWith("/v1/prices/")) };
}

const starter = async () =>
  (await stripe.prices.list({ lookup_keys: [lookupKeyOf("starter", "month")] })).data[0]?.id ?? "";

async function customerWithCard() {
  const { id: customer } = await stripe.customers.create({ email: "ada@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  return { customer, card: card.id };
}

async function subscriber(priceId?: string, metadata: Stripe.MetadataParam = {}) {
  const { customer, card } = await customerWithCard();
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: priceId ?? (await starter()) }],
    default_payment_method: card,
    metadata,
  });
  return { customer, card, subscription };
}

const seat = () =>
  stripe.prices.create({
    product_data: { name: "Another product's seat" },
    unit_amount: 0,
    currency: "usd",
    recurring: { interval: "month" },
  });

describe("reading a customer's billing", () => {
  it("tells of subscriptions, items, invoices and lines as they are", async () => {
    const { customer, card, subscription } = await subscriber();
    const facts = await read(customer);
    const [item] = subscription.items.data;
    const period = {
      start: new Date((item?.current_period_start ?? 0) * 1000),
      end: new Date((item?.current_period_end ?? 0) * 1000),
    };
    const price = {
      priceId: await starter(),
      unitCents: 299_00n,
      currency: "usd",
      reading: { kind: "plan", plan: "starter", interval: "month", creditsPerMonth: 24_000_000n },
    };
    expect(facts.subscriptions).toEqual([
      {
        id: subscription.id,
        status: "active",
        items: [{ id: item?.id, price, quantity: 1, period }],
        anchor: period.start,
        cancelAt: null,
        cancelMark: null,
        trialEnd: null,
        pause: null,
        sendsInvoice: false,
        hasDiscountOrTax: false,
        schedule: null,
        paymentMethodId: card,
        hasPendingUpdate: false,
        latestInvoiceId: facts.invoices[0]?.id,
        createdAt: period.start,
        endedAt: null,
      },
    ]);
    expect(facts.invoices).toEqual([
      expect.objectContaining({
        subscriptionId: subscription.id,
        status: "paid",
        totalCents: 299_00n,
        remainingCents: 0n,
        creditNotesCents: 0n,
        sendsInvoice: false,
        voidedAt: null,
        lines: [
          {
            id: expect.stringMatching(/^il_/),
            subscriptionId: subscription.id,
            itemId: item?.id,
            price,
            quantity: 1,
            period,
            amountCents: 299_00n,
            isProration: false,
          },
        ],
        payment: null,
      }),
    ]);
    expect(facts).toMatchObject({ pendingLines: [], customerDeleted: false, notFound: [] });
  });

  it("asks for two lists where nothing is unusual", async () => {
    const { customer, subscription } = await subscriber();
    const facts = await read(customer, { subscriptionIds: [subscription.id], since: new Date() });
    expect(facts.asked.toSorted()).toEqual(["/v1/invoices", "/v1/subscriptions"]);
  });

  it("I21: finds a subscription behind a hundred of another product, by its id or on the last page", async () => {
    const { customer, subscription } = await subscriber();
    const { id: price } = await seat();
    for (let each = 0; each < 101; each += 1)
      await stripe.subscriptions.create({ customer, items: [{ price }] });
    const latest = { invoiceIds: [String(subscription.latest_invoice)] };
    const byId = await read(customer, { subscriptionIds: [subscription.id], ...latest, since: new Date() });
    const first = await read(customer);
    for (const { subscriptions, invoices } of [first, byId]) {
      expect(subscriptions.map((each) => each.id)).toEqual([subscription.id]);
      expect(invoices.map((each) => each.id)).toEqual([subscription.latest_invoice]);
    }
    const unheardOf = await read(customer, { since: new Date() });
    expect(unheardOf.subscriptions).toEqual([]);
  });

  it("reads what waits for the next invoice, where an item is not as it was invoiced", async () => {
    const { customer, subscription } = await subscriber();
    const known = { subscriptionIds: [subscription.id], since: new Date() };
    const [item] = subscription.items.data;
    await stripe.subscriptions.update(subscription.id, { items: [{ id: item?.id ?? "", quantity: 2 }] });
    const { pendingLines, asked, subscriptions } = await read(customer, known);
    expect(asked).toHaveLength(3);
    expect(subscriptions[0]?.items[0]?.quantity).toBe(2);
    expect(pendingLines.map(({ amountCents, quantity }) => ({ amountCents, quantity }))).toEqual([
      { amountCents: 598_00n, quantity: 2 },
      { amountCents: -299_00n, quantity: 1 },
    ]);
    expect(pendingLines[0]).toMatchObject({
      subscriptionId: subscription.id,
      itemId: item?.id,
      isProration: true,
      price: { reading: { plan: "starter" } },
    });
    const back = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item?.id ?? "", quantity: 1 }],
      proration_behavior: "none",
    });
    expect(back.items.data[0]?.quantity).toBe(1);
    // It is as it was invoiced, and what waits is looked at again because it was known to.
    expect((await read(customer, known)).pendingLines).toEqual([]);
    expect((await read(customer, { ...known, hasPendingLines: true })).pendingLines).toHaveLength(2);
  });

  it("keeps what it cannot read, with the reason", async () => {
    const eur = await stripe.prices.create({
      product: "refill_starter",
      unit_amount: 279_00,
      currency: "eur",
      recurring: { interval: "month" },
    });
    const { customer } = await subscriber(eur.id);
    const { subscriptions, invoices } = await read(customer);
    const price = {
      unitCents: 279_00n,
      currency: "eur",
      reading: { kind: "unreadable", reason: "currency_not_sold" },
    };
    expect(subscriptions[0]?.items[0]?.price).toMatchObject(price);
    expect(invoices[0]?.lines[0]?.price).toMatchObject(price);
  });

  it("keeps a subscription with our metadata of whose price nothing is said", async () => {
    const { id: price } = await seat();
    const marked = await subscriber(price, { account_id: newId() });
    const { subscriptions, invoices } = await read(marked.customer);
    const reading = { kind: "unreadable", reason: "no_plan" };
    expect(subscriptions[0]?.items[0]?.price.reading).toEqual(reading);
    expect(invoices[0]?.lines[0]?.price?.reading).toEqual(reading);
    // What it was before is known to the mirror alone.
    const known = await read(marked.customer, { subscriptionIds: [marked.subscription.id] });
    expect(known.subscriptions[0]?.items[0]?.price.reading).toEqual({ kind: "other" });
  });

  it("leaves out what another product sells, also where it has accounts of its own", async () => {
    const { id: price } = await seat();
    const { customer } = await subscriber(price, { account_id: "17" });
    expect(await read(customer)).toMatchObject({ subscriptions: [], invoices: [], pendingLines: [] });
  });

  it("reports a known id that Stripe has not, and takes nothing for gone", async () => {
    const { customer, subscription } = await subscriber();
    const facts = await read(customer, {
      subscriptionIds: ["sub_gone", subscription.id],
      invoiceIds: ["in_gone"],
    });
    expect(facts.notFound.toSorted()).toEqual(["in_gone", "sub_gone"]);
    expect(facts.subscriptions.map((each) => each.id)).toEqual([subscription.id]);
    expect(facts.customerDeleted).toBe(false);
  });

  it("knows a deleted customer from one that never was", async () => {
    const { customer, subscription } = await subscriber();
    await stripe.customers.del(customer);
    const facts = await read(customer, { subscriptionIds: [subscription.id] });
    expect(facts.customerDeleted).toBe(true);
    expect(facts.subscriptions.map((each) => each.status)).toEqual(["canceled"]);
    const plans = createStripePlanGateway(stripe);
    expect(await plans.readBilling("cus_never", NOTHING)).toMatchObject({
      kind: "refused",
      code: "resource_missing",
    });
    simulator.faults.add({ kind: "fail_before" });
    expect(await plans.readBilling(customer, NOTHING)).toMatchObject({ kind: "unknown" });
  });
});
