import { and, eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { attempts, orders } from "../../../db/schema";
import { buyingAt } from "../../../dev/testing/buying";
import { type Buyer, bundleRequest, openShop } from "../../../dev/testing/shop";
import { newId } from "../../ids";
import type { Told } from "../told";
import { cancelOrder } from "./cancel";
import { placeOrder } from "./place";
import { settleOrder } from "./settle";

const shop = openShop({ max: 30 });
const { place, confirm, view, remaining, succeeded, recentRequests } = buyingAt(shop);

describe("buying with the saved card (I7, I8, I9)", () => {
  it("charges once, grants exactly the order's credits, and asks Stripe exactly once", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    const before = await recentRequests();
    const settled = await confirm(buyer, orderId);
    expect(settled).toEqual({ ok: true, value: { status: "paid", actionUrl: null, unknown: false } });
    const asked = (await recentRequests()).slice(0, -before.length || undefined);
    expect(asked.map(({ method, path }) => [method, path])).toEqual([["POST", "/v1/payment_intents"]]);
    expect(await remaining(buyer)).toBe(64_000_000n);
    const [charge, ...others] = await shop.charges(buyer.customerId);
    expect(others).toEqual([]);
    expect(charge).toMatchObject({ amount: 50_000, currency: "usd", status: "succeeded" });
    const order = await view(buyer, orderId);
    expect(order).toMatchObject({ status: "paid", credits: 40_000_000n, amountCents: 50_000n });
    expect(order.expiresAt).toEqual(buyer.periodEnd);
    expect(order.history.map((each) => each.status)).toEqual(["pending", "processing", "paid"]);
  });

  it("gives 987,200 credits exactly for a typed $12.34", async () => {
    const buyer = await shop.makeBuyer();
    const placed = await placeOrder(shop.deps, {
      ...bundleRequest(buyer),
      choice: { kind: "custom", typed: "12.34" },
    });
    if (!placed.ok) throw new Error(placed.error.code);
    await confirm(buyer, placed.value.orderId);
    expect(await remaining(buyer)).toBe(24_987_200n);
    expect((await succeeded(buyer))[0]?.amount).toBe(1_234);
  });

  it("is one order for a form submitted twice, and another after choosing otherwise", async () => {
    const buyer = await shop.makeBuyer();
    const request = bundleRequest(buyer);
    const twice = await Promise.all([1, 2, 3].map(() => placeOrder(shop.deps, request)));
    expect(new Set(twice.map((each) => each.ok && each.value.orderId)).size).toBe(1);
    const other = await placeOrder(shop.deps, { ...request, choice: { kind: "bundle", bundleId: "usd100" } });
    expect(other.ok && other.value.orderId).not.toBe(twice[0]?.ok && twice[0].value.orderId);
  });

  it("makes one charge of 20 clicks on Confirm at once, and everybody ends with the same order", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    const clicks = await Promise.all(Array.from({ length: 20 }, () => confirm(buyer, orderId)));
    expect(clicks.every((each) => each.ok)).toBe(true);
    expect(await succeeded(buyer)).toHaveLength(1);
    expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await remaining(buyer)).toBe(64_000_000n);
    expect((await view(buyer, orderId)).attempts).toHaveLength(1);
  });

  it("grants once when 50 callers settle one order at once", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 2,
    });
    expect(await confirm(buyer, orderId)).toMatchObject({
      ok: true,
      value: { unknown: true, status: "processing" },
    });
    shop.simulator.faults.clear();
    const ref = { accountId: buyer.accountId, orderId };
    await Promise.all(Array.from({ length: 50 }, () => settleOrder(shop.deps, ref)));
    const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    await Promise.all(
      Array.from({ length: 10 }, () => settleOrder(shop.deps, ref, { paymentIntentId: intent?.id ?? "" })),
    );
    expect(await settleOrder(shop.deps, ref)).toMatchObject({ status: "paid" });
    expect(await succeeded(buyer)).toHaveLength(1);
    expect(await remaining(buyer)).toBe(64_000_000n);
  });
});

