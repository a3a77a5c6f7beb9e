import { readdirSync, readFileSync } from "node:fs";
import { and, eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { orderPayments, orders, paidPlanPayments, planPayments } from "../../db/schema";
import { sqlState } from "../../db/transact";
import { openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { newId } from "../ids";
import { confirmOrder } from "./orders/confirm";
import { placeOrder } from "./orders/place";
import { confirmUpgrade } from "./subscriptions/upgrade";

const shop = openPlanShop();
const STANDS = "23503";

async function buy(who: Subscriber) {
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  const ref = { accountId: who.accountId, orderId: placed.value.orderId };
  await confirmOrder(shop.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
  const isIt = and(eq(orders.accountId, ref.accountId), eq(orders.id, ref.orderId));
  const find = async () => (await shop.db.select().from(orders).where(isIt))[0];
  return { find, isIt };
}

const outcome = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    () => "done",
    (error) => sqlState(error),
  );

it("an order that was paid stays paid, with its payment and its grant, whatever the application's role writes", async () => {
  const who = await shop.makeSubscriber();
  const [paid, other] = [await buy(who), await buy(who)];
  const before = await paid.find();
  const elsewhere = await other.find();
  expect(before?.status).toBe("paid");
  const [payment] = await shop.db
    .select()
    .from(orderPayments)
    .where(eq(orderPayments.orderId, before?.id ?? ""));
  expect(payment).toEqual({
    accountId: who.accountId,
    orderId: before?.id,
    paymentIntentId: before?.paymentIntentId,
    grantId: before?.grantId,
    amountCents: 10_000n,
    currency: "usd",
    credits: 8_000_000n,
    paidAt: before?.paidAt,
  });
  const unpaid = { grantId: null, paidAt: null };
  for (const changes of [
    { ...unpaid, status: "pending" },
    { ...unpaid, status: "declined" },
    { ...unpaid, status: "canceled", canceledAt: new Date() },
    { paidAt: new Date(0) },
    { paymentIntentId: "pi_another" },
    { grantId: elsewhere?.grantId },
  ] as const) {
    const changed = await outcome(shop.db.update(orders).set(changes).where(paid.isIt));
    // The grant of another order is refused by that order already.
    expect([changes, changed]).toEqual([changes, "grantId" in changes && changes.grantId ? "23505" : STANDS]);
  }
  expect(await paid.find()).toEqual(before);
  // What changes of a paid order in its life still does.
  expect(await outcome(shop.db.update(orders).set({ parkedReason: "looked at" }).where(paid.isIt))).toBe(
    "done",
  );
});

it("an order nobody paid for cannot be given the row of a payment", async () => {
  const who = await shop.makeSubscriber();
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  const forged = shop.db.insert(orderPayments).values({
    accountId: who.accountId,
    orderId: placed.value.orderId,
    paymentIntentId: "pi_forged",
    grantId: newId(),
    amountCents: sql`10000`,
    currency: "usd",
    credits: sql`8000000`,
    paidAt: new Date(),
  });
  expect(await outcome(forged)).toBe(STANDS);
});

it("a plan payment that was paid stays paid, by its invoice", async () => {
  const who = await shop.makeSubscriber();
  const upgraded = await confirmUpgrade(shop.deps, {
    ...who,
    plan: "premium",
    interval: "month",
    requestId: newId(),
    shownCents: 49_900n,
    paymentMethodId: null,
  });
  expect(upgraded).toMatchObject({ ok: true, value: { status: "paid" } });
  const isMine = eq(planPayments.accountId, who.accountId);
  const [before] = await shop.db.select().from(planPayments).where(isMine);
  const kept = await shop.db
    .select()
    .from(paidPlanPayments)
    .where(eq(paidPlanPayments.accountId, who.accountId));
  expect(kept).toMatchObject([{ paymentId: before?.id, invoiceId: before?.invoiceId, status: "paid" }]);
  for (const changes of [
    { status: "declined" },
    { status: "canceled" },
    { status: "processing", endedAt: null },
    { invoiceId: "in_another" },
  ] as const) {
    const changed = await outcome(shop.db.update(planPayments).set(changes).where(isMine));
    expect([changes, changed]).toEqual([changes, STANDS]);
  }
  expect(await shop.db.select().from(planPayments).where(isMine)).toEqual([before]);
});

it("what was paid before payments were kept is kept by the migration, just as it would be now", async () => {
  const read = () =>
    Promise.all([
      shop.db.select().from(orderPayments).orderBy(orderPayments.orderId),
      shop.db.select().from(paidPlanPayments).orderBy(paidPlanPayments.paymentId),
    ]);
  const kept = await read();
  expect(kept.map((rows) => rows.length)).toEqual([2, 1]);
  const folder = new URL("../../db/migrations/", import.meta.url);
  const file = readdirSync(folder).find((name) => name.endsWith("_kept_payments.sql")) ?? "";
  const statements = readFileSync(new URL(file, folder), "utf8").split("--> statement-breakpoint");
  await shop.owner`truncate order_payments, paid_plan_payments cascade`;
  for (const statement of statements.filter((each) => each.includes("INSERT INTO")))
    await shop.owner.unsafe(statement);
  expect(await read()).toEqual(kept);
});
