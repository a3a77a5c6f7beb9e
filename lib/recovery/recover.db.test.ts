import { asc, eq, ne } from "drizzle-orm";
import type { JobHelpers } from "graphile-worker";
import { describe, expect, it } from "vitest";
import { accountMails, accounts, attempts, attentionItems, orders, stripeAccount } from "../../db/schema";
import { takeBackup } from "../../dev/testing/backup";
import { noMail } from "../../dev/testing/mail";
import { DAY, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { syncPaymentMethods } from "../billing/cards/sync";
import { cancelOrder } from "../billing/orders/cancel";
import { confirmOrder } from "../billing/orders/confirm";
import { placeOrder } from "../billing/orders/place";
import { settleReturns } from "../billing/orders/returns/settle";
import { newId } from "../ids";
import { tasks } from "../jobs/tasks";
import { createAccess } from "../stripe/access/access";
import { findRecovery } from "./mode";
import { noticeRestore } from "./notice";
import { recover } from "./recover";
import { describeRecovery } from "./report";

const shop = openPlanShop({ max: 20 });

async function place(who: Subscriber, bundleId = "usd500"): Promise<string> {
  const request = { ...who, requestId: newId(), choice: { kind: "bundle", bundleId } as const };
  const placed = await placeOrder(shop.deps, request);
  if (!placed.ok) throw new Error(placed.error.code);
  return placed.value.orderId;
}

const confirm = (who: Subscriber, orderId: string) =>
  confirmOrder(shop.deps, {
    accountId: who.accountId,
    orderId,
    paymentMethodId: null,
    expiryAcknowledged: true,
  });

async function buy(who: Subscriber, bundleId?: string): Promise<string> {
  const orderId = await place(who, bundleId);
  const settled = await confirm(who, orderId);
  if (!settled.ok || settled.value.status !== "paid") throw new Error(JSON.stringify(settled));
  return orderId;
}

async function makeCustomer(plan?: string): Promise<Subscriber> {
  const who = await shop.makeSubscriber(plan);
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId: await shop.customerOf(who) });
  return who;
}

/** The database as it was when Stripe was first met. */
const bind = () =>
  shop.db.insert(stripeAccount).values({ id: "acct_shop", live: false }).onConflictDoNothing();

const orderOf = async (orderId: string) =>
  (await shop.db.select().from(orders).where(eq(orders.id, orderId)))[0];

const soldOrders = (who: Subscriber) =>
  shop.db
    .select({
      id: orders.id,
      reference: orders.reference,
      status: orders.status,
      credits: orders.credits,
      amount: orders.amountCents,
      expiresAt: orders.expiresAt,
      payment: orders.paymentIntentId,
    })
    .from(orders)
    .where(eq(orders.accountId, who.accountId))
    .orderBy(asc(orders.id));

async function countRequests(): Promise<number> {
  const answer = await fetch(`${shop.simulator.url}/_sim/requests`);
  return ((await answer.json()) as { requests: unknown[] }).requests.length;
}

const since = () => new Date(shop.clock.now().getTime() - 60 * DAY);

const chargesOf = async (who: Subscriber) =>
  (await shop.charges(await shop.customerOf(who))).filter(({ status }) => status === "succeeded").length;

