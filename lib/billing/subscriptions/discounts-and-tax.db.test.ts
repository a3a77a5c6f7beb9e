import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { payOpenInvoice } from "./pay-invoice";
import { listInvoices } from "./queries";
import { confirmUpgrade, previewUpgrade } from "./upgrade";
import { chargedNext, listedNext } from "./view";

/** Discounts and tax that an operator gave in the dashboard: what is paid changes, what it pays for does not. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const PREMIUM = 40_000_000n;

async function discount(who: Subscriber, percent_off: number, duration: "forever" | "once" = "forever") {
  const coupon = (await shop.stripe.coupons.create({ percent_off, duration })).id;
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, { discounts: [{ coupon }] });
}
async function tax(who: Subscriber, percentage: number) {
  const rate = await shop.stripe.taxRates.create({ display_name: "VAT", inclusive: false, percentage });
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, { default_tax_rates: [rate.id] });
}
const invoicesOf = async ({ accountId }: Subscriber) => {
  const { invoices } = await listInvoices(shop.db, accountId, null);
  return invoices.map(({ status, totalCents }) => `${status} ${totalCents}`);
};
const newestCharge = async (who: Subscriber) => (await shop.charges(await shop.customerOf(who)))[0]?.amount;

it("gives the whole allowance for half the money, before the renewal is paid and after", async () => {
  const who = await shop.makeSubscriber("starter");
  await discount(who, 50);
  await operator.passPeriod(who, 5 * MINUTE);
  expect((await shop.stateOf(who)).remaining).toBe(STARTER);
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, owed: 0n });
  expect(await invoicesOf(who)).toEqual(["paid 14950", "paid 29900"]);
  expect(await newestCharge(who)).toBe(14_950);
});

it("promises no amount to be charged where a discount or tax changes it", async () => {
  const [plain, discounted, taxed, once] = [
    await shop.makeSubscriber("starter"),
    await shop.makeSubscriber("starter"),
    await shop.makeSubscriber("starter"),
    await shop.makeSubscriber("starter"),
  ];
  await discount(discounted, 50);
  await tax(taxed, 19);
  await discount(once, 20, "once");
  const charged = async (who: Subscriber) => {
    await shop.sync(who);
    const { subscription } = await getAccountView(shop.db, who.accountId);
    return subscription && { charged: chargedNext(subscription), listed: listedNext(subscription) };
  };
  expect(await charged(plain)).toEqual({ charged: 29_900n, listed: 29_900n });
  for (const who of [discounted, taxed, once])
    expect(await charged(who)).toEqual({ charged: null, listed: 29_900n });
  // A discount that a customer has by itself is told of by nothing but the invoices it was taken off.
  await operator.passPeriod(once, 2 * HOUR);
  expect((await shop.subscriptionOf(once)).discounts).toEqual([]);
  expect(await charged(once)).toEqual({ charged: null, listed: 29_900n });
  await operator.passPeriod(once, 2 * HOUR);
  expect(await charged(once)).toEqual({ charged: 29_900n, listed: 29_900n });
});

it("gives the whole allowance for nothing once Stripe says paid, and trusts nobody for it before", async () => {
  const who = await shop.makeSubscriber("starter");
  await discount(who, 100);
  for (const wasPaid of [true, false]) {
    await operator.passPeriod(who, 5 * MINUTE);
    expect((await shop.stateOf(who)).remaining).toBe(wasPaid ? STARTER : 0n);
    await shop.passes(2 * HOUR);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, owed: 0n });
  }
  expect(await invoicesOf(who)).toEqual(["paid 0", "paid 0", "paid 29900"]);
  expect((await getAccountView(shop.db, who.accountId)).openInvoice).toBeNull();
});

it("puts tax on top of what is paid, and on nothing else", async () => {
  const who = await shop.makeSubscriber("starter");
  await tax(who, 20);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER });
  expect(await invoicesOf(who)).toEqual(["paid 35880", "paid 29900"]);
  expect(await newestCharge(who)).toBe(35_880);
});

it("asks for what is left of a declined renewal with its discount and tax, and gives all of it when paid", async () => {
  const who = await shop.makeSubscriber("starter");
  await discount(who, 50);
  await tax(who, 20);
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await operator.passPeriod(who, 5 * MINUTE);
  await shop.stateOf(who);
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "past_due", remaining: 0n, frozen: STARTER });
  expect((await getAccountView(shop.db, who.accountId)).openInvoice?.dueCents).toBe(17_940n);
  await operator.replaceCard(who, "pm_card_visa");
  const paid = await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
  expect(paid).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, owed: 0n });
  expect(await newestCharge(who)).toBe(17_940);
});

it("upgrades for what the preview said, discount and tax included, with the whole new allowance", async () => {
  const who = await shop.makeSubscriber("starter");
  await discount(who, 50);
  await tax(who, 20);
  await shop.passes(DAY);
  await shop.sync(who);
  const chosen = { ...who, plan: "premium", interval: "month" };
  const preview = await previewUpgrade(shop.deps, chosen);
  expect(preview).toMatchObject({ ok: true, value: { dueCents: 29_940n, credits: PREMIUM } });
  const done = await confirmUpgrade(shop.deps, {
    ...chosen,
    requestId: newId(),
    shownCents: 29_940n,
    paymentMethodId: null,
  });
  expect(done).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await newestCharge(who)).toBe(29_940);
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER + PREMIUM);
});

it("gives the difference's share for an upgrade of the dashboard, however little its prorations cost", async () => {
  const [full, half] = [await shop.makeSubscriber("starter"), await shop.makeSubscriber("starter")];
  await discount(half, 50);
  await shop.passes(10 * DAY);
  const premium = await operator.priceOf("premium");
  for (const who of [full, half]) {
    await operator.changePrice(who, premium, { proration_behavior: "always_invoice" });
    await shop.sync(who);
  }
  const [whole, less] = [await shop.stateOf(full), await shop.stateOf(half)];
  expect(whole.remaining).toBeGreaterThan(FREE + STARTER);
  // Each pays for what was left when it was raised, to the second: a slow machine takes a few from one to the other.
  const apart = Math.abs(Number(less.remaining - whole.remaining));
  expect(apart).toBeLessThan((Number(PREMIUM - STARTER) / (28 * 24 * 3_600)) * 60);
});
