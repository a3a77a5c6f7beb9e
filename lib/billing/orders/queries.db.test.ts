import { describe, expect, it } from "vitest";
import { type Buyer, bundleRequest, openShop } from "../../../dev/testing/shop";
import { newId, toPublicId } from "../../ids";
import { getAccountView } from "../account-view";
import { confirmOrder } from "./confirm";
import { placeOrder } from "./place";
import { findOrder, listOrders } from "./queries";

const shop = openShop();

async function place(buyer: Buyer): Promise<string> {
  const placed = await placeOrder(shop.deps, bundleRequest(buyer, "usd100"));
  if (!placed.ok) throw new Error(placed.error.code);
  return placed.value.orderId;
}

async function pay(buyer: Buyer): Promise<string> {
  const orderId = await place(buyer);
  await confirmOrder(shop.deps, {
    accountId: buyer.accountId,
    orderId,
    paymentMethodId: null,
    expiryAcknowledged: false,
  });
  return orderId;
}

describe("what a page is told", () => {
  it("names plan, cycle, cards, open orders and the orders behind add-on credits, all of this account", async () => {
    const [buyer, stranger] = [
      await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_mastercard"] }),
      await shop.makeBuyer(),
    ];
    const [paid, open] = [await pay(buyer), await place(buyer)];
    await pay(stranger);
    await place(stranger);
    const view = await getAccountView(shop.db, buyer.accountId);
    const order = await findOrder(shop.db, buyer.accountId, toPublicId("order", paid));
    expect(view).toMatchObject({
      plan: { id: "starter" },
      planStatus: "active",
      period: { start: buyer.periodStart, end: buyer.periodEnd },
      mayNotBuy: null,
      cards: [
        { brand: "mastercard", isDefault: true },
        { brand: "visa", isDefault: false },
      ],
    });
    expect(view.openOrders).toMatchObject([
      { id: toPublicId("order", open), status: "pending", amountCents: 10_000n, credits: 8_000_000n },
    ]);
    expect([...view.orderReferences.values()]).toEqual([order?.reference]);
  });

  it("says what an open order was declined for, and of which card, until that card has paid", async () => {
    const declining = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
    const [works] = declining.cardIds;
    const orderId = await pay(declining);
    const view = await getAccountView(shop.db, declining.accountId);
    const told = { status: "declined", declineCode: expect.any(String), card: { last4: "0341" } };
    expect(view.openOrders).toMatchObject([{ status: "declined", canceling: false, attempt: told }]);
    expect(view.cards.map(({ last4, declined }) => [last4, declined !== null])).toEqual([
      ["0341", true],
      ["4242", false],
    ]);
    await shop.owner`update attempts set payment_method_id = ${works ?? ""} where account_id = ${declining.accountId}`;
    const isDeclined = async () =>
      (await getAccountView(shop.db, declining.accountId)).cards.some(({ declined }) => declined);
    expect(await isDeclined()).toBe(true);
    const request = { accountId: declining.accountId, orderId, paymentMethodId: works ?? null };
    await confirmOrder(shop.deps, { ...request, expiryAcknowledged: false });
    expect(await isDeclined()).toBe(false);
  });

  it("pages through orders newest first, each once, whatever cursor somebody makes up", async () => {
    const buyer = await shop.makeBuyer();
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.push(await pay(buyer));
    // The page holds twenty: copies far in the past fill the rest.
    await shop.owner`
      insert into orders (account_id, id, reference, request_key, status, credits, amount_cents, expires_at, placed_by, canceled_at, created_at, updated_at)
      select ${buyer.accountId}::uuid, gen_random_uuid(), 'CR-OLD-' || n, 'old' || n, 'canceled', 8000000, 10000, now(), ${buyer.userId}::uuid, now(), now() - interval '1 year', now()
      from generate_series(1, 38) n`;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listOrders>> = await listOrders(shop.db, buyer.accountId, cursor);
      expect(page.orders.length).toBeLessThanOrEqual(20);
      seen.push(...page.orders.map((each) => each.id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(45);
    expect(new Set(seen).size).toBe(45);
    expect(seen.slice(0, 7)).toEqual(ids.toReversed().map((id) => toPublicId("order", id)));
    const afterTheYear9999 = `999999999999999.${seen[0]}`;
    for (const madeUp of [
      "",
      "x",
      "1.ord_",
      "9".repeat(40),
      "1;drop table orders",
      "\u0000",
      afterTheYear9999,
    ]) {
      expect((await listOrders(shop.db, buyer.accountId, madeUp)).orders[0]?.id).toBe(seen[0]);
    }
  });

  it("finds no order by an id that is none, or is another account's (I17)", async () => {
    const [buyer, stranger] = [await shop.makeBuyer(), await shop.makeBuyer()];
    const theirs = toPublicId("order", await pay(stranger));
    for (const id of [theirs, newId(), "ord_", "", "' or true --", "ord_zz"]) {
      expect(await findOrder(shop.db, buyer.accountId, id)).toBeNull();
    }
    expect((await listOrders(shop.db, buyer.accountId, null)).orders).toEqual([]);
  });
});