describe("I28: after an older backup was restored", () => {
  it("everything that Stripe took is there again, once: orders, plans, customers and cards", async () => {
    await bind();
    const ada = await makeCustomer();
    await buy(ada, "usd100");
    await shop.passes(27 * DAY);
    const [bo, cy] = [await makeCustomer(), await shop.makeFree()];
    const pending = await place(bo);
    const restore = await takeBackup(shop.owner);

    await confirm(bo, pending); // Known to the backup, and never tried to be paid.
    await shop.passes(3 * DAY);
    await shop.sync(ada); // Renewed.
    await shop.subscribe(cy, "premium"); // A customer only since then.
    const bought = await buy(ada);
    await shop.upgradeAtStripe(ada);
    await shop.sync(ada);
    const after = await buy(bo, "usd100");
    const returned = (await orderOf(after))?.paymentIntentId ?? "";
    await shop.stripe.refunds.create({ payment_intent: returned, amount: 2_500 });
    await settleReturns(shop.deps, { paymentIntentId: returned });
    expect((await orderOf(after))?.status).toBe("partially_refunded");
    const before = await Promise.all(
      [ada, bo, cy].map(async (who) => [await shop.stateOf(who), await soldOrders(who)]),
    );
    const charged = await Promise.all([ada, bo, cy].map(chargesOf));

    await restore();
    expect(await orderOf(bought)).toBeUndefined();
    expect((await orderOf(pending))?.status).toBe("pending");
    expect(await noticeRestore(shop.deps)).toBe("recovering");

    const steps: string[] = [];
    const report = await recover(shop.deps, {
      since: since(),
      onStep: (what) => void steps.push(what),
      onDone: (things) => expect(things).toBeGreaterThanOrEqual(0),
    });
    expect(steps).toEqual([
      "customers",
      "plans and cards of customers",
      "payments",
      "orders that are still open",
      "refunds and disputes",
      "payments with refunds or disputes",
    ]);
    expect(report).toMatchObject({
      done: true,
      unread: [],
      lost: [],
      lostAccounts: [],
      customersLinked: 1,
    });
    expect(report.orders.map(({ orderId }) => orderId).sort()).toEqual([bought, pending, after].sort());
    expect(await findRecovery(shop.db)).toBeNull();
    const now = await Promise.all(
      [ada, bo, cy].map(async (who) => [await shop.stateOf(who), await soldOrders(who)]),
    );
    expect(now).toEqual(before);
    expect(await Promise.all([ada, bo, cy].map(chargesOf)), "nobody was charged by recovering").toEqual(
      charged,
    );

    expect((await recover(shop.deps, { since: since() })).orders, "twice is once").toEqual([]);
    expect(await noticeRestore(shop.deps)).toBe("fine");
    expect(await buy(cy), "and it sells again").toBeTruthy();
  });

  it("sells, sweeps, renews and mails nothing until it is done", async () => {
    await bind();
    const who = await makeCustomer();
    const restore = await takeBackup(shop.owner);
    const orderId = await buy(who);
    await restore();
    expect(await noticeRestore(shop.deps)).toBe("recovering");

    const told: string[] = [];
    const log = {
      info: () => {},
      warn: () => {},
      error: (...said: unknown[]) => void told.push(String(said[1])),
    };
    const { port } = shop.simulator;
    const key = {
      secretKey: "sk_test_shop",
      apiBase: `http://127.0.0.1:${port}`,
      live: false,
      db: shop.db,
      log,
    };
    await shop.owner`update stripe_account set id = null`;
    const access = createAccess(key);
    expect(await access.check(), "a server begins").toBeNull();
    expect(access.state().pausedFor).toBe("recovering");
    await expect(access.admit()).rejects.toThrow("recovering");
    expect(told).toEqual([expect.stringContaining("npm run recover")]);
    const recovering = createAccess({ ...key, alsoRecovering: true });
    await recovering.check();
    expect(await recovering.isOpen(), "who recovers asks").toBe(true);

    const asked = await countRequests();
    const list = tasks({ ...shop.deps, ...noMail, log: { ...log } as never });
    for (const task of ["sweep_orders", "sweep_plans", "open_cycles", "sweep_events", "handle_stripe_event"])
      await list[task]?.({ eventId: "evt_1" }, {} as JobHelpers);
    expect(await countRequests()).toBe(asked);

    await recover(shop.deps, { since: since() });
    await access.check();
    expect(access.state().pausedFor).toBeNull();
    expect((await orderOf(orderId))?.status).toBe("paid");
    const waiting = await shop.db
      .select({ state: accountMails.state })
      .from(accountMails)
      .where(eq(accountMails.effect, `receipt:${orderId}`));
    expect(
      waiting.map(({ state }) => state),
      "its receipt was mailed when it was bought",
    ).toEqual(["dropped"]);
  });

  it("an order that is still open is charged under no key that was used before", async () => {
    await bind();
    const who = await makeCustomer();
    const customerId = await shop.customerOf(who);
    const bad = await shop.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: customerId,
    });
    const good = (await shop.stripe.customers.listPaymentMethods(customerId)).data.find(
      ({ id }) => id !== bad.id,
    );
    await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
    const orderId = await place(who);
    const restore = await takeBackup(shop.owner);
    const pay = (paymentMethodId: string) =>
      confirmOrder(shop.deps, { ...who, orderId, paymentMethodId, expiryAcknowledged: true });
    expect(await pay(bad.id)).toMatchObject({ ok: true, value: { status: "declined" } });
    expect(await pay(bad.id)).toMatchObject({ ok: true, value: { status: "declined" } });
    await restore();
    expect(await noticeRestore(shop.deps)).toBe("recovering");
    await recover(shop.deps, { since: since() });
    expect((await orderOf(orderId))?.status).toBe("declined");
    expect(await pay(good?.id ?? "")).toMatchObject({ ok: true, value: { status: "paid", unknown: false } });
    const keys = await shop.db
      .select({ number: attempts.number })
      .from(attempts)
      .where(eq(attempts.orderId, orderId));
    expect(keys.map(({ number }) => number).sort((a, b) => a - b)).toEqual([50, 51]);
  });

  it("an order that was canceled stays so", async () => {
    await bind();
    const who = await makeCustomer();
    const customerId = await shop.customerOf(who);
    const bad = await shop.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: customerId,
    });
    await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
    const restore = await takeBackup(shop.owner);
    const orderId = await place(who);
    await confirmOrder(shop.deps, { ...who, orderId, paymentMethodId: bad.id, expiryAcknowledged: true });
    await cancelOrder(shop.deps, { accountId: who.accountId, orderId });
    await restore();
    await recover(shop.deps, { since: since() });
    expect((await orderOf(orderId))?.status).toBe("canceled");
  });

  it("an order that was paid and is canceled before that is known here again waits for an operator", async () => {
    await bind();
    const who = await makeCustomer();
    const orderId = await place(who);
    const restore = await takeBackup(shop.owner);
    await confirm(who, orderId);
    const payment = (await orderOf(orderId))?.paymentIntentId;
    await restore();
    expect(await noticeRestore(shop.deps)).toBe("recovering");
    await cancelOrder(shop.deps, { accountId: who.accountId, orderId });
    for (let times = 0; times < 2; times += 1) {
      expect(await recover(shop.deps, { since: since() })).toMatchObject({ done: true });
      expect(await orderOf(orderId)).toMatchObject({
        ...{ status: "canceled", paidAt: null },
        parkedReason: `${payment}: paid after it was canceled`,
      });
    }
    expect(await shop.db.$count(attempts, eq(attempts.orderId, orderId))).toBe(1);
    expect(await noticeRestore(shop.deps)).toBe("fine");
  });

  it("money for an account that is not here is told of, and starts no recovery again", async () => {
    await bind();
    const restore = await takeBackup(shop.owner);
    const who = await makeCustomer();
    const orderId = await buy(who);
    await restore();
    expect(await noticeRestore(shop.deps)).toBe("recovering");
    const report = await recover(shop.deps, { since: since() });
    expect(report).toMatchObject({
      done: true,
      lost: [{ orderId, accountId: who.accountId, amountCents: 50_000n, why: "account_lost" }],
      lostAccounts: [{ accountId: who.accountId }],
    });
    const items = await shop.db
      .select({ reason: attentionItems.reason, accountId: attentionItems.accountId })
      .from(attentionItems)
      .where(ne(attentionItems.state, "resolved"));
    expect(items).toEqual([{ reason: "payment_of_lost_order", accountId: null }]);
    expect(await noticeRestore(shop.deps)).toBe("fine");
  });

  it("a day after the backup was made is refused: what was sold in between would be lost for good", async () => {
    await bind();
    const who = await makeCustomer();
    const restore = await takeBackup(shop.owner);
    const lost = await buy(who);
    await shop.passes(3 * DAY);
    await buy(who);
    await restore();
    const yesterday = new Date(shop.clock.now().getTime() - DAY);
    const report = await recover(shop.deps, { since: yesterday });
    expect(report).toMatchObject({ done: false, lostBefore: expect.any(Date) });
    expect(describeRecovery(report).at(-1)).toContain("name a day before the backup");
    expect(await findRecovery(shop.db)).not.toBeNull();
    expect(await recover(shop.deps, { since: since() })).toMatchObject({ done: true, lostBefore: null });
    expect((await orderOf(lost))?.status).toBe("paid");
  });

  it("while Stripe is silent nothing is ended: it is said, and run again", async () => {
    await bind();
    const who = await makeCustomer();
    const restore = await takeBackup(shop.owner);
    await buy(who);
    await restore();
    shop.simulator.faults.add({
      kind: "fail_before",
      match: { method: "GET", pathPattern: "/v1/payment_intents" },
    });
    expect(await noticeRestore(shop.deps)).toBe("unknown");
    await expect(recover(shop.deps, { since: since() })).rejects.toThrow("Stripe did not answer");
    expect(await findRecovery(shop.db)).not.toBeNull();
    shop.simulator.faults.clear();
    expect(await recover(shop.deps, { since: since() })).toMatchObject({
      done: true,
      orders: [{ status: "paid" }],
    });
  });
});

it("other products' payments, and those of a database that is up to date, start nothing", async () => {
  await bind();
  const who = await makeCustomer();
  await buy(who);
  await shop.stripe.paymentIntents.create({
    amount: 900,
    currency: "usd",
    metadata: { order_id: "17", account_id: "x" },
  });
  expect(await noticeRestore(shop.deps)).toBe("fine");
  expect(await shop.db.$count(accounts)).toBeGreaterThan(0);
});
