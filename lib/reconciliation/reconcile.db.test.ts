import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { reconciledDays } from "../../db/schema";
import { withAlarms } from "../../dev/testing/alarms";
import { DAY, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { syncPaymentMethods } from "../billing/cards/sync";
import { confirmOrder } from "../billing/orders/confirm";
import { placeOrder } from "../billing/orders/place";
import { newId } from "../ids";
import { describeWork } from "../jobs/health";
import { signAlarm } from "./alarm";
import { dayOf, reconcileDay, reconcileDays, reconcileNightly, tellOfDrift } from "./reconcile";
import { applyRepair, repairable } from "./repair";

const shop = openPlanShop({ max: 20 });

const today = () => dayOf(shop.clock.now());
const lines = async (day = today()) =>
  (await reconcileDay(shop.deps, day)).lines.map(({ kind, object, accountId }) => ({
    kind,
    object,
    accountId,
  }));

const customers: string[] = [];

async function makeCustomer(): Promise<Subscriber & { customerId: string }> {
  const who = await shop.makeSubscriber();
  const customerId = await shop.customerOf(who);
  customers.push(customerId);
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  return { ...who, customerId };
}

async function place(who: Subscriber): Promise<string> {
  const placed = await placeOrder(shop.deps, {
    ...who,
    requestId: newId(),
    choice: { kind: "bundle", bundleId: "usd500" },
  });
  if (!placed.ok) throw new Error(placed.error.code);
  return placed.value.orderId;
}

const confirm = (deps: typeof shop.deps, { accountId }: Subscriber, orderId: string) =>
  confirmOrder(deps, { accountId, orderId, paymentMethodId: null, expiryAcknowledged: true });

async function buy(who: Subscriber): Promise<{ orderId: string; chargeId: string }> {
  const orderId = await place(who);
  expect(await confirm(shop.deps, who, orderId)).toMatchObject({ ok: true, value: { status: "paid" } });
  const [charge] = await shop.charges(await shop.customerOf(who));
  return { orderId, chargeId: charge?.id ?? "" };
}

/** Money taken at Stripe, as somebody else might. */
async function take(who: { customerId: string }, metadata: Record<string, string>): Promise<string> {
  const [card] = (await shop.stripe.customers.listPaymentMethods(who.customerId)).data;
  const intent = await shop.stripe.paymentIntents.create({
    amount: 50_000,
    currency: "usd",
    customer: who.customerId,
    payment_method: card?.id ?? "",
    confirm: true,
    return_url: "http://localhost:3000/",
    metadata,
  });
  return String(intent.latest_charge);
}

const named = (accountId: string, orderId: string) => ({
  account_id: accountId,
  order_id: orderId,
  reference: "CR-2222-2222",
});

// Or they would renew in the days of the tests behind.
afterEach(async () => {
  for (const customer of customers.splice(0))
    for (const { id } of (await shop.stripe.subscriptions.list({ customer })).data)
      await shop.stripe.subscriptions.cancel(id);
});

describe("I10: a day with Stripe", () => {
  it("explains every cent and every credit of purchases and plans, and keeps the day once it is over", async () => {
    const who = await makeCustomer();
    await buy(who);
    const result = await reconcileDay(shop.deps, today());
    expect(result).toMatchObject({
      lines: [],
      notOurs: 0,
      totals: { usd: { charges: 2, orders: 1, planInvoices: 1 } },
    });
    expect(result.totals.usd).toMatchObject({
      ordersCents: 50_000n,
      creditsSold: 40_000_000n,
      planCredits: 24_000_000n,
      unexplainedCents: 0n,
    });
    const day = today();
    const kept = () => shop.db.$count(reconciledDays, eq(reconciledDays.day, day));
    expect(await kept(), "not before it is over").toBe(0);
    await shop.passes(DAY);
    expect(await reconcileDays({ ...shop.deps }, [day])).toHaveLength(1);
    expect(await kept()).toBe(1);
    expect(await reconcileDays({ ...shop.deps }, [day]), "and not again").toEqual([]);
  });

  it("an interrupted run goes on behind the days that are finished", async () => {
    const who = await makeCustomer();
    const first = today();
    await shop.passes(DAY);
    await buy(who);
    const second = today();
    await shop.passes(DAY);
    await reconcileDays(shop.deps, [first]);
    shop.simulator.faults.add({ kind: "fail_before", match: { method: "GET", pathPattern: "/v1/charges" } });
    await expect(reconcileDays(shop.deps, [first, second])).rejects.toThrow("Stripe did not answer");
    shop.simulator.faults.clear();
    expect((await reconcileDays(shop.deps, [first, second])).map(({ day }) => day)).toEqual([second]);
  });

  it("finds and names money that was taken for no order, twice, for nothing, and in part", async () => {
    const who = await makeCustomer();
    const { accountId } = who;
    const { orderId, chargeId } = await buy(who);
    const lost = await take(who, named(accountId, newId()));
    const second = await take(who, named(accountId, orderId));
    const forNothing = await take(who, {});
    const { store } = shop.simulator;
    store.transact(() => store.update("charge", chargeId, { amount_captured: 49_000 }));
    expect(await lines()).toEqual(
      expect.arrayContaining([
        { kind: "charge_without_order", object: lost, accountId },
        { kind: "second_charge", object: second, accountId },
        { kind: "charge_for_nothing", object: forNothing, accountId },
        { kind: "charge_differs", object: chargeId, accountId },
      ]),
    );
    expect(await lines()).toHaveLength(4);
    const gone = store.transact(() =>
      store.update("charge", chargeId, { amount_captured: 50_000, status: "failed" }),
    );
    const found = await lines();
    expect(found).toContainEqual({ kind: "order_without_charge", object: gone.payment_intent, accountId });
    expect(found.map(({ kind }) => kind)).not.toContain("charge_differs");
  });

  it("finds an order whose payment succeeded unheard, and repairing settles it", async () => {
    const who = await makeCustomer();
    const orderId = await place(who);
    const gateway = {
      ...shop.deps.gateway,
      charge: (...args: Parameters<typeof shop.deps.gateway.charge>) =>
        shop.deps.gateway.charge(...args).then(() => Promise.reject(new Error("killed"))),
    };
    await expect(confirm({ ...shop.deps, gateway }, who, orderId)).rejects.toThrow("killed");
    const { lines: found } = await reconcileDay(shop.deps, today());
    expect(found).toMatchObject([{ kind: "charge_of_unpaid_order", order: orderId, cents: 50_000n }]);
    const [repair] = repairable(found);
    if (!repair) throw new Error("it can be repaired");
    expect(await applyRepair(shop.deps, repair)).toBe("paid");
    expect(await lines()).toEqual([]);
  });

  it("finds invoices that are not as Stripe says them, and allowances that nobody paid for", async () => {
    const who = await makeCustomer();
    const { accountId } = who;
    const [invoice] = (await shop.stripe.invoices.list({ customer: who.customerId })).data;
    const object = invoice?.id ?? "";
    await shop.owner`update invoices set status = 'open' where id = ${object}`;
    expect(await lines()).toEqual([
      { kind: "invoice_differs", object, accountId },
      { kind: "allowance_without_paid_invoice", object, accountId },
    ]);
    await shop.owner`update invoices set status = 'paid' where id = ${object}`;
    await shop.owner`update invoice_lines set decided_at = null, assumed = false where invoice_id = ${object}`;
    expect(await lines()).toEqual([{ kind: "invoice_without_allowance", object, accountId }]);
    await shop.sync(who);
    await shop.passes(29 * DAY);
    const [renewal] = (await shop.stripe.invoices.list({ customer: who.customerId })).data;
    const day = dayOf(new Date((renewal?.created ?? 0) * 1000));
    expect(await lines(day), "renewed, and nobody heard of it").toEqual([
      { kind: "invoice_unknown", object: renewal?.id, accountId },
    ]);
    await shop.sync(who);
    expect(await lines(day)).toEqual([]);
  });

  it("finds credits that were granted as bought and that no paid order has", async () => {
    const { accountId } = await makeCustomer();
    const source = `order:${newId()}`;
    const [grant] = await shop.owner<{ id: string; source: string }[]>`
      select id, source from grants where account_id = ${accountId} and source like 'plan:si%'`;
    const id = grant?.id ?? "";
    await shop.owner`update grants set kind = 'purchase', source = ${source} where account_id = ${accountId} and id = ${id}`;
    expect(await lines()).toEqual([{ kind: "grant_without_order", object: source, accountId }]);
    await shop.owner`update grants set kind = 'plan', source = ${grant?.source ?? ""} where account_id = ${accountId} and id = ${id}`;
    expect(await lines()).toEqual([]);
  });
});

it("what is not explained stays drift until it is: each night compares it again, and no clean day takes it away", async () => {
  const driftNow = async () =>
    (await describeWork(shop.db)).reconciliation.find(({ kind }) => kind === "stripe")?.drift ?? 0;
  const before = await driftNow();
  const who = await makeCustomer();
  const object = await take(who, named(who.accountId, newId()));
  const day = today();
  await shop.passes(DAY);
  await reconcileNightly(shop.deps, null);
  expect(await driftNow()).toBe(before + 1);
  const cleanDay = dayOf(new Date(Date.parse(day) - 400 * DAY));
  await reconcileDays(shop.deps, [cleanDay], { again: true });
  expect(await driftNow(), "a clean day was compared").toBe(before + 1);
  await shop.passes(9 * DAY);
  await shop.sync(who);
  await reconcileNightly(shop.deps, null);
  expect(await driftNow(), "the day is older than a week").toBe(before + 1);
  expect((await describeWork(shop.db)).problems).toContain("drift");
  const { store } = shop.simulator;
  store.transact(() => store.update("charge", object, { status: "failed" }));
  await reconcileNightly(shop.deps, null);
  expect(await driftNow(), "it is mended, and the night says so").toBe(before);
});

it("what is found of a day that is not over is no drift, and said to be that; once it is over it is, until it is compared again", async () => {
  const who = await makeCustomer();
  const orderId = await place(who);
  const gateway = {
    ...shop.deps.gateway,
    charge: (...args: Parameters<typeof shop.deps.gateway.charge>) =>
      shop.deps.gateway.charge(...args).then(() => Promise.reject(new Error("killed"))),
  };
  await expect(confirm({ ...shop.deps, gateway }, who, orderId)).rejects.toThrow("killed");
  const day = today();
  const health = async () => {
    const last = (await describeWork(shop.db)).reconciliation.find(({ kind }) => kind === "stripe");
    return { drift: last?.drift, notOver: last?.notOver };
  };
  const untold = async () =>
    (
      await shop.owner`select from reconciliations where kind = 'stripe' and drift > 0 and started_at > ${`${day}T00:00:00Z`}`
    ).length;
  await reconcileDays(shop.deps, [day], { again: true });
  expect(await health()).toEqual({ drift: 0, notOver: 1 });
  expect(await untold(), "no alarm is sent of it").toBe(0);
  await shop.passes(DAY);
  await reconcileDays(shop.deps, [day]);
  expect(await health()).toEqual({ drift: 1, notOver: undefined });
  shop.simulator.faults.add({ kind: "fail_before", match: { method: "GET", pathPattern: "/v1/charges" } });
  await expect(reconcileDays(shop.deps, [day])).rejects.toThrow("Stripe did not answer");
  shop.simulator.faults.clear();
  expect(await health(), "cut off, it says nothing").toEqual({ drift: 1, notOver: undefined });
  await applyRepair(shop.deps, { kind: "order", accountId: who.accountId, orderId });
  await reconcileDays(shop.deps, [day]);
  expect(await health()).toEqual({ drift: 0, notOver: undefined });
});

it("every night what was found is told once, signed, in health, and again until it was taken", async () => {
  const who = await makeCustomer();
  const object = await take(who, named(who.accountId, newId()));
  await shop.passes(DAY);
  await shop.owner`truncate reconciliations`;
  await withAlarms(async (target, heard, answers) => {
    answers(500);
    await expect(reconcileNightly(shop.deps, target)).rejects.toThrow("500");
    answers(204);
    await tellOfDrift(shop.deps, target);
    await tellOfDrift(shop.deps, target);
    expect(heard).toHaveLength(2);
    const [, { body, signature } = { body: "", signature: "" }] = heard;
    expect(JSON.parse(body)).toMatchObject({
      kind: "stripe",
      drift: 1,
      found: [{ what: "charge_without_order", object }],
    });
    const seconds = Number(/^t=(\d+),/.exec(signature)?.[1]);
    expect(signature).toBe(signAlarm(body, target.secret, seconds));
    expect(body).not.toContain("@");
    const health = await describeWork(shop.db);
    expect(health.problems).toContain("drift");
    expect(health.reconciliation.map(({ kind, drift }) => [kind, drift])).toEqual(
      expect.arrayContaining([["stripe", 1]]),
    );
  });
});
