import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { orderRefunds, orders } from "../../../db/schema";
import { buyingAt } from "../../../dev/testing/buying";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { bundleRequest, openShop } from "../../../dev/testing/shop";
import { confirmOrder } from "../../billing/orders/confirm";
import { placeOrder } from "../../billing/orders/place";
import { settleReturns } from "../../billing/orders/returns/settle";
import { settleOrder } from "../../billing/orders/settle";
import { toPublicId } from "../../ids";
import { performAct } from "./perform";

const shop = openShop();
const desk = deskAt(shop);
const { place, confirm, view, remaining, succeeded } = buyingAt(shop);
const PLAN = 24_000_000n;

async function bought() {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  return { buyer, orderId, order: toPublicId("order", orderId) };
}
const statusOf = async (orderId: string) => {
  const [row] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
  return { status: row?.status, parked: row?.parkedReason };
};

describe("a refund of an order", () => {
  it("is previewed with the credits it takes, asked of Stripe once, and says who and why", async () => {
    const { buyer, orderId, order } = await bought();
    const request = desk.ask("refund_order", buyer.accountId, { order, cents: "" });
    const seen = await desk.preview(request);
    const after = String(PLAN);
    expect(seen.lines).toContainEqual({ name: "Remaining", unit: "credits", before: "32000000", after });
    expect(seen.lines).toContainEqual({ name: "Paid back", unit: "cents", before: "0", after: "10000" });
    expect(await statusOf(orderId)).toMatchObject({ status: "paid" });
    const perform = () =>
      performAct(desk.deps(), { request, operatorId: desk.operatorId, reason: REASON, basis: seen.basis });
    expect(await perform()).toMatchObject({ ok: true, value: { aftermath: { kind: "done" } } });
    expect(await perform()).toMatchObject({ ok: false });
    expect(await remaining(buyer)).toBe(PLAN);
    expect(await statusOf(orderId)).toMatchObject({ status: "refunded" });
    const kept = await shop.db.select().from(orderRefunds).where(eq(orderRefunds.accountId, buyer.accountId));
    expect(kept).toMatchObject([
      { status: "succeeded", requestedAs: "operator", requestedBy: desk.operatorId, why: REASON },
    ]);
    const [charge] = await succeeded(buyer);
    expect(charge?.amount_refunded).toBe(10_000);
    const [act] = await desk.acts(buyer.accountId);
    await expect(desk.takeBack(act?.id ?? "")).rejects.toThrow("no_counter_act");
  });

  it("that Stripe refuses gives the credits back and is told", async () => {
    const { buyer, order } = await bought();
    const [charge] = await succeeded(buyer);
    // Somebody was faster in the dashboard, and nobody has heard of it yet.
    await shop.stripe.refunds.create({ charge: charge?.id ?? "", amount: 9_000 });
    const outcome = await desk.perform(desk.ask("refund_order", buyer.accountId, { order, cents: "2500" }));
    expect(outcome).toMatchObject({ ok: true, value: { aftermath: { kind: "refused" } } });
    expect(await remaining(buyer)).toBe(32_000_000n);
  });

  it("that Stripe says nothing of is under way: its credits stay taken, and nobody knows", async () => {
    const { buyer, orderId, order } = await bought();
    shop.simulator.faults.add({ kind: "drop_before", match: {}, times: "forever" });
    const refund = await desk.act("refund_order", buyer.accountId, { order, cents: "" });
    expect(refund.aftermath).toMatchObject({ kind: "unknown" });
    expect(await remaining(buyer)).toBe(PLAN);
    const kept = await shop.db.select().from(orderRefunds).where(eq(orderRefunds.orderId, orderId));
    expect(kept).toMatchObject([{ status: "requested" }]);
    const settled = await desk.act("settle_order", buyer.accountId, { order });
    expect(settled.aftermath).toMatchObject({ kind: "unknown" });
    const again = desk.ask("refund_order", buyer.accountId, { order, cents: "" });
    expect(await desk.look(again)).toMatchObject({ error: { code: "order_under_way" } });
  });

  it("of more than is left, or of another account's order, is refused", async () => {
    const { buyer, order } = await bought();
    const other = await shop.makeBuyer();
    const tooMuch = desk.ask("refund_order", buyer.accountId, { order, cents: "10001" });
    expect(await desk.look(tooMuch)).toMatchObject({ error: { code: "more_than_left" } });
    for (const kind of ["refund_order", "settle_order", "close_order"] as const) {
      const theirs = desk.ask(kind, other.accountId, { order, cents: "" });
      expect(await desk.look(theirs)).toMatchObject({ error: { code: "subject_not_found" } });
    }
  });
});

