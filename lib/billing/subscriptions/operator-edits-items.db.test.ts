import { eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { subscriptions } from "../../../db/schema";
import { catalogWith, sellAsUsual } from "../../../dev/testing/catalog";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { setCatalog } from "../../catalog/catalog";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { listAttention } from "../attention/queries";
import { ensureCustomer } from "../cards/customer";
import { placeOrder } from "../orders/place";
import { cancelPlan, scheduleDowngrade } from "./change";
import { payOpenInvoice } from "./pay-invoice";
import { sweepPlans } from "./sweep";
import { syncSubscription } from "./sync";
import { confirmUpgrade, previewUpgrade } from "./upgrade";

/** Other items and quantities on a subscription of ours, bank debits under way, trials without a card, long pauses. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const PREMIUM = 40_000_000n;

const mayBuy = async (who: Subscriber) => {
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  return (await placeOrder(shop.deps, { ...who, requestId: newId(), choice })).ok;
};
const itemsOf = async (who: Subscriber) => {
  const { id, items } = await shop.subscriptionOf(who);
  return { id, items: items.data };
};
const setQuantity = async (who: Subscriber, quantity: number) => {
  const { id, items } = await itemsOf(who);
  const [{ id: item } = { id: "" }] = items;
  await shop.stripe.subscriptions.update(id, { items: [{ id: item, quantity }], proration_behavior: "none" });
  await operator.passPeriod(who);
};

it("I22: a renewal by bank debit may be spent while its payment is on its way, and is frozen when it fails", async () => {
  for (const [token, outcome] of [
    ["pm_usBankAccount_success", { planStatus: "active", remaining: STARTER - 1n, frozen: 0n }],
    ["pm_usBankAccount_accountClosed", { planStatus: "past_due", remaining: 0n, frozen: STARTER - 1n }],
  ] as const) {
    const who = await shop.makeSubscriber("starter");
    const { id } = await itemsOf(who);
    const customer = await shop.customerOf(who);
    const bank = await shop.stripe.paymentMethods.attach(token, { customer });
    await shop.stripe.subscriptions.update(id, { default_payment_method: bank.id });
    await operator.passPeriod(who, 5 * MINUTE);
    expect(await shop.spend(who, 1n)).toMatchObject({ kind: "done" });
    await shop.passes(2 * HOUR);
    await shop.sync(who);
    const waits = { planStatus: "active", remaining: STARTER - 1n, frozen: 0n };
    expect(await shop.stateOf(who)).toMatchObject(waits);
    const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
    expect(open?.id).toBeDefined();
    await shop.passes(5 * DAY);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ ...outcome, owed: 0n });
    await shop.passes(60 * DAY);
  }
});

afterEach(sellAsUsual);

it("I19: a trial gives nothing where the catalog says none, and later trials go by what it says then", async () => {
  const tried = async () => {
    const who = await shop.makeFree();
    const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
    await shop.stripe.subscriptions.create({
      ...{ customer, items: [{ price: await operator.priceOf("starter") }] },
      trial_end: Math.floor(shop.clock.now().getTime() / 1_000) + 7 * 86_400,
    });
    await shop.sync(who);
    return who;
  };
  setCatalog(catalogWith((written) => Object.assign(written, { trial_allowance: "none" })));
  const who = await tried();
  const nothing = { plan: "starter", planStatus: "trialing", remaining: FREE };
  expect(await shop.stateOf(who)).toMatchObject(nothing);
  sellAsUsual();
  // What a line gives was decided by then.
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject(nothing);
  expect((await shop.stateOf(await tried())).remaining).toBeGreaterThan(FREE);
});

it("I22: a trial that ended without a card gives nothing more, may not buy, and says so", async () => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  const trialEnd = Math.floor(shop.clock.now().getTime() / 1_000) + 7 * 86_400;
  await shop.stripe.subscriptions.create({
    customer,
    items: [{ price: await operator.priceOf("starter") }],
    trial_end: trialEnd,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({
    planStatus: "trialing",
    remaining: FREE + (STARTER * 7n) / 31n,
  });
  expect(await mayBuy(who)).toBe(false);
  await shop.clock.moveTo(new Date(trialEnd * 1_000 + 2 * HOUR));
  await shop.sync(who);
  expect((await shop.subscriptionOf(who)).status).toBe("paused");
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "paused", owed: 0n });
  expect(await mayBuy(who)).toBe(false);
  expect((await getAccountView(shop.db, who.accountId)).planStatus).toBe("paused");
});

it("I24: an item of another product beside the plan's changes nothing, and stays when the customer chooses a smaller plan", async () => {
  const who = await shop.makeSubscriber("premium");
  const { id } = await itemsOf(who);
  const support = await shop.stripe.prices.create({
    ...{ product_data: { name: "Priority support" }, unit_amount: 20_000, currency: "usd" },
    recurring: { interval: "month" },
  });
  await shop.stripe.subscriptions.update(id, { items: [{ price: support.id }], proration_behavior: "none" });
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "premium",
    planStatus: "active",
    remaining: PREMIUM,
  });
  const smaller = { accountId: who.accountId, plan: "starter", interval: "month" } as const;
  expect((await scheduleDowngrade(shop.deps, smaller)).ok).toBe(true);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "starter",
    planStatus: "active",
    remaining: STARTER,
  });
  expect((await itemsOf(who)).items.map(({ price }) => price.id)).toContain(support.id);
});

it("I24: a month that the customer makes a year, and the bank declines, goes on as it was", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await shop.passes(10 * DAY);
  const before = await shop.stateOf(who);
  const year = { ...who, plan: "starter", interval: "year" } as const;
  const preview = await previewUpgrade(shop.deps, year);
  if (!preview.ok) throw new Error(preview.error.code);
  const shown = { requestId: newId(), shownCents: preview.value.dueCents, paymentMethodId: null };
  expect(await confirmUpgrade(shop.deps, { ...year, ...shown })).toMatchObject({
    ok: true,
    value: { status: "declined" },
  });
  await sweepPlans(shop.deps);
  await shop.sync(who);
  expect(await shop.stateOf(who)).toEqual(before);
});

it("I19: a renewal whose invoice has many prorations before the plan's line gives what they are worth together", async () => {
  const who = await shop.makeSubscriber("starter");
  const { id, items } = await itemsOf(who);
  const [{ id: item } = { id: "" }] = items;
  for (let times = 0; times < 12; times += 1) {
    await shop.passes(HOUR);
    const quantity = times % 2 === 0 ? 2 : 1;
    await shop.stripe.subscriptions.update(id, { items: [{ id: item, quantity }] });
  }
  await operator.passPeriod(who);
  const customer = await shop.customerOf(who);
  const [invoice] = (await shop.stripe.invoices.list({ customer, limit: 1 })).data;
  expect(invoice?.lines.has_more).toBe(true);
  // Six hours of a second piece, each a few seconds longer than the clock was moved: a month has 28 days here.
  const { remaining } = await shop.stateOf(who);
  const ofSeconds = (seconds: bigint) => STARTER + (STARTER * 6n * seconds) / (28n * 86_400n);
  expect(remaining).toBeGreaterThanOrEqual(ofSeconds(3_600n));
  expect(remaining).toBeLessThan(ofSeconds(3_660n));
});

it("I19: as many pieces as an operator set are charged and given, by an upgrade and a smaller plan too", async () => {
  const who = await shop.makeSubscriber("starter");
  await setQuantity(who, 3);
  expect((await shop.stateOf(who)).remaining).toBe(3n * STARTER);
  const larger = { ...who, plan: "premium", interval: "month" } as const;
  const preview = await previewUpgrade(shop.deps, larger);
  if (!preview.ok) throw new Error(preview.error.code);
  expect(preview.value).toMatchObject({ dueCents: 3n * 49_900n, credits: 3n * PREMIUM });
  const shown = { requestId: newId(), shownCents: preview.value.dueCents, paymentMethodId: null };
  await confirmUpgrade(shop.deps, { ...larger, ...shown });
  expect((await shop.stateOf(who)).remaining).toBe(3n * (STARTER + PREMIUM));
  const smaller = { accountId: who.accountId, plan: "starter", interval: "month" } as const;
  expect((await scheduleDowngrade(shop.deps, smaller)).ok).toBe(true);
  await operator.passPeriod(who);
  expect((await itemsOf(who)).items.map(({ quantity }) => quantity)).toEqual([3]);
  // The month that was upgraded from began on a 28 February, and lives until 31 March.
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 3n * STARTER + 3n * STARTER });
});

it("I20: three months of paused collection give nothing, and nobody owes anything when it is canceled", async () => {
  const who = await shop.makeSubscriber("starter");
  await shop.spend(who, 10_000_000n);
  const { id } = await itemsOf(who);
  await shop.stripe.subscriptions.update(id, { pause_collection: { behavior: "keep_as_draft" } });
  for (let month = 0; month < 3; month += 1) {
    await operator.passPeriod(who, 5 * MINUTE);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "paused", remaining: 0n, owed: 0n });
    await shop.passes(2 * DAY);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "paused", remaining: 0n, owed: 0n });
  }
  expect(await mayBuy(who)).toBe(false);
  expect((await cancelPlan(shop.deps, who)).ok).toBe(true);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "free", remaining: FREE, owed: 0n });
  const pay = await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
  expect(pay).toMatchObject({ ok: false, error: { code: "nothing_to_pay" } });
});

it("I13: a renewal whose invoice line names no subscription item pays for what was given at its boundary, and gives nothing more", async () => {
  const who = await shop.makeSubscriber("starter");
  const { plans } = shop.deps;
  const readBilling: typeof plans.readBilling = async (...args) => {
    const asked = await plans.readBilling(...args);
    if (asked.kind !== "answered") return asked;
    const invoices = asked.value.invoices.map((each) => ({
      ...each,
      lines: each.lines.map((line) => ({ ...line, itemId: null })),
    }));
    return { ...asked, value: { ...asked.value, invoices } };
  };
  const read = () => syncSubscription({ ...shop.deps, plans: { ...plans, readBilling } }, who);
  const end = ((await itemsOf(who)).items[0]?.current_period_end ?? 0) * 1_000;
  await read();
  await shop.clock.moveTo(new Date(end + 5 * MINUTE));
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER });
  await shop.clock.moveTo(new Date(end + 2 * HOUR));
  for (let times = 0; times < 2; times += 1) {
    await read();
    const { periods, ...state } = await shop.stateOf(who);
    expect(state).toMatchObject({ planStatus: "active", remaining: STARTER, owed: 0n });
    expect(periods.at(-1)).toContain("starter paid");
  }
});

it("I23: a period for which no invoice has a line is read again when that needs attention, and nothing is written meanwhile", async () => {
  const who = await shop.makeSubscriber("starter");
  const row = async () => {
    const [found] = await shop.db
      .select()
      .from(subscriptions)
      .where(eq(subscriptions.accountId, who.accountId));
    if (!found?.periodEnd) throw new Error("the account has a subscription");
    return { ...found, periodEnd: found.periodEnd };
  };
  const { plans } = shop.deps;
  const { periodEnd: end } = await row();
  // Its invoice is nowhere to be seen.
  const readBilling: typeof plans.readBilling = async (...args) => {
    const asked = await plans.readBilling(...args);
    if (asked.kind !== "answered") return asked;
    const invoices = asked.value.invoices.filter(({ createdAt }) => createdAt < end);
    return { ...asked, value: { ...asked.value, invoices } };
  };
  const read = () => syncSubscription({ ...shop.deps, plans: { ...plans, readBilling } }, who);
  await shop.clock.moveTo(new Date(end.getTime() + 10 * MINUTE));
  await read();
  const { nextReadAt } = await row();
  expect(nextReadAt).toEqual(new Date(end.getTime() + 125 * MINUTE));
  const version = () => shop.owner`select xmin::text from subscriptions where account_id = ${who.accountId}`;
  const before = await version();
  await shop.passes(10 * MINUTE);
  await read();
  expect(await version()).toEqual(before);
  await shop.clock.moveTo(nextReadAt ?? end);
  await read();
  const items = await listAttention(shop.db, { all: false, most: 500 });
  expect(items.filter(({ reason }) => reason === "line_missing")).toHaveLength(1);
});

it("says of what is chosen to follow how many of the plan there are, not of another product's item beside it", async () => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  const { id: card } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  const seat = await shop.stripe.prices.create({
    product_data: { name: "A seat of another product" },
    unit_amount: 1_000,
    currency: "usd",
    recurring: { interval: "month" },
  });
  await shop.stripe.subscriptions.create({
    customer,
    items: [{ price: seat.id, quantity: 4 }, { price: await operator.priceOf("premium") }],
    default_payment_method: card,
  });
  await shop.sync(who);
  const chosen = { ...who, plan: "starter", interval: "month" } as const;
  expect(await scheduleDowngrade(shop.deps, chosen)).toEqual({ ok: true });
  expect((await getAccountView(shop.db, who.accountId)).subscription).toMatchObject({
    pendingChange: null,
    next: { plan: { id: "starter" }, quantity: 1, priceCents: 29_900n, creditsPerCycle: STARTER },
  });
});
