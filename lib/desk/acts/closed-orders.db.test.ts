import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { orders, stripeEvents } from "../../../db/schema";
import { buyingAt } from "../../../dev/testing/buying";
import { deskAt } from "../../../dev/testing/desk";
import { type Buyer, openShop } from "../../../dev/testing/shop";
import { handleEvent } from "../../billing/handle-event";
import { settleOrder } from "../../billing/orders/settle";
import { sweepOrders } from "../../billing/orders/sweep";
import { toPublicId } from "../../ids";
import { listQueue } from "../queues/list";

const shop = openShop();
const desk = deskAt(shop);
const { place, confirm, remaining, succeeded } = buyingAt(shop);
const PLAN = 24_000_000n;
const CREATE = { method: "POST", pathPattern: "/v1/payment_intents" };
const CANCEL = { pathPattern: "/v1/payment_intents/*/cancel" };
const LIST = { method: "GET", pathPattern: "/v1/payment_intents" };

const rowOf = async (orderId: string) => {
  const [row] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
  if (!row) throw new Error("no such order");
  return row;
};
const isWaiting = async (orderId: string) =>
  (await listQueue(shop.db, "orders")).items.some(({ id }) => id === orderId);
const settle = (buyer: Buyer, orderId: string, paymentIntentId?: string) =>
  settleOrder(shop.deps, { accountId: buyer.accountId, orderId }, { paymentIntentId });

/** Somebody writes an order's names on a payment of another amount, which is taken. */
async function takeAnother(buyer: Buyer, orderId: string): Promise<string> {
  const { id } = await shop.stripe.paymentIntents.create({
    ...{ amount: 9_000, currency: "usd", customer: buyer.customerId, confirm: true, off_session: true },
    payment_method: (await shop.stripe.paymentMethods.attach("pm_card_visa", { customer: buyer.customerId }))
      .id,
    metadata: { account_id: buyer.accountId, order_id: orderId },
  });
  return id;
}

/** The order's own payment waits for the bank; it is parked as somebody changed that payment at Stripe. */
async function parkAtTheBank() {
  const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
  const orderId = await place(buyer, "usd100");
  expect(await confirm(buyer, orderId)).toMatchObject({ value: { status: "requires_action" } });
  const payment = String((await rowOf(orderId)).paymentIntentId);
  await shop.owner`update orders set parked_reason = ${`${payment}: another amount`} where id = ${orderId}`;
  return { buyer, orderId, payment, order: toPublicId("order", orderId) };
}

