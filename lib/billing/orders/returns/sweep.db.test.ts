import { eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { attentionItems, orders, providerLists } from "../../../../db/schema";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { openShop } from "../../../../dev/testing/shop";
import type { BillingDeps } from "../../deps";
import { settleReturns } from "./settle";
import { sweepReturns } from "./sweep";

const shop = openShop();
const { place, confirm } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

async function buyAndRefund() {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const [charge] = await shop.charges(buyer.customerId);
  const payment = String(charge?.payment_intent);
  await shop.stripe.refunds.create({ payment_intent: payment, amount: 4_000 });
  return { orderId, payment };
}

/** Stripe never says what became of this payment; `asked`: of which it was asked. */
function silentAbout(payment: string | null) {
  const asked: string[] = [];
  const { gateway } = shop.deps;
  const readReturns: typeof gateway.readReturns = async (id) => {
    asked.push(id);
    return id === payment
      ? { kind: "unknown", reason: "no answer", serverSaidNo: false }
      : gateway.readReturns(id);
  };
  const deps: BillingDeps = { ...shop.deps, gateway: { ...gateway, readReturns } };
  return { asked, deps };
}

const statusOf = async (orderId: string) =>
  (await shop.db.select().from(orders).where(eq(orders.id, orderId)))[0]?.status;
const itemOf = async (payment: string) =>
  (await shop.db.select().from(attentionItems).where(eq(attentionItems.objectId, payment)))[0];

it("asks once what became of an order's payment, however it was told of", async () => {
  const { orderId, payment } = await buyAndRefund();
  const { asked, deps } = silentAbout(null);
  await settleReturns(deps, { paymentIntentId: payment });
  expect(asked).toEqual([payment]);
  expect(await statusOf(orderId)).toBe("partially_refunded");
});

it("goes on past a payment that cannot be settled after an hour, and asks about that one by itself until it can", async () => {
  const [stuck, other] = [await buyAndRefund(), await buyAndRefund()];
  const { deps } = silentAbout(stuck.payment);
  const readUntil = async () =>
    (await shop.db.select().from(providerLists).where(eq(providerLists.name, "returns")))[0]?.readUntil;
  const setReadUntil = (ago: string) => shop.owner`
    insert into provider_lists (name, read_until) values ('returns', now() - ${ago}::interval)
    on conflict (name) do update set read_until = excluded.read_until`;
  await setReadUntil("10 minutes");
  const before = await readUntil();
  await sweepReturns(deps);
  expect([await statusOf(other.orderId), await statusOf(stuck.orderId)]).toEqual([
    "partially_refunded",
    "paid",
  ]);
  expect(await readUntil()).toEqual(before);
  expect(await itemOf(stuck.payment)).toBeUndefined();

  await setReadUntil("2 hours");
  await sweepReturns(deps);
  expect((await readUntil())?.getTime()).toBeGreaterThan(before?.getTime() ?? Number.NaN);
  expect(await itemOf(stuck.payment)).toMatchObject({ reason: "return_not_settled", state: "open" });

  await sweepReturns(shop.deps);
  expect(await statusOf(stuck.orderId)).toBe("partially_refunded");
  expect((await itemOf(stuck.payment))?.state).toBe("resolved");
});
