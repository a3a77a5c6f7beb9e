import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { orders, paymentMethods, stripeEvents } from "../../db/schema";
import { type Buyer, bundleRequest, openShop } from "../../dev/testing/shop";
import { getBalance } from "../ledger/queries";
import { EventNotHandled, handleEvent } from "./handle-event";
import { confirmOrder } from "./orders/confirm";
import { placeOrder } from "./orders/place";

const shop = openShop();

async function buy(buyer: Buyer): Promise<string> {
  const placed = await placeOrder(shop.deps, bundleRequest(buyer, "usd100"));
  if (!placed.ok) throw new Error(placed.error.code);
  return placed.value.orderId;
}

const confirm = (buyer: Buyer, orderId: string) =>
  confirmOrder(shop.deps, {
    accountId: buyer.accountId,
    orderId,
    paymentMethodId: null,
    expiryAcknowledged: false,
  });

/** The events Stripe has for a customer's objects, stored as the webhook route stores them. */
async function storeEvents(buyer: Buyer, type: string): Promise<string[]> {
  const listed = await shop.stripe.events.list({ type, limit: 100 });
  const mine = listed.data.filter((event) => JSON.stringify(event.data).includes(buyer.customerId));
  await Promise.all(mine.map(storeEvent));
  return mine.map((event) => event.id);
}

const storeEvent = (event: { id: string; type: string }) =>
  shop.db
    .insert(stripeEvents)
    .values({ id: event.id, type: event.type, payload: event, createdAt: new Date() })
    .onConflictDoNothing();

const isHandled = async (id: string) => {
  const [row] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
  return row?.handledAt !== null;
};
const remaining = async (buyer: Buyer) => (await getBalance(shop.db, buyer.accountId)).remaining;

describe("payment events", () => {
  it("before the action returns, together with it, and redelivered ten times: one grant", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await buy(buyer);
    shop.simulator.faults.add({
      kind: "slow_after",
      ms: 300,
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 1,
    });
    const acting = confirm(buyer, orderId);
    await expect.poll(() => storeEvents(buyer, "payment_intent.succeeded")).toHaveLength(1);
    const [event = ""] = await storeEvents(buyer, "payment_intent.succeeded");
    await Promise.all(Array.from({ length: 10 }, () => handleEvent(shop.deps, event)));
    expect(await remaining(buyer)).toBe(32_000_000n); // Already there, although the action still waits.
    expect(await acting).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await remaining(buyer)).toBe(32_000_000n);
    expect(await isHandled(event)).toBe(true);
  });

  it("settle an order whose answer nobody heard", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await buy(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 2,
    });
    expect(await confirm(buyer, orderId)).toMatchObject({ value: { unknown: true } });
    for (const event of await storeEvents(buyer, "payment_intent.succeeded"))
      await handleEvent(shop.deps, event);
    expect(await remaining(buyer)).toBe(32_000_000n);
  });

  it("stay due while Stripe cannot be asked, and count as handled only with their effect (I16)", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await buy(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 2,
    });
    await confirm(buyer, orderId);
    const [event = ""] = await storeEvents(buyer, "payment_intent.succeeded");
    shop.simulator.faults.add({ kind: "fail_before" });
    await expect(handleEvent(shop.deps, event)).rejects.toThrow(EventNotHandled);
    expect(await isHandled(event)).toBe(false);
    shop.simulator.faults.clear();
    await handleEvent(shop.deps, event);
    expect(await isHandled(event)).toBe(true);
    expect(await remaining(buyer)).toBe(32_000_000n);
  });

  it("of an earlier decline change nothing about an order that was paid since (I11)", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
    const orderId = await buy(buyer);
    await confirm(buyer, orderId);
    const [good = null] = buyer.cardIds;
    await confirmOrder(shop.deps, {
      accountId: buyer.accountId,
      orderId,
      paymentMethodId: good,
      expiryAcknowledged: false,
    });
    const failed = await storeEvents(buyer, "payment_intent.payment_failed");
    expect(failed).toHaveLength(1);
    for (const event of failed) await handleEvent(shop.deps, event);
    const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
    expect(order?.status).toBe("paid");
  });

  it.each([
    ["somebody else's payment", { id: "pi_x", object: "payment_intent", metadata: {} }],
    [
      "an order that does not exist",
      {
        id: "pi_x",
        object: "payment_intent",
        metadata: {
          account_id: "01a20000-0000-7000-8000-000000000000",
          order_id: "01a20000-0000-7000-8000-000000000001",
        },
      },
    ],
    [
      "metadata that are no ids",
      { id: "pi_x", object: "payment_intent", metadata: { account_id: "' or 1=1 --", order_id: "x" } },
    ],
    ["a kind we do not follow", { id: "x", object: "tax_rate" }],
  ])("about %s are handled by doing nothing", async (what, object) => {
    const event = {
      id: `evt_${what}`,
      type: object.object === "tax_rate" ? "tax_rate.created" : "payment_intent.succeeded",
      data: { object },
    };
    await storeEvent(event);
    await handleEvent(shop.deps, event.id);
    expect(await isHandled(event.id)).toBe(true);
  });

  it("that cannot be understood are parked with the reason", async () => {
    await storeEvent({ id: "evt_odd", type: "payment_intent.succeeded" });
    await handleEvent(shop.deps, "evt_odd");
    const [row] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, "evt_odd"));
    expect(row).toMatchObject({ handledAt: null, parkedReason: "not an event we understand" });
  });
});

describe("card events", () => {
  const cardsOf = async (buyer: Buyer) =>
    (
      await shop.db
        .select({ id: paymentMethods.id })
        .from(paymentMethods)
        .where(eq(paymentMethods.accountId, buyer.accountId))
    ).map((each) => each.id);

  it("a card removed at Stripe is gone here, and the default moves on", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_mastercard"] });
    const [visa = "", mastercard = ""] = buyer.cardIds;
    await shop.stripe.paymentMethods.detach(mastercard);
    const [detached = ""] = (await shop.stripe.events.list({ type: "payment_method.detached" })).data
      .filter((each) => JSON.stringify(each).includes(mastercard))
      .map((each) => each.id);
    const event = await shop.stripe.events.retrieve(detached);
    await storeEvent(event);
    await handleEvent(shop.deps, detached);
    expect(await cardsOf(buyer)).toEqual([visa]);
    const [{ card } = { card: null }] = await shop.db.execute<{ card: string | null }>(
      sql`select default_payment_method_id as card from accounts where id = ${buyer.accountId}`,
    );
    expect(card).toBe(visa);
  });

  it("a card added at Stripe appears, also when ten events say so at once", async () => {
    const buyer = await shop.makeBuyer();
    const added = await shop.stripe.paymentMethods.attach("pm_card_amex", { customer: buyer.customerId });
    const events = await storeEvents(buyer, "payment_method.attached");
    await Promise.all([...events, ...events, ...events].map((event) => handleEvent(shop.deps, event)));
    expect(await cardsOf(buyer)).toContain(added.id);
  });
});
