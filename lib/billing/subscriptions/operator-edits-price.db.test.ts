import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { getAccountView } from "../account-view";
import { listAttention } from "../attention/queries";
import { ensureCustomer } from "../cards/customer";
import { startSubscribe } from "./subscribe";
import { sweepPlans } from "./sweep";

/** Prices that an operator made, mistyped, or took the metadata from: what was paid for is kept, and somebody is told. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;

const sync = async (who: Subscriber) => {
  operator.forgetPrices();
  await shop.sync(who);
};
const subscribeAgain = (who: Subscriber) =>
  startSubscribe(shop.deps, {
    ...who,
    plan: "starter",
    interval: "month",
    returnPath: "/a",
    cancelPath: "/b",
  });
const openItems = async (who: Subscriber) => {
  const { items } = await shop.subscriptionOf(who);
  const all = await listAttention(shop.db, { all: false, most: 500 });
  return all.filter(({ objectId }) => items.data.some(({ id }) => id === objectId));
};
const byAgreement = async (metadata: Record<string, string>) => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  await operator.replaceCard(who, "pm_card_visa");
  const product = await shop.stripe.products.create({ name: "Custom for ACME", metadata });
  const price = await operator.makePrice(product.id, 500_000);
  await shop.stripe.subscriptions.create({ customer, items: [{ price }] });
  await sync(who);
  return { who, product: product.id };
};

it("gives what was paid for by agreement once its credits are typed right, and opens no second subscription meanwhile", async () => {
  const { who, product } = await byAgreement({ refill_plan: "custom", refill_credits: "100,000,000" });
  expect((await shop.stateOf(who)).remaining).toBe(FREE);
  expect(await openItems(who)).toMatchObject([{ reason: "no_credits", details: { why: "no_credits" } }]);
  expect(await subscribeAgain(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
  await shop.stripe.products.update(product, { metadata: { refill_credits: "100000000" } });
  await sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "custom", planStatus: "active", owed: 0n });
  expect((await shop.stateOf(who)).remaining).toBe(FREE + 100_000_000n);
  expect(await openItems(who)).toEqual([]);
});

it("keeps a plan by agreement whose allowance is mistyped later, and gives the difference once it is right", async () => {
  const { who, product } = await byAgreement({ refill_plan: "custom", refill_credits: "100000000" });
  await shop.passes(5 * DAY);
  await shop.stripe.products.update(product, { metadata: { refill_credits: "120,000,000" } });
  await sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "custom", remaining: FREE + 100_000_000n });
  expect(await openItems(who)).toMatchObject([{ reason: "no_credits" }]);
  expect(await subscribeAgain(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
  operator.forgetPrices();
  await operator.passPeriod(who);
  // One more period goes on as it was last known.
  expect((await shop.stateOf(who)).remaining).toBe(100_000_000n);
  await shop.stripe.products.update(product, { metadata: { refill_credits: "120000000" } });
  await sync(who);
  expect((await shop.stateOf(who)).remaining).toBe(120_000_000n);
  expect(await openItems(who)).toEqual([]);
});

it("keeps a plan that was moved to a negotiated price which says nothing, for the period and one more", async () => {
  const who = await shop.makeSubscriber("starter");
  await shop.passes(3 * DAY);
  const product = await shop.stripe.products.create({ name: "Starter, 20% off for ACME" });
  const price = await operator.makePrice(product.id, 23_900);
  await operator.changePrice(who, price, { proration_behavior: "none" });
  await sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: FREE + STARTER });
  expect(await openItems(who)).toMatchObject([{ reason: "price_unreadable", details: { why: "no_plan" } }]);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "starter",
    planStatus: "active",
    remaining: STARTER,
  });
  expect(await subscribeAgain(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
  await operator.passPeriod(who);
  await operator.passPeriod(who);
  // Nobody can say what it sells: nothing new, and never Free.
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 0n, owed: 0n });
  await shop.stripe.products.update(product.id, { metadata: { refill_plan: "starter" } });
  await sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "active" });
  expect((await shop.stateOf(who)).remaining).toBeGreaterThanOrEqual(STARTER);
  expect(await openItems(who)).toEqual([]);
});

it("keeps a plan whose product and price lost their metadata, and heals by itself when it is put right", async () => {
  const who = await shop.makeSubscriber("starter");
  const product = await shop.stripe.products.create({
    name: "Starter",
    metadata: { refill_plan: "starter" },
  });
  const price = await operator.makePrice(product.id, 29_900);
  await operator.changePrice(who, price, { proration_behavior: "none" });
  await sync(who);
  expect(await openItems(who)).toEqual([]);
  await shop.stripe.products.update(product.id, { metadata: { refill_plan: "" } });
  await sync(who);
  await sweepPlans(shop.deps);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "active" });
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
  expect(await openItems(who)).toMatchObject([{ reason: "price_unreadable" }]);
  const view = await getAccountView(shop.db, who.accountId);
  expect(view.subscription).not.toBeNull();
  await shop.stripe.products.update(product.id, { metadata: { refill_plan: "starter" } });
  operator.forgetPrices();
  // Nobody tells: the schedule looks again.
  for (let days = 0; days < 3; days += 1) {
    await shop.passes(DAY);
    await sweepPlans(shop.deps);
  }
  expect(await openItems(who)).toEqual([]);
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
});

it("finds a subscription of ours behind a hundred newer ones of another product", async () => {
  const who = await shop.makeSubscriber("starter");
  const seat = await shop.stripe.prices.create({
    product_data: { name: "Another product's seat" },
    unit_amount: 0,
    currency: "usd",
    recurring: { interval: "month" },
  });
  const customer = await shop.customerOf(who);
  await shop.passes(MINUTE);
  for (let seats = 0; seats < 101; seats += 1)
    await shop.stripe.subscriptions.create({ customer, items: [{ price: seat.id }] });
  await sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "active" });
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
  expect(await subscribeAgain(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
}, 120_000);

it("takes a price in another currency for one that cannot be read, and never shows its amount in dollars", async () => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  await operator.replaceCard(who, "pm_card_visa");
  const price = await operator.makePrice("refill_starter", 27_900, { currency: "eur" });
  await shop.stripe.subscriptions.create({ customer, items: [{ price }] });
  await sync(who);
  expect((await shop.stateOf(who)).remaining).toBe(FREE);
  const all = await listAttention(shop.db, { all: false, most: 500 });
  const { items } = await shop.subscriptionOf(who);
  expect(all.filter(({ objectId }) => objectId === items.data[0]?.id)).toMatchObject([
    { reason: "currency_not_sold", details: { why: "currency_not_sold" } },
  ]);
  const view = await getAccountView(shop.db, who.accountId);
  expect(view.subscription?.priceCents).not.toBe(27_900n);
  expect(await subscribeAgain(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
});

it("charges a price that was swapped for the next renewal then, and gives one allowance for it", async () => {
  const who = await shop.makeSubscriber("starter");
  const rise = await operator.makePrice("refill_starter", 34_900);
  await operator.changePrice(who, rise, { proration_behavior: "none" });
  await sync(who);
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "starter",
    planStatus: "active",
    remaining: STARTER,
  });
  expect((await getAccountView(shop.db, who.accountId)).subscription?.priceCents).toBe(34_900n);
});