describe("what logs and metrics are told of an order", () => {
  it("is each state once, however many settle it at once, and why a card was declined", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
    const told: Told[] = [];
    shop.deps.db.onCommitted = (event) => told.push(event as Told);
    try {
      const orderId = await place(buyer);
      const [good = "", bad = ""] = buyer.cardIds;
      await confirm(buyer, orderId, { paymentMethodId: bad });
      await Promise.all(Array.from({ length: 10 }, () => confirm(buyer, orderId, { paymentMethodId: good })));
      const ref = { accountId: buyer.accountId, orderId };
      await Promise.all(Array.from({ length: 10 }, () => settleOrder(shop.deps, ref)));
      const own = told.filter((each) => "orderId" in each && each.orderId === orderId);
      expect(
        own.map((each) => ("outcome" in each ? `${each.kind} ${each.outcome}` : each.kind)).sort(),
      ).toEqual([
        "attempt declined",
        "attempt succeeded",
        "order declined",
        "order paid",
        "order pending",
        "order processing",
        "order processing",
      ]);
      expect(own).toContainEqual(expect.objectContaining({ kind: "attempt", code: "generic_decline" }));
    } finally {
      shop.deps.db.onCommitted = () => {};
    }
  });
});

describe("a card that declines (I8, I9)", () => {
  it("charges and grants nothing, and the same order is paid with another card", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
    const orderId = await place(buyer);
    expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "declined" } });
    expect(await remaining(buyer)).toBe(24_000_000n);
    expect((await view(buyer, orderId)).attempts).toMatchObject([
      { status: "declined", declineCode: "generic_decline" },
    ]);

    const [good = ""] = buyer.cardIds;
    expect(await confirm(buyer, orderId, { paymentMethodId: good })).toMatchObject({
      ok: true,
      value: { status: "paid" },
    });
    expect(await succeeded(buyer)).toHaveLength(1);
    const intents = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    expect(intents).toHaveLength(1); // One payment for all attempts: Stripe itself lets it succeed once.
  });

  it("stops card testing after 8 declines in an hour, also when they come in parallel", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_chargeCustomerFail"] });
    const placed = await Promise.all(Array.from({ length: 10 }, () => place(buyer)));
    const results = await Promise.all(placed.map((orderId) => confirm(buyer, orderId)));
    expect(results.filter((each) => each.ok && each.value.status === "declined")).toHaveLength(8);
    expect(results.filter((each) => !each.ok && each.error.code === "too_many_declines")).toHaveLength(2);
    expect(await shop.charges(buyer.customerId)).toHaveLength(8);
  });
});

