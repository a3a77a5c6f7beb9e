import { eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import type { Tx } from "../../../../db/client";
import { orders } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { openShop } from "../../../../dev/testing/shop";
import { lockAccount } from "../../account";
import { applyReturnsOfGrant } from "./count-taken";

const shop = openShop();
const { place, confirm } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

/** A transaction that counts what is selected in it. */
function counting(tx: Tx) {
  const count = { selects: 0 };
  const counted = new Proxy(tx, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "select") count.selects += 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { counted, count };
}

it("an account's order is found by its grant as cheaply where it bought many as where it bought one", async () => {
  const buyer = await shop.makeBuyer();
  const selectsOf = async (orderId: string) => {
    const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
    return transact(shop.db, async (tx) => {
      const { account, now } = await lockAccount(tx, buyer.accountId);
      const { counted, count } = counting(tx);
      expect(await applyReturnsOfGrant(counted, { account, now }, order?.grantId ?? "")).toBe(true);
      return count.selects;
    });
  };
  const bought: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const orderId = await place(buyer, "usd100");
    await confirm(buyer, orderId);
    bought.push(orderId);
  }
  const selects = await Promise.all(bought.map(selectsOf));
  expect(new Set(selects).size).toBe(1);
  expect(selects[0]).toBeLessThan(8);
});
