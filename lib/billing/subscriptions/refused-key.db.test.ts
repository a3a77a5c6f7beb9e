import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { planPayments, subscriptions } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { createStripe } from "../../stripe/client";
import { createStripeGateway } from "../../stripe/gateway";
import { createStripePlanGateway } from "../../stripe/plan-gateway";
import { PAYMENTS_UNAVAILABLE_CODE } from "../gateway";
import { scheduleDowngrade } from "./change";
import { payOpenInvoice } from "./pay-invoice";
import { sweepPlans } from "./sweep";
import { confirmUpgrade, previewUpgrade } from "./upgrade";

// A key that Stripe does not know any more (401), or that may not do something (403), is ours to mend. What was asked for the
// first time was not done; what was asked before may have been, and is asked again under its key once the key is mended.

const KEY = "rk_test_shop";
const shop = openPlanShop();
/** As a process whose key can lack rights. */
beforeEach(() => {
  const stripe = createStripe({ secretKey: KEY, apiBase: shop.simulator.url, networkRetries: 0 });
  Object.assign(shop.deps, { gateway: createStripeGateway(stripe), plans: createStripePlanGateway(stripe) });
});
afterEach(async () => {
  shop.simulator.keys.clear();
  await expectBooksBalance(shop.db);
});

const PREMIUM = { plan: "premium", interval: "month" } as const;
const upgrade = (who: Subscriber) =>
  confirmUpgrade(shop.deps, {
    ...who,
    ...PREMIUM,
    requestId: newId(),
    shownCents: 49_900n,
    paymentMethodId: null,
  });
const paymentOf = async ({ accountId }: Subscriber) =>
  (await shop.db.select().from(planPayments).where(eq(planPayments.accountId, accountId)))[0];
const chargedTo = async (who: Subscriber) =>
  (await shop.charges(await shop.customerOf(who))).filter((each) => each.paid).map((each) => each.amount);

it("may not change a subscription: an upgrade was not charged, and says that payments are not available", async () => {
  const who = await shop.makeSubscriber();
  shop.simulator.keys.restrict(KEY, { subscription: "read", "*": "write" });
  expect(await upgrade(who)).toMatchObject({ ok: true, value: { status: "declined" } });
  expect(await paymentOf(who)).toMatchObject({ declineCode: PAYMENTS_UNAVAILABLE_CODE });
  expect(await chargedTo(who)).toEqual([29_900]);
  // Nine tries of which no card heard are no reason to refuse a tenth.
  shop.simulator.keys.restore(KEY);
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  for (let tries = 0; tries < 9; tries += 1) {
    shop.simulator.keys.restrict(KEY, { subscription: "read", "*": "write" });
    expect(await upgrade(who)).toMatchObject({ value: { status: "declined" } });
    shop.simulator.keys.restore(KEY);
    await shop.passes(2 * MINUTE);
    await sweepPlans(shop.deps);
  }
  expect(await upgrade(who)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await chargedTo(who)).toEqual([49_900, 29_900]);
});

it("is revoked: what was asked before anything was stored says so, and nothing is stored", async () => {
  const who = await shop.makeSubscriber();
  await shop.deps.plans.listPlanPrices();
  shop.simulator.keys.revoke(KEY);
  const silent = { ok: false, error: { code: "provider_unavailable" } };
  expect(await previewUpgrade(shop.deps, { ...who, ...PREMIUM })).toEqual(silent);
  expect(await upgrade(who)).toEqual(silent);
  const pay = { ...who, requestId: newId(), paymentMethodId: null };
  expect(await payOpenInvoice(shop.deps, pay)).toEqual(silent);
  expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "year" })).toMatchObject({
    ok: false,
  });
  expect(await paymentOf(who)).toBeUndefined();
});

it("may not confirm payments: an open invoice stays open, and the payment for it has ended", async () => {
  const who = await shop.makeSubscriber();
  const { id } = await shop.subscriptionOf(who);
  await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
  await shop.passes(31 * DAY);
  await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/accept_next`, { method: "POST" });
  await shop.sync(who);
  const pay = () => payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
  shop.simulator.keys.restrict(KEY, { payment_intent: "read", "*": "write" });
  expect(await pay()).toMatchObject({ ok: true, value: { status: "declined" } });
  expect(await paymentOf(who)).toMatchObject({ declineCode: PAYMENTS_UNAVAILABLE_CODE, voidPending: false });
  expect(await chargedTo(who)).toEqual([29_900]);
});

const LOST = { method: "POST", pathPattern: "/v1/subscriptions/*" };
for (const [what, kind, charged] of [
  ["was done and not heard of", "drop_after", [49_900, 29_900]],
  ["never arrived", "drop_before", [29_900]],
] as const) {
  it(`is revoked after an upgrade that ${what}: it stays open, and is asked for again under its key`, async () => {
    const who = await shop.makeSubscriber();
    shop.simulator.faults.add({ kind, match: LOST, times: 2 });
    shop.simulator.faults.add({ kind: "fail_before", match: { method: "GET", pathPattern: "/v1/invoices" } });
    expect(await upgrade(who)).toMatchObject({ value: { status: "processing", unknown: true } });
    shop.simulator.faults.clear();
    shop.simulator.keys.revoke(KEY);
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await shop.passes(MINUTE);
      await sweepPlans(shop.deps);
      expect(await paymentOf(who)).toMatchObject({ status: "processing" });
    }
    expect(await chargedTo(who)).toEqual(charged);
    shop.simulator.keys.restore(KEY);
    await shop.passes(MINUTE);
    await sweepPlans(shop.deps);
    expect(await paymentOf(who)).toMatchObject({ status: "paid" });
    expect(await chargedTo(who)).toEqual([49_900, 29_900]);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", planStatus: "active" });
  });
}

it("is revoked for hours: nothing is given up meanwhile, and what went through is found", async () => {
  const who = await shop.makeSubscriber();
  shop.simulator.faults.add({ kind: "drop_after", match: LOST, times: 1 });
  shop.simulator.faults.add({ kind: "fail_before", match: { method: "GET", pathPattern: "/v1/invoices" } });
  await upgrade(who);
  shop.simulator.faults.clear();
  shop.simulator.keys.revoke(KEY);
  for (let hours = 0; hours < 4; hours += 1) {
    await shop.passes(HOUR);
    await sweepPlans(shop.deps);
    expect(await paymentOf(who)).toMatchObject({ status: "processing" });
  }
  shop.simulator.keys.restore(KEY);
  await shop.passes(MINUTE);
  await sweepPlans(shop.deps);
  expect(await paymentOf(who)).toMatchObject({ status: "paid" });
  expect(await chargedTo(who)).toEqual([49_900, 29_900]);
});

it("may not make schedules: a downgrade is noted, and asked for until the key is mended", async () => {
  const who = await shop.makeSubscriber("premium");
  shop.simulator.keys.restrict(KEY, { subscription: "read", "*": "write" });
  const chosen = { ...who, plan: "starter", interval: "month" } as const;
  expect(await scheduleDowngrade(shop.deps, chosen)).toMatchObject({ ok: true });
  const standing = async () =>
    (await shop.db.select().from(subscriptions).where(eq(subscriptions.accountId, who.accountId)))[0];
  expect(await standing()).toMatchObject({ pendingChange: "change", nextPlan: null });
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  expect(await standing()).toMatchObject({ pendingChange: "change" });
  shop.simulator.keys.restore(KEY);
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  expect(await standing()).toMatchObject({ pendingChange: null, nextPlan: "starter" });
});
