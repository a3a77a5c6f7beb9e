import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, attempts, orders } from "../../../db/schema";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { confirmOrder } from "../orders/confirm";
import { placeOrder } from "../orders/place";
import { ensureCustomer } from "./customer";
import { makeDefaultCard } from "./default";
import { syncPaymentMethods } from "./sync";

const shop = openPlanShop();

const accountOf = async ({ accountId }: Subscriber) =>
  (await shop.db.select().from(accounts).where(eq(accounts.id, accountId)))[0];
const loseAnswers = (times?: number) =>
  shop.simulator.faults.add({
    kind: "drop_after",
    match: { method: "POST", pathPattern: "/v1/customers" },
    times: times ?? "forever",
  });
/** The customers made for an account, also such as nobody heard of. */
const customersOf = async ({ accountId }: Subscriber) => {
  const made = [];
  for await (const each of shop.stripe.customers.list({ limit: 100 }))
    if (each.metadata.account_id === accountId) made.push(each);
  return made;
};

describe("making the account's customer", () => {
  it("survives two lost answers and a changed name and e-mail: one customer, with what they are now", async () => {
    const who = await shop.makeFree();
    loseAnswers();
    expect(await ensureCustomer(shop.deps, who.accountId)).toBeNull();
    const email = `new-${who.email}`;
    await shop.owner`update users set email = ${email} where id = ${who.userId}`;
    await shop.owner`update accounts set name = 'Renamed Ltd' where id = ${who.accountId}`;
    expect(await ensureCustomer(shop.deps, who.accountId)).toBeNull();
    shop.simulator.faults.clear();
    const id = await ensureCustomer(shop.deps, who.accountId);
    expect(await customersOf(who)).toEqual([expect.objectContaining({ id, email, name: "Renamed Ltd" })]);
    expect(await accountOf(who)).toMatchObject({ stripeCustomerId: id, customerRequest: null });
  });

  it("has its customer also where the new e-mail could not be told", async () => {
    const who = await shop.makeFree();
    loseAnswers(1);
    await ensureCustomer(shop.deps, who.accountId);
    await shop.owner`update users set email = ${`new-${who.email}`} where id = ${who.userId}`;
    shop.simulator.faults.add({
      kind: "fail_before",
      match: { method: "POST", pathPattern: "/v1/customers/*" },
    });
    const id = await ensureCustomer(shop.deps, who.accountId);
    expect(await customersOf(who)).toEqual([expect.objectContaining({ id, email: who.email })]);
    expect(await accountOf(who)).toMatchObject({ stripeCustomerId: id, customerRequest: null });
  });

  it("is one customer for many who need it at once", async () => {
    const who = await shop.makeFree();
    const ids = await Promise.all(Array.from({ length: 5 }, () => ensureCustomer(shop.deps, who.accountId)));
    expect(new Set(ids).size).toBe(1);
    expect(await customersOf(who)).toHaveLength(1);
  });
});

describe("an order whose payment is a deleted customer's", () => {
  /** Declined once; then the customer is deleted, and the account subscribes and orders on as another one. */
  async function makeStranded() {
    const who = await shop.makeSubscriber();
    await adopt(who, "pm_card_chargeCustomerFail");
    const placed = await placeOrder(shop.deps, {
      ...who,
      requestId: newId(),
      choice: { kind: "bundle", bundleId: "usd100" },
    });
    if (!placed.ok) throw new Error(placed.error.code);
    const ref = { accountId: who.accountId, orderId: placed.value.orderId };
    expect(await confirm(ref)).toMatchObject({ value: { status: "declined" } });
    const former = await orderOf(ref);
    await shop.stripe.customers.del(await shop.customerOf(who));
    await shop.passes(DAY);
    await shop.subscribe(who);
    // As long as a cycle begins at another instant the order is out of date; here it ends when the order's did.
    const end = (await accountOf(who))?.periodEnd as Date;
    await shop.db.update(orders).set({ expiresAt: end }).where(eq(orders.id, ref.orderId));
    return { who, ref, formerId: former?.paymentIntentId ?? "" };
  }
  const confirm = (ref: { accountId: string; orderId: string }) =>
    confirmOrder(shop.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
  /** Charges for credits, and not for the plan. */
  const chargesFor = async (who: Subscriber) =>
    (await shop.charges(await shop.customerOf(who))).filter((each) =>
      each.description?.startsWith("Credits"),
    );
  const orderOf = async ({ orderId }: { orderId: string }) =>
    (await shop.db.select().from(orders).where(eq(orders.id, orderId)))[0];
  async function adopt(who: Subscriber, card: string): Promise<void> {
    const customerId = await shop.customerOf(who);
    const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
    await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
    const made = await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
    if (!made.ok) throw new Error(made.error.code);
  }

  it("is paid with a card of the new one, and the former payment can never succeed beside it", async () => {
    const { who, ref, formerId } = await makeStranded();
    const before = await getBalance(shop.db, who.accountId);
    expect(await confirm(ref)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect((await shop.stripe.paymentIntents.retrieve(formerId)).status).toBe("canceled");
    const order = await orderOf(ref);
    expect(order?.paymentIntentId).not.toBe(formerId);
    const after = await getBalance(shop.db, who.accountId);
    expect(after.remaining - before.remaining).toBe(order?.credits);
    expect(await chargesFor(who)).toHaveLength(1);
  });

  it("is not charged while nobody knows whether the former payment has ended", async () => {
    const { who, ref, formerId } = await makeStranded();
    shop.simulator.faults.add({
      kind: "fail_before",
      match: { method: "POST", pathPattern: `/v1/payment_intents/${formerId}/cancel` },
      times: 1,
    });
    expect(await confirm(ref)).toMatchObject({ ok: true, value: { unknown: true, status: "declined" } });
    expect(await chargesFor(who)).toEqual([]);
    expect(await shop.db.select().from(attempts).where(eq(attempts.orderId, ref.orderId))).toHaveLength(1);
    expect(await confirm(ref)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await chargesFor(who)).toHaveLength(1);
  });
});
