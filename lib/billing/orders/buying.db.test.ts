import { and, eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { attempts, orders } from "../../../db/schema";
import { type Buyer, bundleRequest, openShop } from "../../../dev/testing/shop";
import { newId, toPublicId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { cancelOrder } from "./cancel";
import { type ConfirmOrder, confirmOrder } from "./confirm";
import { placeOrder } from "./place";
import { findOrder } from "./queries";
import { settleOrder } from "./settle";
import { sweepOrders } from "./sweep";

const shop = openShop({ max: 30 });

async function place(buyer: Buyer, bundleId?: string): Promise<string> {
  const placed = await placeOrder(shop.deps, bundleRequest(buyer, bundleId));
  if (!placed.ok) throw new Error(placed.error.code);
  return placed.value.orderId;
}

const confirm = (buyer: Buyer, orderId: string, more: Partial<ConfirmOrder> = {}) =>
  confirmOrder(shop.deps, {
    accountId: buyer.accountId,
    orderId,
    paymentMethodId: null,
    expiryAcknowledged: false,
    ...more,
  });

const view = async (buyer: Buyer, orderId: string) => {
  const found = await findOrder(shop.db, buyer.accountId, toPublicId("order", orderId));
  if (!found) throw new Error("no such order");
  return found;
};

const remaining = async (buyer: Buyer) => (await getBalance(shop.db, buyer.accountId)).remaining;
const succeeded = async (buyer: Buyer) =>
  (await shop.charges(buyer.customerId)).filter((each) => each.status === "succeeded");

/** Lets so much time pass for an order, as far as the sweeper can tell. */
const age = async (orderId: string, interval: string) => {
  await shop.owner`update orders set created_at = now() - ${interval}::interval, updated_at = now() - ${interval}::interval where id = ${orderId}`;
  await shop.owner`update attempts set created_at = now() - ${interval}::interval where order_id = ${orderId}`;
};

/** The requests the simulator answered lately, newest first. */
async function recentRequests(): Promise<{ method: string; path: string }[]> {
  const answer = await fetch(`${shop.simulator.url}/_sim/requests`);
  const { requests } = (await answer.json()) as { requests: { method: string; path: string }[] };
  return requests;
}

describe("buying with the saved card", () => {
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

describe("a card that declines", () => {
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

describe("a card whose bank wants authentication", () => {
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

describe("when nobody hears Stripe's answer", () => {
  const create = { method: "POST", pathPattern: "/v1/payment_intents" };

  it.each(["drop_after", "fail_after", "drop_before", "fail_before", "rate_limit", "conflict"] as const)(
    "%s: the order waits as unknown and settles itself: one charge, one grant",
    async (kind) => {
      const buyer = await shop.makeBuyer();
      const orderId = await place(buyer);
      shop.simulator.faults.add({ kind, match: create, times: 2 });
      expect(await confirm(buyer, orderId)).toMatchObject({
        ok: true,
        value: { status: "processing", unknown: true },
      });
      expect(await confirm(buyer, orderId)).toMatchObject({ ok: true }); // A second click in the dark.
      shop.simulator.faults.clear();
      await age(orderId, "4 minutes");
      await sweepOrders(shop.deps);
      expect((await view(buyer, orderId)).status).toBe("paid");
      expect(await succeeded(buyer)).toHaveLength(1);
      expect(await remaining(buyer)).toBe(64_000_000n);
    },
  );

  it("the process dies after Stripe said yes: the sweeper finds the charge", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    const gateway = {
      ...shop.deps.gateway,
      charge: (...args: Parameters<typeof shop.deps.gateway.charge>) =>
        shop.deps.gateway.charge(...args).then(() => Promise.reject(new Error("killed"))),
    };
    const dying = confirmOrder(
      { ...shop.deps, gateway },
      { accountId: buyer.accountId, orderId, paymentMethodId: null, expiryAcknowledged: false },
    );
    await expect(dying).rejects.toThrow("killed");
    expect((await view(buyer, orderId)).status).toBe("processing");
    expect(await remaining(buyer)).toBe(24_000_000n);
    await age(orderId, "1 minute");
    await sweepOrders(shop.deps);
    expect(await succeeded(buyer)).toHaveLength(1);
    expect(await remaining(buyer)).toBe(64_000_000n);
  });

  it("an attempt that never reached Stripe and that nobody waits for any more is not charged hours later", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_before", match: create });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await age(orderId, "2 hours");
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).attempts).toMatchObject([
      { status: "failed", declineCode: "never_charged" },
    ]);
    expect(await shop.charges(buyer.customerId)).toEqual([]);
    expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "paid" } });
  });

  it("a payment that went through hours ago unheard is found and granted", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_after", match: create });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await shop.owner`update attempts set created_at = now() - interval '2 hours' where order_id = ${orderId}`;
    await shop.owner`update orders set updated_at = now() - interval '2 hours' where id = ${orderId}`;
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("paid");
    expect(await succeeded(buyer)).toHaveLength(1);
  });

  it("cannot be canceled while its outcome is unknown", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_after", match: create });
    await confirm(buyer, orderId);
    expect(await cancelOrder(shop.deps, { accountId: buyer.accountId, orderId })).toEqual({
      ok: false,
      error: { code: "payment_in_progress" },
    });
  });
});

