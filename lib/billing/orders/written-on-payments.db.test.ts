import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { attempts, orders } from "../../../db/schema";
import { type Buyer, bundleRequest, openShop } from "../../../dev/testing/shop";
import { newId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { chargeOf } from "./charge";
import { confirmOrder } from "./confirm";
import { type PlaceOrder, placeOrder } from "./place";
import { settleOrder } from "./settle";

const shop = openShop();

async function place(buyer: Buyer, request: PlaceOrder = bundleRequest(buyer)) {
  const placed = await placeOrder(shop.deps, request);
  if (!placed.ok) throw new Error(placed.error.code);
  const ref = { accountId: buyer.accountId, orderId: placed.value.orderId };
  return {
    ref,
    confirm: () => confirmOrder(shop.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true }),
  };
}

const writtenOn = async (buyer: Buyer) =>
  (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data.map((each) => each.metadata);

const unheard = () =>
  shop.simulator.faults.add({ kind: "drop_after", match: { pathPattern: "/v1/payment_intents" }, times: 2 });

it("says whose order it is and everything needed to make the order again", async () => {
  const buyer = await shop.makeBuyer();
  const { ref, confirm } = await place(buyer);
  await confirm();
  const isIt = and(eq(orders.accountId, ref.accountId), eq(orders.id, ref.orderId));
  const [order] = await shop.db.select().from(orders).where(isIt);
  const written = await writtenOn(buyer);
  expect(written).toEqual([
    {
      account_id: buyer.accountId,
      order_id: ref.orderId,
      reference: order?.reference,
      bundle_id: "usd500",
      credits: "40000000",
      expires_at: buyer.periodEnd.toISOString(),
      placed_by: buyer.userId,
    },
  ]);
  for (const value of Object.values(written[0] ?? {})) expect(value.length).toBeLessThanOrEqual(500);
});

it("says of a typed amount that it is no bundle", async () => {
  const buyer = await shop.makeBuyer();
  const choice = { kind: "custom", typed: "12.34" } as const;
  const { confirm } = await place(buyer, { ...bundleRequest(buyer), choice });
  await confirm();
  expect(await writtenOn(buyer)).toMatchObject([{ bundle_id: "custom", credits: "987200" }]);
});

it("is the same to the letter when it is asked again, whatever became of the order meanwhile", async () => {
  const buyer = await shop.makeBuyer();
  const { ref, confirm } = await place(buyer);
  unheard();
  expect(await confirm()).toMatchObject({ value: { unknown: true } });
  await shop.owner`update orders set expires_at = (expires_at at time zone 'UTC' + interval '1 day') at time zone 'UTC', placed_by = ${newId()} where id = ${ref.orderId}`;
  expect(await settleOrder(shop.deps, ref)).toMatchObject({ status: "paid" });
  expect(await shop.charges(buyer.customerId)).toHaveLength(1);
  expect(await writtenOn(buyer)).toMatchObject([{ placed_by: buyer.userId }]);
  expect((await getBalance(shop.db, buyer.accountId)).remaining).toBe(64_000_000n);
});

it("is what the previous release wrote, for an attempt that one left open", async () => {
  const buyer = await shop.makeBuyer();
  const { ref, confirm } = await place(buyer);
  shop.simulator.faults.add({ kind: "drop_before", match: { pathPattern: "/v1/payment_intents" }, times: 2 });
  expect(await confirm()).toMatchObject({ value: { unknown: true } });
  await shop.owner`update attempts set metadata = null where order_id = ${ref.orderId}`;
  const [attempt] = await shop.db.select().from(attempts).where(eq(attempts.orderId, ref.orderId));
  const [order] = await shop.db.select().from(orders).where(eq(orders.id, ref.orderId));
  if (!attempt || !order) throw new Error("both are stored");
  const old = chargeOf(order, attempt);
  expect(Object.keys(old.metadata)).toEqual(["account_id", "order_id", "reference"]);
  expect(await shop.deps.gateway.charge(old)).toMatchObject({ kind: "answered" });
  expect(await settleOrder(shop.deps, ref)).toMatchObject({ status: "paid" });
  expect(await shop.charges(buyer.customerId)).toHaveLength(1);
});