describe("a card whose bank wants authentication (I8, I11)", () => {
  const authenticate = async (buyer: Buyer, result: "approve" | "fail") => {
    const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    const url = `${shop.simulator.url}/_sim/payment_intents/${intent?.id}/authenticate`;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ result }),
    });
    expect(answer.ok).toBe(true);
  };

  it("goes to the bank, and is paid when the buyer comes back", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    const first = await confirm(buyer, orderId);
    expect(first.ok && first.value.status).toBe("requires_action");
    expect(first.ok && first.value.actionUrl).toContain(shop.simulator.url);
    expect(await remaining(buyer)).toBe(24_000_000n);
    await authenticate(buyer, "approve");
    const ref = { accountId: buyer.accountId, orderId };
    expect(await settleOrder(shop.deps, ref)).toMatchObject({ status: "paid" });
    expect(await remaining(buyer)).toBe(64_000_000n);
    expect((await view(buyer, orderId)).history.map((each) => each.status)).toEqual([
      "pending",
      "processing",
      "requires_action",
      "paid",
    ]);
  });

  it("can be tried again after authentication failed", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    await authenticate(buyer, "fail");
    await settleOrder(shop.deps, { accountId: buyer.accountId, orderId });
    expect((await view(buyer, orderId)).attempts.at(-1)).toMatchObject({
      status: "declined",
      declineCode: "payment_intent_authentication_failure",
    });
    expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "requires_action" } });
    await authenticate(buyer, "approve");
    expect(await settleOrder(shop.deps, { accountId: buyer.accountId, orderId })).toMatchObject({
      status: "paid",
    });
    expect(await succeeded(buyer)).toHaveLength(1);
  });

  it("is resumed with a fresh address, and cancels together with its PaymentIntent", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    const ref = { accountId: buyer.accountId, orderId };
    await confirm(buyer, orderId);
    expect((await settleOrder(shop.deps, ref)).actionUrl).toContain(shop.simulator.url);
    expect(await cancelOrder(shop.deps, ref)).toMatchObject({ ok: true, value: { status: "canceled" } });
    const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    expect(intent?.status).toBe("canceled");
    expect(await confirm(buyer, orderId)).toEqual({ ok: false, error: { code: "order_canceled" } });
  });

  it("paid while it is being canceled ends as one of the two, never both", async () => {
    for (let round = 0; round < 10; round += 1) {
      const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
      const orderId = await place(buyer);
      const ref = { accountId: buyer.accountId, orderId };
      await confirm(buyer, orderId);
      const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
      const url = `${shop.simulator.url}/_sim/payment_intents/${intent?.id}/authenticate`;
      const pay = () =>
        fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"result":"approve"}',
        });
      await Promise.all([cancelOrder(shop.deps, ref), pay(), settleOrder(shop.deps, ref)]);
      const { status } = await settleOrder(shop.deps, ref);
      const charged = (await succeeded(buyer)).length;
      expect([status, charged]).toEqual(charged === 1 ? ["paid", 1] : ["canceled", 0]);
      expect(await remaining(buyer)).toBe(charged === 1 ? 64_000_000n : 24_000_000n);
    }
  });
});

describe("a payment that is not the order's grants nothing and parks the order (I8)", () => {
  it.each([
    ["another amount", { amount: 49_999 }],
    ["another currency", { currency: "eur" }],
  ])("%s", async (_, change) => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({
      kind: "drop_before",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 2,
    });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    const forged = await shop.stripe.paymentIntents.create({
      amount: 50_000,
      currency: "usd",
      customer: buyer.customerId,
      payment_method: buyer.cardIds[0] ?? "",
      confirm: true,
      return_url: "http://localhost:3000/",
      metadata: { account_id: buyer.accountId, order_id: orderId },
      ...change,
    });
    await settleOrder(shop.deps, { accountId: buyer.accountId, orderId }, { paymentIntentId: forged.id });
    expect(await view(buyer, orderId)).toMatchObject({ status: "processing", underReview: true });
    expect(await remaining(buyer)).toBe(24_000_000n);
  });
});

describe("what the database refuses", () => {
  it("a second open attempt, a second success, and a paid order without a grant", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    const attempt = (number: number, status: "started" | "succeeded") => ({
      accountId: buyer.accountId,
      orderId,
      number,
      status,
      idempotencyKey: newId(),
      customerId: "cus",
      paymentMethodId: "pm",
      cardBrand: "visa",
      cardLast4: "4242",
      returnUrl: "http://localhost",
      confirmsExisting: false,
      createdAt: new Date(),
      endedAt: status === "started" ? null : new Date(),
    });
    await shop.db.insert(attempts).values(attempt(1, "started"));
    await expect(shop.db.insert(attempts).values(attempt(2, "started"))).rejects.toMatchObject({
      cause: { code: "23505" },
    });
    await shop.db.insert(attempts).values(attempt(3, "succeeded"));
    await expect(shop.db.insert(attempts).values(attempt(4, "succeeded"))).rejects.toMatchObject({
      cause: { code: "23505" },
    });
    const mine = and(eq(orders.accountId, buyer.accountId), eq(orders.id, orderId));
    await expect(
      shop.db.update(orders).set({ status: "paid", paidAt: sql`now()` }).where(mine),
    ).rejects.toMatchObject({ cause: { code: "23514" } });
  });
});