describe("a parked order", () => {
  const park = async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer, "usd100");
    await shop.owner`update orders set parked_reason = 'pi_1: amount' where id = ${orderId}`;
    return { buyer, orderId, order: toPublicId("order", orderId) };
  };

  it("is closed unpaid, and parked again", async () => {
    const { buyer, orderId, order } = await park();
    const { actId } = await desk.act("close_order", buyer.accountId, { order });
    expect(await statusOf(orderId)).toEqual({ status: "canceled", parked: null });
    await desk.takeBack(actId);
    expect(await statusOf(orderId)).toEqual({ status: "declined", parked: "pi_1: amount" });
    expect((await view(buyer, orderId)).paidAt).toBeNull();
  });

  it("stays closed when its payment is given back at Stripe afterwards; reopened, that parks it", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer, "usd100");
    const { id: paymentIntentId } = await shop.stripe.paymentIntents.create({
      ...{ amount: 9_000, currency: "usd", customer: buyer.customerId, confirm: true, off_session: true },
      ...{
        payment_method: buyer.cardIds[0] ?? "",
        metadata: { account_id: buyer.accountId, order_id: orderId },
      },
    });
    const hear = () => settleReturns(shop.deps, { paymentIntentId });
    const parked = expect.stringContaining(paymentIntentId);
    await settleOrder(shop.deps, { accountId: buyer.accountId, orderId }, { paymentIntentId });
    expect(await statusOf(orderId)).toMatchObject({ parked });
    const { actId } = await desk.act("close_order", buyer.accountId, { order: toPublicId("order", orderId) });
    await shop.stripe.refunds.create({ payment_intent: paymentIntentId });
    await hear();
    expect(await statusOf(orderId)).toEqual({ status: "canceled", parked: null });
    await desk.takeBack(actId);
    await shop.owner`update orders set parked_reason = null where id = ${orderId}`;
    await hear();
    expect(await statusOf(orderId)).toEqual({ status: "declined", parked });
  });

  it("is asked about at Stripe; one that is not parked is not closed", async () => {
    const { buyer, order } = await bought();
    expect((await desk.act("settle_order", buyer.accountId, { order })).aftermath).toMatchObject({
      kind: "done",
    });
    const close = desk.ask("close_order", buyer.accountId, { order });
    expect(await desk.look(close)).toMatchObject({ error: { code: "order_paid" } });
    const unpaid = toPublicId("order", await place(buyer, "usd100"));
    const closeUnpaid = desk.ask("close_order", buyer.accountId, { order: unpaid });
    expect(await desk.look(closeUnpaid)).toMatchObject({ error: { code: "order_not_parked" } });
  });
});

describe("the switch that pauses purchases", () => {
  it("refuses to place and to confirm with its sentence, and lets what was begun go on", async () => {
    const buyer = await shop.makeBuyer();
    const placed = await place(buyer, "usd100");
    const sentence = "We are moving house: please buy again on Monday.";
    const { actId, after } = await desk.act("pause_purchases", null, { sentence });
    expect(after).toMatchObject({ Purchases: "paused", "Customers are told": sentence });
    const refused = { ok: false, error: { code: "purchases_paused", sentence } };
    expect(await placeOrder(shop.deps, bundleRequest(buyer))).toMatchObject(refused);
    const confirming = { accountId: buyer.accountId, orderId: placed, paymentMethodId: null };
    expect(await confirmOrder(shop.deps, { ...confirming, expiryAcknowledged: true })).toMatchObject(refused);
    expect(await shop.charges(buyer.customerId)).toEqual([]);
    await desk.takeBack(actId);
    expect(await confirmOrder(shop.deps, { ...confirming, expiryAcknowledged: true })).toMatchObject({
      ok: true,
      value: { status: "paid" },
    });
    const own = and(eq(orders.accountId, buyer.accountId), eq(orders.status, "paid"));
    expect(await shop.db.$count(orders, own)).toBe(1);
  });
});
