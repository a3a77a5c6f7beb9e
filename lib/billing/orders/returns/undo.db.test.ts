import { eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { orderRefunds } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { type Buyer, openShop } from "../../../../dev/testing/shop";
import { newId, toPublicId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { getBalance } from "../../../ledger/queries";
import { credits } from "../../../money/credits";
import { findOrderState } from "../rows";
import { findUndo, undoOrder } from "./undo";
import { checkUntouched, undoableUntil } from "./untouched";

const shop = openShop({ max: 30 });
const { place, confirm, view } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

const PLAN = 24_000_000n;
const BOUGHT = 8_000_000n;
const HOURS = 24;

async function buy() {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  return { buyer, ref: { accountId: buyer.accountId, orderId } };
}
type Bought = Awaited<ReturnType<typeof buy>>;

async function spend({ accountId }: Buyer, amount: bigint): Promise<void> {
  const purpose = { category: "ai_processing", resource: null, reference: null };
  const command = { kind: "spend", credits: credits(amount), purpose } as const;
  const [outcome] = await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
  expect(outcome?.kind).toBe("done");
}

const offer = ({ ref }: Bought, hours = HOURS, accountId = ref.accountId) =>
  findUndo(shop.db, accountId, toPublicId("order", ref.orderId), hours);
const undo = ({ buyer, ref }: Bought, hours = HOURS) =>
  undoOrder(shop.deps, ref, { userId: buyer.userId, hours });
const remaining = async ({ accountId }: Buyer) => (await getBalance(shop.db, accountId)).remaining;
const orderOf = async ({ ref }: Bought) => {
  const found = await findOrderState(shop.db, ref);
  if (!found) throw new Error("no such order");
  return found.order;
};
const refundsOf = ({ orderId }: Bought["ref"]) =>
  shop.db.select().from(orderRefunds).where(eq(orderRefunds.orderId, orderId));
/** What the page says and what the server does are the same refusal, which changes nothing. */
async function expectRefused(bought: Bought, code: string, hours = HOURS): Promise<void> {
  const before = await refundsOf(bought.ref);
  expect(await offer(bought, hours)).toMatchObject({ ok: false, error: { code } });
  expect(await undo(bought, hours)).toMatchObject({ ok: false, error: { code } });
  expect(await refundsOf(bought.ref)).toEqual(before);
}

it("the customer's own undo gives the whole back once, in their name, however often it is sent at once", async () => {
  const bought = await buy();
  const { buyer, ref } = bought;
  const { paidAt } = await view(buyer, ref.orderId);
  const until = new Date((paidAt?.getTime() ?? 0) + HOURS * 3_600_000);
  expect(await offer(bought)).toEqual({ ok: true, value: { amountCents: 10_000n, until } });
  const all = await Promise.all(Array.from({ length: 6 }, () => undo(bought)));
  for (const each of all) expect(each.ok || each.error.code === "nothing_left").toBe(true);
  expect(await remaining(buyer)).toBe(PLAN);
  expect((await view(buyer, ref.orderId)).status).toBe("refunded");
  expect(await refundsOf(ref)).toMatchObject([
    { amountCents: 10_000n, status: "succeeded", requestedAs: "customer", requestedBy: buyer.userId },
  ]);
  await expectRefused(bought, "nothing_left");
});

it("it is off without a window, and the window's last millisecond is in it and its end is not", async () => {
  const bought = await buy();
  await expectRefused(bought, "refunds_off", 0);
  await expectRefused(bought, "window_over", 1e-9);
  const order = await orderOf(bought);
  const until = undoableUntil(order.paidAt as Date, HOURS).getTime();
  expect(await checkUntouched(shop.db, order, HOURS, new Date(until - 1))).toBeNull();
  expect(await checkUntouched(shop.db, order, HOURS, new Date(until))).toEqual({ code: "window_over" });
});

it("a single credit of the order that was spent, or held for work under way, is a refusal", async () => {
  const spent = await buy();
  await spend(spent.buyer, PLAN + 1n);
  await expectRefused(spent, "credits_touched");
  const held = await buy();
  const purpose = { category: "ai_processing", resource: null, reference: null };
  const hold = {
    kind: "hold",
    holdId: newId(),
    credits: credits(PLAN + 1n),
    ttlMs: 60_000,
    purpose,
  } as const;
  await transact(shop.db, (tx) => commit(tx, held.buyer.accountId, [{ key: newId(), command: hold }]));
  await expectRefused(held, "credits_touched");
  expect(await remaining(held.buyer)).toBe(BOUGHT - 1n);
});

it("credits that have expired are not untouched, before a job has taken them out, too", async () => {
  const bought = await buy();
  const order = await orderOf(bought);
  const end = order.expiresAt.getTime();
  expect(await checkUntouched(shop.db, order, 744, new Date(end - 1))).toBeNull();
  expect(await checkUntouched(shop.db, order, 744, new Date(end))).toEqual({ code: "credits_touched" });
});

it("an order that an operator looks at, that is unpaid or another account's is not undone", async () => {
  const bought = await buy();
  const { buyer, ref } = bought;
  await shop.owner`update orders set parked_reason = 'amount_mismatch' where id = ${ref.orderId}`;
  await expectRefused(bought, "under_review");
  await shop.owner`update orders set parked_reason = null where id = ${ref.orderId}`;
  const unpaid = { buyer, ref: { ...ref, orderId: await place(buyer, "usd500") } };
  await expectRefused(unpaid, "order_not_paid");
  const other = await shop.makeBuyer();
  await expectRefused({ buyer: other, ref: { ...ref, accountId: other.accountId } }, "order_not_found");
  expect(await findUndo(shop.db, buyer.accountId, "ord_x", HOURS)).toMatchObject({
    error: { code: "order_not_found" },
  });
  expect(await remaining(buyer)).toBe(PLAN + BOUGHT);
});

it("whose answer is not heard has taken the credits, is not offered again, and is no second refund", async () => {
  const bought = await buy();
  shop.simulator.faults.add({
    kind: "drop_after",
    match: { method: "POST", pathPattern: "/v1/refunds" },
    times: 2,
  });
  expect(await undo(bought)).toMatchObject({ ok: true, value: { unknown: true } });
  expect(await remaining(bought.buyer)).toBe(PLAN);
  expect(await offer(bought)).toMatchObject({ error: { code: "refund_under_way" } });
  expect(await undo(bought)).toMatchObject({ ok: true });
  expect(await refundsOf(bought.ref)).toHaveLength(1);
  const [charge] = await shop.charges(bought.buyer.customerId);
  expect(charge?.amount_refunded).toBe(10_000);
});
