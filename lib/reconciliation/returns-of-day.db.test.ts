import { afterEach, expect, it } from "vitest";
import { expectBooksBalance } from "../../dev/testing/books";
import { buyingAt } from "../../dev/testing/buying";
import { DAY, openPlanShop } from "../../dev/testing/plans";
import type { Buyer } from "../../dev/testing/shop";
import { refundOrder } from "../billing/orders/returns/refund";
import { settleReturns } from "../billing/orders/returns/settle";
import { dayOf, reconcileDay } from "./reconcile";
import { applyRepair, repairable } from "./repair";

const shop = openPlanShop({ max: 20 });
const { place, confirm } = buyingAt(shop);
afterEach(async () => {
  await expectBooksBalance(shop.db);
  // Or they would renew in the days of the tests behind.
  for (const { id } of (await shop.stripe.subscriptions.list()).data)
    await shop.stripe.subscriptions.cancel(id);
});

const today = () => dayOf(shop.clock.now());
const compare = (day = today()) => reconcileDay(shop.deps, day);
const kinds = async (day?: string) => (await compare(day)).lines.map(({ kind, object }) => [kind, object]);

/** What Stripe's dashboard, or the payer's bank, does. Returns the refund's or dispute's id. */
async function atStripe(path: string, body: object = {}): Promise<string> {
  const answer = await fetch(`${shop.simulator.url}/_sim/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

async function buy(buyer: Buyer): Promise<{ orderId: string; charge: string; payment: string }> {
  const orderId = await place(buyer);
  expect(await confirm(buyer, orderId, { expiryAcknowledged: true })).toMatchObject({
    value: { status: "paid" },
  });
  const [charge] = await shop.charges(buyer.customerId);
  return { orderId, charge: charge?.id ?? "", payment: String(charge?.payment_intent) };
}

/** What the simulator's own books say came in of charges and went back, fees apart, in cents. */
async function balanceAtStripe(): Promise<number> {
  const rows = await shop.stripe.balanceTransactions
    .list({ limit: 100 })
    .autoPagingToArray({ limit: 10_000 });
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

it("I10: counts what is paid back and disputed of orders and plans, and the days add up to Stripe's balance", async () => {
  const before = await balanceAtStripe();
  const buyer = await shop.makeBuyer();
  const subscriber = await shop.makeSubscriber();
  const [first, second, third, fourth] = [
    await buy(buyer),
    await buy(buyer),
    await buy(buyer),
    await buy(buyer),
  ];
  const day = today();
  await shop.passes(DAY);
  const ref = { accountId: buyer.accountId, orderId: first.orderId };
  const by = { as: "operator", userId: buyer.userId } as const;
  const refunded = await refundOrder(shop.deps, ref, { amountCents: null, by, why: "bought twice" });
  expect(refunded).toMatchObject({ ok: true, value: { status: "refunded" } });
  const part = await atStripe(`charges/${second.charge}/refund`, { amount: 1_234 });
  const dispute = await atStripe(`charges/${third.charge}/dispute`, { amount: 20_000 });
  const inquiry = await atStripe(`charges/${fourth.charge}/dispute`, { kind: "inquiry" });
  const [ofPlan] = await shop.charges(await shop.customerOf(subscriber));
  const planRefund = await atStripe(`charges/${ofPlan?.id}/refund`, { amount: 1_000 });
  const found = await kinds();
  for (const id of [part, dispute, inquiry]) expect(found).toContainEqual(["return_unknown", id]);
  expect(found).toContainEqual(["return_untold", planRefund]);
  const unsettled = await compare();
  expect(unsettled.totals.usd?.unexplainedReturnedCents).toBe(22_234n);

  for (const repair of repairable(unsettled.lines))
    expect(await applyRepair(shop.deps, repair)).not.toBeNull();
  const settled = await compare();
  expect(settled.lines).toEqual([]);
  const usd = settled.totals.usd;
  expect(usd).toMatchObject({
    disputes: 1,
    disputedCents: 20_000n,
    returnedOfPlansCents: 1_000n,
    unexplainedReturnedCents: 0n,
  });
  const charged = (await compare(day)).totals.usd?.chargedCents ?? 0n;
  const back = (usd?.refundedCents ?? 0n) + (usd?.disputedCents ?? 0n);
  expect(charged - back).toBe(BigInt((await balanceAtStripe()) - before));

  await atStripe(`disputes/${dispute}/win`);
  expect(await kinds()).toEqual([["return_differs", dispute]]);
  await settleReturns(shop.deps, { paymentIntentId: third.payment });
  const won = await compare();
  expect([won.lines, won.totals.usd?.disputedCents]).toEqual([[], 0n]);
  const wonBack = (won.totals.usd?.refundedCents ?? 0n) + (won.totals.usd?.disputedCents ?? 0n);
  expect(charged - wonBack).toBe(BigInt((await balanceAtStripe()) - before));
});

it("finds refunds that changed here or are gone at Stripe, credits that were not taken back, and mends what Stripe says", async () => {
  const buyer = await shop.makeBuyer();
  const { orderId, charge, payment } = await buy(buyer);
  const refund = await atStripe(`charges/${charge}/refund`, { amount: 5_000 });
  await settleReturns(shop.deps, { paymentIntentId: payment });
  expect(await kinds()).toEqual([]);

  await shop.owner`update order_refunds set status = 'pending' where refund_id = ${refund}`;
  expect(await kinds()).toEqual([["return_differs", refund]]);
  await shop.owner`update order_refunds set status = 'succeeded', amount_cents = 5001 where refund_id = ${refund}`;
  expect((await kinds()).map(([kind]) => kind).sort()).toEqual(["credits_not_taken_back", "return_differs"]);
  for (const repair of repairable((await compare()).lines)) await applyRepair(shop.deps, repair);
  expect(await kinds()).toEqual([]);

  await shop.owner`update orders set status = 'paid' where id = ${orderId}`;
  expect(await kinds()).toEqual([["credits_not_taken_back", `order:${orderId}`]]);
  const [repair] = repairable((await compare()).lines);
  expect(repair && (await applyRepair(shop.deps, repair))).toBe("partially_refunded");

  await shop.owner`update order_refunds set refund_id = 're_gone' where refund_id = ${refund}`;
  expect((await kinds()).sort()).toEqual([
    ["return_not_at_stripe", "re_gone"],
    ["return_unknown", refund],
  ]);
  await shop.owner`update order_refunds set refund_id = ${refund} where refund_id = 're_gone'`;
});

it("a refund made just before midnight is found where it is known only of just after", async () => {
  const buyer = await shop.makeBuyer();
  const { charge, payment } = await buy(buyer);
  const refund = await atStripe(`charges/${charge}/refund`, { amount: 5_000 });
  await settleReturns(shop.deps, { paymentIntentId: payment });
  const day = today();
  await shop.passes(DAY);
  await shop.owner`update order_refunds set created_at = created_at + interval '1 day' where refund_id = ${refund}`;
  expect([await kinds(day), await kinds()]).toEqual([[], []]);
});
