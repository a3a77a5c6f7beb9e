import { afterEach, expect, it } from "vitest";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { type Buyer, openShop } from "../../../../dev/testing/shop";
import { toPublicId } from "../../../ids";
import { cents } from "../../../money/credits";
import { listRefunds, type RefundListItem } from "./queries";
import { refundOrder } from "./refund";
import { settleReturns } from "./settle";

const shop = openShop({ max: 30 });
const { place, confirm, view } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

async function buy(buyer: Buyer): Promise<string> {
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  return orderId;
}

async function refund({ accountId, userId }: Buyer, orderId: string, amount: bigint | null): Promise<void> {
  const done = await refundOrder(
    shop.deps,
    { accountId, orderId },
    { amountCents: amount === null ? null : cents(amount), by: { as: "operator", userId }, why: "asked for" },
  );
  expect(done).toMatchObject({ ok: true });
}

async function fail(refundId: string): Promise<void> {
  const answer = await fetch(`${shop.simulator.url}/_sim/refunds/${refundId}/fail`, { method: "POST" });
  expect(answer.ok).toBe(true);
}

const figures = (refunds: readonly RefundListItem[]) =>
  refunds.map(({ status, amountCents, takenCredits }) => [status, amountCents, takenCredits]);

it("says of each refund what it took, and together that is what the order has lost", async () => {
  const buyer = await shop.makeBuyer();
  const orderId = await buy(buyer);
  await refund(buyer, orderId, 3_333n);
  await refund(buyer, orderId, 1n);
  await refund(buyer, orderId, null);
  const { refunds } = await listRefunds(shop.db, buyer.accountId, null);
  expect(figures(refunds)).toEqual([
    ["succeeded", 6_666n, 5_332_800n],
    ["succeeded", 1n, 800n],
    ["succeeded", 3_333n, 2_666_400n],
  ]);
  const { reference, returns } = await view(buyer, orderId);
  expect(refunds.reduce((sum, each) => sum + each.takenCredits, 0n)).toBe(returns?.takenCredits);
  for (const each of refunds)
    expect(each).toMatchObject({ reference, orderId: toPublicId("order", orderId) });
});

it("one that failed afterwards is there, took nothing, and is no part of what later ones took", async () => {
  const buyer = await shop.makeBuyer();
  const orderId = await buy(buyer);
  await refund(buyer, orderId, 5_000n);
  const [charge] = await shop.charges(buyer.customerId);
  const paymentIntentId = String(charge?.payment_intent);
  const [made] = (await shop.stripe.refunds.list({ payment_intent: paymentIntentId })).data;
  await fail(made?.id ?? "");
  await settleReturns(shop.deps, { paymentIntentId });
  await refund(buyer, orderId, 10_000n);
  expect(figures((await listRefunds(shop.db, buyer.accountId, null)).refunds)).toEqual([
    ["succeeded", 10_000n, 8_000_000n],
    ["failed", 5_000n, 0n],
  ]);
});

it("pages through them newest first, each once, within days, and has nobody else's (I17)", async () => {
  const [buyer, stranger] = [await shop.makeBuyer(), await shop.makeBuyer()];
  const [first, second] = [await buy(buyer), await buy(buyer)];
  await refund(stranger, await buy(stranger), null);
  for (const amount of [1_000n, 2_000n, 3_000n]) await refund(buyer, first, amount);
  await refund(buyer, second, 4_000n);
  const seen: RefundListItem[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listRefunds>> = await listRefunds(
      shop.db,
      buyer.accountId,
      cursor,
      { most: 1 },
    );
    expect(page.refunds).toHaveLength(1);
    seen.push(...page.refunds);
    cursor = page.nextCursor;
  } while (cursor);
  expect(figures(seen)).toEqual([
    ["succeeded", 4_000n, 3_200_000n],
    ["succeeded", 3_000n, 2_400_000n],
    ["succeeded", 2_000n, 1_600_000n],
    ["succeeded", 1_000n, 800_000n],
  ]);
  const [newest] = seen;
  const end = newest?.createdAt as Date;
  const within = { start: new Date(0), end };
  const earlier = await listRefunds(shop.db, buyer.accountId, null, { within });
  expect(earlier.refunds.map((each) => each.id)).toEqual(
    seen.filter((each) => each.createdAt < end).map((each) => each.id),
  );
  for (const madeUp of ["x", "1.rfd_", `999999999999999.${newest?.id}`, "1;drop table order_refunds"])
    expect((await listRefunds(shop.db, buyer.accountId, madeUp)).refunds[0]?.id).toBe(newest?.id);
});
