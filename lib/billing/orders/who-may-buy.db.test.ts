import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { orders } from "../../../db/schema";
import { buyingAt } from "../../../dev/testing/buying";
import { bundleRequest, openShop } from "../../../dev/testing/shop";
import { toPublicId } from "../../ids";
import { cancelOrder } from "./cancel";
import { placeOrder } from "./place";
import { findOrder } from "./queries";

const shop = openShop({ max: 30 });
const { place, confirm, view } = buyingAt(shop);

describe("who may buy, and what (I8, I17)", () => {
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
