import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { listAttention } from "../attention/queries";
import { placeOrder } from "../orders/place";
import { payOpenInvoice } from "./pay-invoice";

/** Invoices that an operator voided, gave up or marked as paid; collection paused; quantities; a second subscription. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const PREMIUM = 40_000_000n;

const pay = (who: Subscriber) =>
  payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
const mayBuy = async (who: Subscriber) => {
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  return (await placeOrder(shop.deps, { ...who, requestId: newId(), choice })).ok;
};
/** A renewal that was opened and spent from while its invoice was a draft, and then declined. */
async function declinedRenewal(spends = 0n) {
  const who = await shop.makeSubscriber("starter");
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await operator.passPeriod(who, 5 * MINUTE);
  await shop.stateOf(who);
  if (spends > 0n) expect(await shop.spend(who, spends)).toMatchObject({ kind: "done" });
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  const customer = await shop.customerOf(who);
  const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
  if (!open) throw new Error("the renewal was declined");
  return { who, invoice: open.id };
}

it("revokes what is left of a voided renewal, and asks nothing for what was spent", async () => {
  const { who, invoice } = await declinedRenewal(10_000_000n);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "past_due", frozen: STARTER - 10_000_000n });
  await shop.stripe.invoices.voidInvoice(invoice);
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ remaining: 0n, frozen: 0n, owed: 0n });
  expect(await pay(who)).toMatchObject({ ok: false, error: { code: "nothing_to_pay" } });
  await operator.replaceCard(who, "pm_card_visa");
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, owed: 0n });
});

it("keeps an uncollectible renewal frozen and payable, and gives it back when it is paid", async () => {
  const { who, invoice } = await declinedRenewal();
  await shop.stripe.invoices.markUncollectible(invoice);
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ remaining: 0n, frozen: STARTER, owed: 0n });
  expect((await getAccountView(shop.db, who.accountId)).openInvoice).toMatchObject({ dueCents: 29_900n });
  await operator.replaceCard(who, "pm_card_visa");
  expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await shop.stateOf(who)).toMatchObject({ remaining: STARTER, frozen: 0n, owed: 0n });
});

it("takes a renewal that an operator marked as paid for paid", async () => {
  const { who, invoice } = await declinedRenewal();
  await shop.stripe.invoices.pay(invoice, { paid_out_of_band: true });
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, frozen: 0n });
  expect(await mayBuy(who)).toBe(true);
});

it("gives nothing new while collection is paused, and what is paid goes on", async () => {
  const who = await shop.makeSubscriber("starter");
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, { pause_collection: { behavior: "keep_as_draft" } });
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: FREE + STARTER });
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "paused", remaining: 0n, owed: 0n });
  expect(await mayBuy(who)).toBe(false);
});

it("gives as often as is charged, where a quantity was set", async () => {
  const who = await shop.makeSubscriber("starter");
  const { id, items } = await shop.subscriptionOf(who);
  const item = items.data[0]?.id ?? "";
  await shop.stripe.subscriptions.update(id, {
    items: [{ id: item, quantity: 2 }],
    proration_behavior: "none",
  });
  await shop.sync(who);
  expect((await shop.stateOf(who)).remaining).toBe(FREE + STARTER);
  await operator.passPeriod(who);
  expect((await shop.stateOf(who)).remaining).toBe(2n * STARTER);
});

it("counts a second subscription that is paid, while the first is past due", async () => {
  const { who } = await declinedRenewal();
  await operator.replaceCard(who, "pm_card_visa");
  const customer = await shop.customerOf(who);
  const price = await operator.priceOf("premium");
  const second = await shop.stripe.subscriptions.create({ customer, items: [{ price }] });
  await shop.sync(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", planStatus: "active" });
  expect((await shop.stateOf(who)).remaining).toBe(PREMIUM);
  expect(await mayBuy(who)).toBe(true);
  const items = await listAttention(shop.db, { all: false, most: 500 });
  expect(items.filter(({ objectId }) => objectId === second.id)).toMatchObject([
    { reason: "two_live_subscriptions" },
  ]);
});

it("lets what was paid for run to its month's end, when an operator cancels at once", async () => {
  const who = await shop.makeSubscriber("starter");
  await shop.passes(5 * DAY);
  await shop.stripe.subscriptions.cancel((await shop.subscriptionOf(who)).id);
  await shop.sync(who);
  const { plan, remaining, owed } = await shop.stateOf(who);
  expect({ plan, owed }).toEqual({ plan: "free", owed: 0n });
  expect(remaining).toBeGreaterThanOrEqual(STARTER);
});