describe("a look-up that Stripe refuses is no proof that nothing was charged", () => {
  const refused = async () => ({ kind: "refused", code: "resource_missing" }) as const;
  const blind = () => ({
    ...shop.deps,
    gateway: {
      ...shop.deps.gateway,
      findPayment: refused,
      listPaymentsOfOrder: refused,
      cancelPayment: refused,
    },
  });

  it("leaves an attempt that waits for the bank as it is, also while it is being canceled", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    const ref = { accountId: buyer.accountId, orderId };
    await confirm(buyer, orderId);
    expect(await settleOrder(blind(), ref)).toMatchObject({ status: "requires_action", unknown: true });
    expect(await cancelOrder(blind(), ref)).toMatchObject({
      ok: true,
      value: { status: "requires_action", unknown: true },
    });
    expect((await view(buyer, orderId)).attempts).toMatchObject([{ status: "requires_action" }]);
  });

  it("leaves an attempt of hours ago open until Stripe can tell", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
    });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await age(orderId, "2 hours");
    const ref = { accountId: buyer.accountId, orderId };
    expect(await settleOrder(blind(), ref)).toMatchObject({ status: "processing", unknown: true });
    expect(await remaining(buyer)).toBe(24_000_000n);
  });
});

describe("the sweeper", () => {
  it("cancels what was left lying for 24 hours, and its PaymentIntent", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const [pending, waiting] = [await place(buyer), await place(buyer)];
    await confirm(buyer, waiting);
    for (const orderId of [pending, waiting]) await age(orderId, "25 hours");
    await sweepOrders(shop.deps);
    expect([(await view(buyer, pending)).status, (await view(buyer, waiting)).status]).toEqual([
      "canceled",
      "canceled",
    ]);
    const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    expect(intent?.status).toBe("canceled");
  });

  it("finishes a cancellation that was cut short", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    shop.simulator.faults.add({
      kind: "drop_before",
      match: { pathPattern: "/v1/payment_intents/*/cancel" },
    });
    await cancelOrder(shop.deps, { accountId: buyer.accountId, orderId });
    expect((await view(buyer, orderId)).canceling).toBe(true);
    shop.simulator.faults.clear();
    await age(orderId, "1 minute");
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("canceled");
  });
});

describe("who may buy, and what", () => {
  it.each([
    [{ plan: "free" }, "plan_required"],
    [{ planStatus: "past_due" }, "past_due"],
    [{ planStatus: "canceled" }, "plan_required"],
  ] as const)("refuses %o with %s, leaving nothing behind", async (options, code) => {
    const buyer = await shop.makeBuyer(options);
    expect(await placeOrder(shop.deps, bundleRequest(buyer))).toEqual({ ok: false, error: { code } });
    expect(await shop.db.select().from(orders).where(eq(orders.accountId, buyer.accountId))).toEqual([]);
  });

  it("opens the running cycle where nobody has, and orders until its end", async () => {
    const buyer = await shop.makeBuyer({ daysIntoCycle: 31 });
    const placed = await placeOrder(shop.deps, bundleRequest(buyer));
    if (!placed.ok) throw new Error(placed.error.code);
    expect((await view(buyer, placed.value.orderId)).expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it("asks again at Confirm: an account that lost its plan in between is refused", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    await shop.owner`update accounts set plan = 'free' where id = ${buyer.accountId}`;
    expect(await confirm(buyer, orderId)).toEqual({ ok: false, error: { code: "plan_required" } });
    expect(await shop.charges(buyer.customerId)).toEqual([]);
  });

  it.each([["nope"], ["__proto__"], [["usd500"]], [{}], [null], [500]])(
    "refuses the bundle %o",
    async (bundleId) => {
      const buyer = await shop.makeBuyer();
      const placed = await placeOrder(shop.deps, {
        ...bundleRequest(buyer),
        choice: { kind: "bundle", bundleId },
      });
      expect(placed).toEqual({ ok: false, error: { code: "unknown_bundle" } });
    },
  );

  it("wants an explicit tick near the end of the cycle", async () => {
    const buyer = await shop.makeBuyer({ daysIntoCycle: 28 });
    const orderId = await place(buyer);
    expect(await confirm(buyer, orderId)).toEqual({ ok: false, error: { code: "acknowledgement_required" } });
    expect(await confirm(buyer, orderId, { expiryAcknowledged: true })).toMatchObject({
      ok: true,
      value: { status: "paid" },
    });
  });

  it("refuses an order priced for a cycle that is over", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    await shop.owner`update accounts set period_end = (period_end at time zone 'UTC' + interval '30 days') at time zone 'UTC', period_start = (period_start at time zone 'UTC' + interval '30 days') at time zone 'UTC' where id = ${buyer.accountId}`;
    expect(await confirm(buyer, orderId)).toEqual({ ok: false, error: { code: "order_out_of_date" } });
  });

  it("charges no card of another account, and finds no order of another account", async () => {
    const [buyer, stranger] = [await shop.makeBuyer(), await shop.makeBuyer()];
    const orderId = await place(buyer);
    const [foreign = ""] = stranger.cardIds;
    expect(await confirm(buyer, orderId, { paymentMethodId: foreign })).toEqual({
      ok: false,
      error: { code: "unknown_card" },
    });
    expect(await confirm(stranger, orderId)).toEqual({ ok: false, error: { code: "order_not_found" } });
    expect(await cancelOrder(shop.deps, { accountId: stranger.accountId, orderId })).toEqual({
      ok: false,
      error: { code: "order_not_found" },
    });
    expect(await findOrder(shop.db, stranger.accountId, toPublicId("order", orderId))).toBeNull();
  });

  it("leads an account without a card to saving one", async () => {
    const buyer = await shop.makeBuyer({ cards: [] });
    const orderId = await place(buyer);
    expect(await confirm(buyer, orderId)).toEqual({ ok: false, error: { code: "no_card" } });
  });
});

describe("a payment that is not the order's grants nothing and parks the order", () => {
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
