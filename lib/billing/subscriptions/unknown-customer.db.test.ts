import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { accounts, stripeEvents } from "../../../db/schema";
import { DAY, openPlanShop } from "../../../dev/testing/plans";
import { lookupKeyOf } from "../../catalog/prices";
import { listAttention } from "../attention/queries";
import { planCustomerOf } from "../event-shape";
import { handleEvent } from "../handle-event";
import { lookAgainAtNobodys } from "./look-again";
import { lookAtUnknownCustomer } from "./unknown-customer";

const shop = openPlanShop();
const told: object[] = [];
const reads = { count: 0 };
const deps = () => ({
  ...shop.deps,
  log: { ...shop.deps.log, error: (facts: object) => void told.push(facts) },
  plans: {
    ...shop.deps.plans,
    readBilling: (...args: Parameters<typeof shop.deps.plans.readBilling>) => {
      reads.count += 1;
      return shop.deps.plans.readBilling(...args);
    },
  },
});
beforeEach(async () => {
  await shop.owner`truncate attention_items, stripe_events`;
  told.length = 0;
  reads.count = 0;
});

const priceOf = async (plan: string) =>
  (await shop.stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, "month")] })).data[0]?.id ?? "";

/** As a payment link does it: a customer and a subscription of Stripe's own making, which no account knows. */
async function payByLink(price: string, card = "pm_card_visa") {
  const { id: customer } = await shop.stripe.customers.create({ email: "ada@example.com" });
  const { id: default_payment_method } = await shop.stripe.paymentMethods.attach(card, { customer });
  const { id } = await shop.stripe.subscriptions.create({
    customer,
    items: [{ price }],
    default_payment_method,
  });
  return { customer, id };
}

/** Delivers and handles everything of this customer that was not yet. */
async function handleAll(customer: string): Promise<void> {
  const { data } = await shop.stripe.events.list({ limit: 100 });
  const events = data.filter((each) => JSON.stringify(each.data).includes(customer)).reverse();
  for (const event of events)
    await shop.db
      .insert(stripeEvents)
      .values({
        id: event.id,
        type: event.type,
        payload: event,
        planCustomer: planCustomerOf(event),
        createdAt: new Date(),
      })
      .onConflictDoNothing();
  for (const { id } of events) await handleEvent(deps(), id);
  expect(await shop.owner`select id from stripe_events where handled_at is null`).toEqual([]);
}

const items = () => listAttention(shop.db, { all: true, most: 10 });
const lookNow = async () => {
  await shop.owner`update attention_items set next_look_at = now()`;
  await lookAgainAtNobodys(deps(), 10);
};

describe("what is paid under a customer of no account", () => {
  it("is told once where it is a plan of ours, with the customer and the plan", async () => {
    const { customer, id } = await payByLink(await priceOf("premium"));
    await handleAll(customer);
    const item = {
      account: null,
      object: "subscription",
      objectId: id,
      reason: "paid_under_unknown_customer",
      state: "open",
      details: { customer, plan: "premium" },
    };
    expect(await items()).toMatchObject([item]);
    expect(reads.count).toBe(1); // For all events that came together.
    await lookNow();
    expect(await items()).toMatchObject([item]);
    expect(told).toMatchObject([{ subscription: id, reason: "paid_under_unknown_customer" }]);
  });

  it("is no matter of ours where another product is sold, or nothing was paid", async () => {
    const product = await shop.stripe.products.create({ name: "Another product" });
    const other = await shop.stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 500,
      recurring: { interval: "month" },
    });
    const paid = await payByLink(other.id);
    await handleAll(paid.customer);
    expect(reads.count).toBe(1);
    const { id: customer } = await shop.stripe.customers.create();
    await shop.stripe.subscriptions.create({
      customer,
      items: [{ price: await priceOf("starter") }],
      collection_method: "send_invoice",
      days_until_due: 30,
    });
    await handleAll(customer);
    expect(reads.count).toBe(1); // Where nothing was paid Stripe is not even asked.
    expect(await items()).toEqual([]);
  });

  it("is right once the subscription has ended, as the event of it says, or the schedule finds", async () => {
    const [one, two] = [await payByLink(await priceOf("starter")), await payByLink(await priceOf("starter"))];
    for (const { customer } of [one, two]) await handleAll(customer);
    expect(await items()).toMatchObject([{ state: "open" }, { state: "open" }]);
    for (const { id } of [one, two]) await shop.stripe.subscriptions.cancel(id);
    await handleAll(one.customer);
    const stateOf = async ({ id }: { id: string }) =>
      (await items()).find(({ objectId }) => objectId === id)?.state;
    expect([await stateOf(one), await stateOf(two)]).toEqual(["resolved", "open"]);
    await lookNow();
    expect(await stateOf(two)).toBe("resolved");
  });

  it("is right once the customer is an account's, which gets what was paid for", async () => {
    const { customer } = await payByLink(await priceOf("starter"));
    await handleAll(customer);
    const who = await shop.makeFree();
    await shop.db.update(accounts).set({ stripeCustomerId: customer }).where(eq(accounts.id, who.accountId));
    await lookNow();
    expect(await items()).toMatchObject([{ state: "resolved" }]);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 25_000_000n });
  });

  it("is asked again while Stripe does not say, and the events stay due", async () => {
    const { customer } = await payByLink(await priceOf("starter"));
    shop.simulator.faults.add({
      kind: "fail_before",
      match: { pathPattern: "/v1/subscriptions*" },
      times: 2,
    });
    await expect(handleAll(customer)).rejects.toThrow(customer);
    expect(await items()).toEqual([]);
    shop.simulator.faults.clear();
    await handleAll(customer);
    expect(await items()).toMatchObject([{ state: "open" }]);
    await shop.passes(40 * DAY);
    await handleAll(customer);
    expect(await items()).toMatchObject([{ state: "open", timesOpened: 1 }]);
  });

  it.each([
    ["refuses to say", { kind: "refused", code: "resource_missing" } as const],
    [
      "shows none of it",
      {
        kind: "answered",
        value: {
          subscriptions: [],
          invoices: [],
          pendingLines: [],
          customerDeleted: false,
          notFound: [],
        },
      } as const,
    ],
  ])("is not right because Stripe %s", async (_, answer) => {
    const { customer } = await payByLink(await priceOf("starter"));
    await handleAll(customer);
    const plans = { ...shop.deps.plans, readBilling: async () => answer };
    expect(await lookAtUnknownCustomer({ ...deps(), plans }, customer)).toBe(true);
    expect(await items()).toMatchObject([{ state: "open" }]);
  });
});
