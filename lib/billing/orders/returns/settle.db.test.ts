import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { attentionItems, orders, stripeEvents } from "../../../../db/schema";
import { type Buyer, bundleRequest, openShop } from "../../../../dev/testing/shop";
import { newId } from "../../../ids";
import { EventNotHandled, handleEvent } from "../../handle-event";
import { cancelOrder } from "../cancel";
import { confirmOrder } from "../confirm";
import { placeOrder } from "../place";
import { settleReturns } from "./settle";

const shop = openShop();

/** A payment that an order is not settled with: the answer is lost, and nothing has asked again. */
async function payUnheard(buyer: Buyer): Promise<{ orderId: string; payment: string }> {
  const placed = await placeOrder(shop.deps, bundleRequest(buyer, "usd100"));
  if (!placed.ok) throw new Error(placed.error.code);
  const { orderId } = placed.value;
  const pathPattern = "/v1/payment_intents";
  shop.simulator.faults.add({ kind: "drop_after", match: { method: "POST", pathPattern }, times: 2 });
  const { accountId } = buyer;
  await confirmOrder(shop.deps, { accountId, orderId, paymentMethodId: null, expiryAcknowledged: false });
  const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
  return { orderId, payment: intent?.id ?? "" };
}

async function storeEvent(payment: string, type: string): Promise<string> {
  const { data } = await shop.stripe.events.list({ type, limit: 100 });
  const event = data.find((each) => JSON.stringify(each.data).includes(payment));
  if (!event) throw new Error(`no ${type} of ${payment}`);
  await shop.db
    .insert(stripeEvents)
    .values({ id: event.id, type: event.type, payload: event, createdAt: new Date() });
  return event.id;
}

const isHandled = async (id: string) =>
  (await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, id)))[0]?.handledAt !== null;

const itemsAbout = (reason: string, charge: string) =>
  shop.db
    .select()
    .from(attentionItems)
    .where(and(eq(attentionItems.reason, reason), eq(attentionItems.objectId, charge)));

it("a refund of what nobody heard was paid: the order is paid first, and the event counts as handled only then (I16)", async () => {
  const buyer = await shop.makeBuyer();
  const { orderId, payment } = await payUnheard(buyer);
  await shop.stripe.refunds.create({ payment_intent: payment, amount: 4_000 });
  const event = await storeEvent(payment, "charge.refunded");
  shop.simulator.faults.add({ kind: "fail_before", match: { pathPattern: "/v1/refunds" } });
  await expect(handleEvent(shop.deps, event)).rejects.toThrow(EventNotHandled);
  expect(await isHandled(event)).toBe(false);
  shop.simulator.faults.clear();
  await handleEvent(shop.deps, event);
  expect(await isHandled(event)).toBe(true);
  const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
  expect(order?.paidAt).toBeInstanceOf(Date);
});

it("a dispute of a payment that names an order nobody has is told to an operator, once", async () => {
  const buyer = await shop.makeBuyer();
  const intent = await shop.stripe.paymentIntents.create({
    amount: 5_000,
    currency: "usd",
    customer: buyer.customerId,
    payment_method: "pm_card_createDispute",
    confirm: true,
    return_url: "https://shop.test/",
    metadata: { account_id: newId(), order_id: newId() },
  });
  const charge = String(intent.latest_charge);
  for (const type of ["charge.dispute.created", "charge.dispute.funds_withdrawn"]) {
    const event = await storeEvent(intent.id, type);
    await handleEvent(shop.deps, event);
    expect(await isHandled(event)).toBe(true);
  }
  const found = await itemsAbout("unknown_payment_returned", charge);
  expect(found).toMatchObject([
    { state: "open", timesOpened: 1, details: { disputes: 1, disputeStatus: "needs_response" } },
  ]);
});

it("a dispute of a payment that its order was not paid by is told to an operator: it came after the order was canceled", async () => {
  const buyer = await shop.makeBuyer();
  const placed = await placeOrder(shop.deps, bundleRequest(buyer, "usd100"));
  if (!placed.ok) throw new Error(placed.error.code);
  const ref = { accountId: buyer.accountId, orderId: placed.value.orderId };
  await cancelOrder(shop.deps, ref);
  const intent = await shop.stripe.paymentIntents.create({
    amount: 10_000,
    currency: "usd",
    customer: buyer.customerId,
    payment_method: "pm_card_createDispute",
    confirm: true,
    return_url: "https://shop.test/",
    metadata: { account_id: ref.accountId, order_id: ref.orderId },
  });
  const event = await storeEvent(intent.id, "charge.dispute.created");
  await handleEvent(shop.deps, event);
  expect(await isHandled(event)).toBe(true);
  expect(await itemsAbout("unknown_payment_returned", String(intent.latest_charge))).toMatchObject([
    { state: "open", accountId: buyer.accountId, details: { disputeStatus: "needs_response" } },
  ]);
});

it("what another product of the same Stripe account refunds is no matter of ours", async () => {
  const customer = (await shop.stripe.customers.create({ email: "else@shop.test" })).id;
  const intent = await shop.stripe.paymentIntents.create({
    amount: 5_000,
    currency: "usd",
    customer,
    payment_method: "pm_card_visa",
    confirm: true,
    return_url: "https://shop.test/",
  });
  await shop.stripe.refunds.create({ payment_intent: intent.id });
  const event = await storeEvent(intent.id, "refund.created");
  await handleEvent(shop.deps, event);
  expect(await isHandled(event)).toBe(true);
  expect(await itemsAbout("unknown_payment_returned", String(intent.latest_charge))).toEqual([]);
});

it("a payment that Stripe does not have changes nothing, and is not asked about for ever", async () => {
  expect(await settleReturns(shop.deps, { paymentIntentId: "pi_of_another_account" })).toEqual({
    unknown: false,
  });
});

it("a question about a payment that Stripe would not take: the event stays due (I16)", async () => {
  const buyer = await shop.makeBuyer();
  const { payment } = await payUnheard(buyer);
  await shop.stripe.refunds.create({ payment_intent: payment, amount: 4_000 });
  const event = await storeEvent(payment, "charge.refunded");
  const readReturns = async () => ({ kind: "refused", code: "parameter_unknown" }) as const;
  const deaf = { ...shop.deps, gateway: { ...shop.deps.gateway, readReturns } };
  await expect(handleEvent(deaf, event)).rejects.toThrow(EventNotHandled);
  expect(await isHandled(event)).toBe(false);
});