async function approve(payment: string): Promise<void> {
  const answer = await fetch(`${shop.simulator.url}/_sim/payment_intents/${payment}/authenticate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"result":"approve"}',
  });
  if (!answer.ok) throw new Error(await answer.text());
}
const statusAtStripe = async (payment: string) => (await shop.stripe.paymentIntents.retrieve(payment)).status;

/** Stores and handles the events of a type that Stripe has of a payment, as the webhook's job does. */
async function hear(type: "payment_intent.succeeded" | "payment_intent.canceled", payment: string) {
  const { data } = await shop.stripe.events.list({ type, limit: 100 });
  const own = data.filter((each) => (each.data.object as { id: string }).id === payment);
  expect(own.length).toBeGreaterThan(0);
  for (const event of own) {
    const { id } = event;
    await shop.db
      .insert(stripeEvents)
      .values({ id, type, payload: event, createdAt: new Date() })
      .onConflictDoUpdate({ target: stripeEvents.id, set: { handledAt: null } });
    await handleEvent(shop.deps, id);
  }
}

const close = ({ buyer, order }: { buyer: Buyer; order: string }) =>
  desk.act("close_order", buyer.accountId, { order });

it("is canceled at Stripe together with its payment: nobody can pay it any more", async () => {
  const parked = await parkAtTheBank();
  expect((await close(parked)).aftermath).toEqual({ kind: "done" });
  expect(await statusAtStripe(parked.payment)).toBe("canceled");
  await hear("payment_intent.canceled", parked.payment);
  expect(await rowOf(parked.orderId)).toMatchObject({ status: "canceled", parkedReason: null });
  await shop.owner`update attempts set created_at = now() - interval '5 minutes' where order_id = ${parked.orderId}`;
  await shop.owner`update orders set next_closed_read_at = now() where id = ${parked.orderId}`;
  await sweepOrders(shop.deps);
  expect(await rowOf(parked.orderId)).toMatchObject({ parkedReason: null, nextClosedReadAt: null });
});

it.each(["its event", "the return page", "the sweep"] as const)(
  "paid after it was closed, as Stripe could not be asked to cancel it, is parked again by %s",
  async (by) => {
    const parked = await parkAtTheBank();
    const { buyer, orderId, payment } = parked;
    shop.simulator.faults.add({ kind: "drop_before", match: CANCEL, times: "forever" });
    expect((await close(parked)).aftermath).toEqual({ kind: "unknown" });
    shop.simulator.faults.clear();
    await approve(payment);
    if (by === "its event") await hear("payment_intent.succeeded", payment);
    if (by === "the return page") await settle(buyer, orderId);
    if (by === "the sweep") {
      await shop.owner`update orders set next_closed_read_at = now() where id = ${orderId}`;
      await sweepOrders(shop.deps);
    }
    const again = { status: "canceled", parkedReason: `${payment}: paid after it was canceled` };
    expect(await rowOf(orderId)).toMatchObject(again);
    expect(await isWaiting(orderId)).toBe(true);
    expect(await remaining(buyer)).toBe(PLAN);
    // Closed by who knows of that payment, it stays closed, whatever tells of it.
    expect((await close(parked)).aftermath).toEqual({ kind: "done" });
    await hear("payment_intent.succeeded", payment);
    await settle(buyer, orderId);
    await sweepOrders(shop.deps);
    expect(await rowOf(orderId)).toMatchObject({ status: "canceled", parkedReason: null });
    expect(await isWaiting(orderId)).toBe(false);
  },
);

it("paid before it could be canceled is parked again by the act itself, and says so", async () => {
  const parked = await parkAtTheBank();
  await approve(parked.payment); // The event is under way.
  expect((await close(parked)).aftermath).toEqual({ kind: "refused", why: "parked_again" });
  expect((await rowOf(parked.orderId)).parkedReason).toBe(`${parked.payment}: paid after it was canceled`);
  expect(await succeeded(parked.buyer)).toHaveLength(1);
});

it("paid meanwhile, its closing taken back, gives its credits", async () => {
  const parked = await parkAtTheBank();
  await approve(parked.payment);
  const { actId } = await close(parked);
  await desk.takeBack(actId);
  expect((await rowOf(parked.orderId)).parkedReason).toBe(`${parked.payment}: paid after it was canceled`);
  await desk.act("settle_order", parked.buyer.accountId, { order: parked.order });
  expect(await rowOf(parked.orderId)).toMatchObject({ status: "paid", parkedReason: null });
  expect(await remaining(parked.buyer)).toBe(PLAN + 8_000_000n);
});

it("with an attempt whose answer nobody heard finds the payment that was taken, also where the list was lost once", async () => {
  for (const isListed of [true, false]) {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer, "usd100");
    shop.simulator.faults.add({ kind: "drop_after", match: CREATE });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    const [charge] = await succeeded(buyer);
    await shop.owner`update orders set parked_reason = 'pi_1: another amount' where id = ${orderId}`;
    if (!isListed) shop.simulator.faults.add({ kind: "drop_before", match: LIST, times: "forever" });
    const { aftermath } = await close({ buyer, order: toPublicId("order", orderId) });
    expect(aftermath.kind).toBe(isListed ? "refused" : "unknown");
    shop.simulator.faults.clear();
    if (!isListed) {
      await shop.owner`update orders set next_closed_read_at = now() where id = ${orderId}`;
      await sweepOrders(shop.deps);
    }
    expect((await rowOf(orderId)).parkedReason).toBe(`${charge?.payment_intent}: paid after it was canceled`);
    expect(await isWaiting(orderId)).toBe(true);
  }
});

it("is parked for each payment that took money: one does not hide another", async () => {
  const { buyer, orderId, payment, order } = await parkAtTheBank();
  await shop.owner`update orders set parked_reason = null, payment_intent_id = null where id = ${orderId}`;
  const [one, two] = [await takeAnother(buyer, orderId), await takeAnother(buyer, orderId)];
  for (const id of [one, two, one]) await settle(buyer, orderId, id);
  expect((await rowOf(orderId)).parkedReason).toBe(`${two}: another amount; ${one}: another amount`);
  expect((await close({ buyer, order })).aftermath).toEqual({ kind: "done" });
  expect(await statusAtStripe(payment)).toBe("canceled");
  const three = await takeAnother(buyer, orderId);
  for (const id of [one, two, three]) await hear("payment_intent.succeeded", id);
  expect((await rowOf(orderId)).parkedReason).toBe(`${three}: another amount`);
});
