import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { cancelPlan } from "./change";
import { payOpenInvoice } from "./pay-invoice";

/** What an operator does to the running cycle in Stripe's dashboard, and what a card that declines makes of it. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const PREMIUM = 40_000_000n;

const pay = (who: Subscriber) =>
  payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
const declined = async (plan = "starter") => {
  const who = await shop.makeSubscriber(plan);
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await shop.passes(10 * DAY);
  return who;
};
const paidPeriods = async (who: Subscriber) =>
  (await shop.stateOf(who)).periods.filter((each) => each.includes(" paid ")).length;

it("gives nothing for a cycle that was reset in the dashboard and whose invoice is declined, until it is paid", async () => {
  const who = await declined();
  await operator.resetCycle(who);
  await shop.sync(who);
  const before = await shop.stateOf(who);
  expect(before).toMatchObject({ planStatus: "past_due", remaining: FREE + STARTER, frozen: 0n, owed: 0n });
  expect(await paidPeriods(who)).toBe(1);
  const { openInvoice } = await getAccountView(shop.db, who.accountId);
  expect(openInvoice).toMatchObject({ dueCents: 29_900n, failureCode: "generic_decline" });
  expect(openInvoice?.nextAttemptAt).toBeInstanceOf(Date);
  await operator.replaceCard(who, "pm_card_visa");
  expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: FREE + 2n * STARTER });
  expect((await getAccountView(shop.db, who.accountId)).openInvoice).toBeNull();
});

it("leaves somebody who never pays for a reset cycle what was paid for, and no debt", async () => {
  const who = await declined();
  await operator.resetCycle(who);
  await shop.sync(who);
  expect(await shop.spend(who, FREE + STARTER)).toMatchObject({ kind: "done" });
  await shop.passes(30 * DAY);
  await shop.sync(who);
  expect((await shop.subscriptionOf(who)).status).toBe("canceled");
  expect(await shop.stateOf(who)).toMatchObject({ plan: "free", owed: 0n, remaining: FREE });
  expect(await paidPeriods(who)).toBe(1);
});

it("gives one allowance for one payment, however often the cycle is reset", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  for (let resets = 0; resets < 4; resets += 1) {
    await shop.passes(2 * DAY);
    await operator.resetCycle(who);
    await shop.sync(who);
  }
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "past_due", remaining: FREE + STARTER });
  expect(await paidPeriods(who)).toBe(1);
});

it("gives no month of a year that the dashboard began and the bank declined", async () => {
  const who = await declined();
  await operator.changePrice(who, await operator.priceOf("starter", "year"), {
    billing_cycle_anchor: { type: "now" },
    proration_behavior: "none",
  });
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "past_due", remaining: FREE + STARTER });
  const { openInvoice } = await getAccountView(shop.db, who.accountId);
  expect(openInvoice?.dueCents).toBe(299_000n);
});

it("gives the months of a year that the dashboard began without a new cycle, less what it credits", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.passPeriod(who);
  const { billing_cycle_anchor: anchor } = await shop.subscriptionOf(who);
  await shop.passes(10 * DAY);
  await operator.changePrice(who, await operator.priceOf("starter", "year"), {
    proration_behavior: "always_invoice",
  });
  await shop.sync(who);
  // Of the month that was paid for 21 of 31 days come back, less two hours: so much less of the first new month is given.
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "starter",
    remaining: STARTER + 7_806_451n,
    owed: 0n,
  });
  expect((await shop.subscriptionOf(who)).billing_cycle_anchor).toBe(anchor);
  const months = [];
  for (let month = 0; month < 14; month += 1) {
    await shop.passes(30 * DAY);
    await shop.sync(who);
    const { owed, planStatus, remaining } = await shop.stateOf(who);
    expect({ owed, planStatus }).toEqual({ owed: 0n, planStatus: "active" });
    months.push(remaining);
  }
  expect(months).toEqual([7_806_451n, ...Array(13).fill(STARTER)]);
});

it("gives nothing for a price rise with a new cycle that is declined, and offers its invoice", async () => {
  const who = await declined();
  const rise = await operator.makePrice("refill_starter", 34_900);
  await operator.changePrice(who, rise, {
    billing_cycle_anchor: { type: "now" },
    proration_behavior: "none",
  });
  operator.forgetPrices();
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "past_due" });
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
  const { openInvoice } = await getAccountView(shop.db, who.accountId);
  expect(openInvoice?.dueCents).toBe(34_900n);
  await operator.replaceCard(who, "pm_card_visa");
  expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect((await shop.stateOf(who)).remaining).toBe(FREE + 2n * STARTER);
});

it("asks nothing of somebody who paid everything after a dashboard's upgrade, to the plan's end and beyond", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.passPeriod(who);
  await shop.passes(5 * DAY);
  await operator.changePrice(who, await operator.priceOf("premium"), {});
  await shop.sync(who);
  expect(await shop.spend(who, STARTER)).toMatchObject({ kind: "done" });
  expect(await shop.spend(who, 1n)).not.toMatchObject({ kind: "done" });
  for (let months = 0; months < 3; months += 1) {
    await operator.passPeriod(who);
    await shop.spend(who, PREMIUM);
    expect((await shop.stateOf(who)).owed).toBe(0n);
  }
  expect(await cancelPlan(shop.deps, who)).toMatchObject({ ok: true });
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "free", owed: 0n, frozen: 0n, remaining: FREE });
});
