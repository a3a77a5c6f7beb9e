import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { subscriptions } from "../../../db/schema";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./change";
import { sweepPlans } from "./sweep";
import { confirmUpgrade, previewUpgrade } from "./upgrade";
import { listedNext } from "./view";

/** What an operator schedules in Stripe's dashboard is a decision: it is shown, and no button takes it away. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const PLANNED = { ok: false, error: { code: "change_planned" } };

const plan = operator.scheduleNext;
const planRise = async (who: Subscriber, quantity = 1) =>
  plan(who, await operator.makePrice("refill_starter", 34_900), quantity);
const sync = async (who: Subscriber) => {
  operator.forgetPrices();
  await shop.sync(who);
};
const viewOf = async (who: Subscriber) => (await getAccountView(shop.db, who.accountId)).subscription;
const upgrade = async (who: Subscriber) =>
  confirmUpgrade(shop.deps, {
    ...who,
    plan: "premium",
    interval: "month",
    requestId: newId(),
    shownCents: 49_900n,
    paymentMethodId: null,
  });
const scheduleOf = async (who: Subscriber) => (await shop.subscriptionOf(who)).schedule;
const rowOf = async (who: Subscriber) => {
  const [row] = await shop.db.select().from(subscriptions).where(eq(subscriptions.accountId, who.accountId));
  return row;
};

it("undoes no end that an operator set to a day, does not put it off, and offers neither", async () => {
  const who = await shop.makeSubscriber("premium");
  const { id, items } = await shop.subscriptionOf(who);
  const end = items.data[0]?.current_period_end ?? 0;
  const cancelAtOf = async () => (await shop.subscriptionOf(who)).cancel_at;
  const cancel_at = end - (5 * DAY) / 1_000;
  await shop.stripe.subscriptions.update(id, { cancel_at });
  await shop.sync(who);
  expect(await keepPlan(shop.deps, who)).toMatchObject(PLANNED);
  expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).toMatchObject(
    PLANNED,
  );
  expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: true, planned: null, next: null });
  expect(await cancelPlan(shop.deps, who)).toEqual({ ok: true });
  await sweepPlans(shop.deps);
  expect(await cancelAtOf()).toBe(cancel_at);
  expect(await rowOf(who)).toMatchObject({ pendingChange: null });
});

describe("a cancellation for the period's end", () => {
  const cancelAtOf = async (who: Subscriber) => (await shop.subscriptionOf(who)).cancel_at;
  const operatorCancels = async (who: Subscriber, cancel: boolean) => {
    const { id } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.update(id, { cancel_at_period_end: cancel });
    await shop.sync(who);
  };

  it("is undone where the customer chose it", async () => {
    const who = await shop.makeSubscriber("premium");
    for (let time = 0; time < 2; time += 1) {
      expect(await cancelPlan(shop.deps, who)).toEqual({ ok: true });
      expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: false });
      expect(await keepPlan(shop.deps, who)).toEqual({ ok: true });
      expect(await cancelAtOf(who)).toBeNull();
      expect((await shop.subscriptionOf(who)).metadata).not.toHaveProperty("refill_cancel");
    }
  });

  it("is not undone where an operator chose it, though the customer had canceled before", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    await operatorCancels(who, false);
    await operatorCancels(who, true);
    expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: true });
    expect(await keepPlan(shop.deps, who)).toMatchObject(PLANNED);
    expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).toMatchObject(
      PLANNED,
    );
    expect(await cancelAtOf(who)).not.toBeNull();
    // Once the operator took it back, the customer's next is the customer's again.
    await operatorCancels(who, false);
    await cancelPlan(shop.deps, who);
    expect(await keepPlan(shop.deps, who)).toEqual({ ok: true });
    expect(await cancelAtOf(who)).toBeNull();
  });

  it("stays the customer's though an operator moved the period", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    await shop.passes(10 * DAY);
    await operator.resetCycle(who);
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: false });
    expect(await keepPlan(shop.deps, who)).toEqual({ ok: true });
    expect(await cancelAtOf(who)).toBeNull();
  });

  it("from before there were marks is the customer's, is marked when it is read, and can be undone", async () => {
    const who = await shop.makeSubscriber("premium");
    const { id } = await shop.subscriptionOf(who);
    await operatorCancels(who, true);
    // As the migration leaves it.
    await shop.db
      .update(subscriptions)
      .set({ canceledByCustomer: true })
      .where(eq(subscriptions.accountId, who.accountId));
    const match = { method: "POST", pathPattern: "/v1/subscriptions/*" } as const;
    shop.simulator.faults.add({ kind: "drop_after", match, times: 20 });
    await shop.sync(who);
    shop.simulator.faults.clear();
    await shop.sync(who);
    expect((await shop.stripe.subscriptions.retrieve(id)).metadata).toHaveProperty("refill_cancel");
    expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: false });
    expect(await keepPlan(shop.deps, who)).toEqual({ ok: true });
    expect(await cancelAtOf(who)).toBeNull();
  });
});

it("shows a price rise that an operator scheduled, and no button of the customer's removes it", async () => {
  const who = await shop.makeSubscriber("starter");
  const schedule = await planRise(who);
  await sync(who);
  const view = await viewOf(who);
  expect(view).toMatchObject({ next: null, cancelAt: null, isPlannedByOperator: true });
  expect(view?.planned).toMatchObject({
    at: view?.renewsAt,
    offer: { priceCents: 34_900n, interval: "month" },
  });
  const to = { ...who, plan: "premium", interval: "month" };
  expect(await previewUpgrade(shop.deps, to)).toMatchObject(PLANNED);
  expect(await upgrade(who)).toMatchObject(PLANNED);
  expect(await keepPlan(shop.deps, who)).toMatchObject(PLANNED);
  expect(await scheduleOf(who)).toBe(schedule);
  await operator.passPeriod(who);
  const [renewal] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
  expect(renewal).toMatchObject({ status: "paid", total: 34_900 });
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "starter",
    planStatus: "active",
    remaining: 24_000_000n,
  });
  // It has come, and plans nothing any more.
  expect(await viewOf(who)).toMatchObject({ planned: null, isPlannedByOperator: false });
  expect(await previewUpgrade(shop.deps, to)).toMatchObject({ ok: true });
});

it("refuses a smaller plan while an operator's change is scheduled, and leaves that as it is", async () => {
  const who = await shop.makeSubscriber("premium");
  const schedule = await plan(who, await operator.makePrice("refill_premium", 59_900));
  // Read before anything is stored: nobody is asked for what cannot be.
  const scheduleChange = () => Promise.reject(new Error("nothing is asked"));
  const deps = { ...shop.deps, plans: { ...shop.deps.plans, scheduleChange } };
  expect(await scheduleDowngrade(deps, { ...who, plan: "starter", interval: "month" })).toMatchObject(
    PLANNED,
  );
  expect(await scheduleOf(who)).toBe(schedule);
  expect(await rowOf(who)).toMatchObject({ pendingChange: null });
});

it("says what an operator's quantity costs and gives altogether", async () => {
  const who = await shop.makeSubscriber("starter");
  await planRise(who, 3);
  await sync(who);
  expect((await viewOf(who))?.planned?.offer).toMatchObject({
    priceCents: 104_700n,
    creditsPerCycle: 72_000_000n,
    quantity: 3,
  });
});

it("shows the quantity that an operator planned at the same price, behind a period like the running one", async () => {
  const who = await shop.makeSubscriber("starter");
  const price = await operator.priceOf("starter");
  const schedule = await plan(who, price);
  const { phases } = await shop.stripe.subscriptionSchedules.retrieve(schedule);
  const asBefore = phases.map(({ start_date, end_date }) => ({
    ...{ items: [{ price, quantity: 1 }], start_date, end_date },
  }));
  await shop.stripe.subscriptionSchedules.update(schedule, {
    phases: [...asBefore, { items: [{ price, quantity: 3 }], duration: { interval: "month" } }],
  });
  await sync(who);
  const view = await viewOf(who);
  expect(view?.planned).toMatchObject({
    at: new Date((phases.at(-1)?.end_date ?? 0) * 1_000),
    offer: { quantity: 3, priceCents: 89_700n, creditsPerCycle: 72_000_000n },
  });
  expect(view && listedNext(view)).toBe(29_900n);
});

it("shows that something is planned where its price cannot be read", async () => {
  const who = await shop.makeSubscriber("starter");
  const product = await shop.stripe.products.create({ name: "Starter for ACME" });
  await plan(who, await operator.makePrice(product.id, 10_000));
  await sync(who);
  expect((await viewOf(who))?.planned).toMatchObject({ offer: null });
});

it("lets a customer cancel under an operator's schedule, which ends it with what is paid for", async () => {
  const who = await shop.makeSubscriber("starter");
  await planRise(who);
  await sync(who);
  const end = (await viewOf(who))?.renewsAt;
  expect(await cancelPlan(shop.deps, who)).toMatchObject({ ok: true });
  expect(await viewOf(who)).toMatchObject({
    cancelAt: end,
    planned: null,
    isPlannedByOperator: true,
    pendingChange: null,
  });
  expect(await cancelPlan(shop.deps, who)).toMatchObject({ ok: true });
  // Only the operator knows what had been planned: it is not for the customer to go on at the old price.
  expect(await keepPlan(shop.deps, who)).toMatchObject(PLANNED);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "free", planStatus: "active", owed: 0n });
  const { data } = await shop.stripe.invoices.list({ customer: await shop.customerOf(who) });
  expect(data).toHaveLength(1);
});

it("asks again for a cancellation under an operator's schedule whose answer was lost", async () => {
  const who = await shop.makeSubscriber("starter");
  await planRise(who);
  await sync(who);
  const match = { method: "POST", pathPattern: "/v1/subscription_schedules/*" } as const;
  shop.simulator.faults.add({ kind: "drop_before", match, times: 20 });
  expect(await cancelPlan(shop.deps, who)).toMatchObject({ ok: true });
  shop.simulator.faults.clear();
  expect(await viewOf(who)).toMatchObject({ cancelAt: null, pendingChange: { kind: "cancel" } });
  await shop.passes(11 * 60_000);
  await sweepPlans(shop.deps);
  const view = await viewOf(who);
  expect(view).toMatchObject({ pendingChange: null });
  expect(view?.cancelAt).toEqual(view?.renewsAt);
});

it("never overwrites what an operator schedules between reading and asking", async () => {
  const who = await shop.makeSubscriber("premium");
  const rise = await operator.makePrice("refill_premium", 59_900);
  let schedule = "";
  const scheduleChange: typeof shop.deps.plans.scheduleChange = async (request) => {
    schedule = await plan(who, rise);
    return shop.deps.plans.scheduleChange(request);
  };
  const deps = { ...shop.deps, plans: { ...shop.deps.plans, scheduleChange } };
  expect(await scheduleDowngrade(deps, { ...who, plan: "starter", interval: "month" })).toMatchObject(
    PLANNED,
  );
  expect(await scheduleOf(who)).toBe(schedule);
  expect(await rowOf(who)).toMatchObject({ pendingChange: null, changeToRestore: null });
  operator.forgetPrices();
  await operator.passPeriod(who);
  expect((await shop.subscriptionOf(who)).items.data[0]?.price.id).toBe(rise);
});

it("gives up a choice that waited for its answer once an operator planned something else", async () => {
  const who = await shop.makeSubscriber("premium");
  shop.simulator.faults.add({
    kind: "drop_before",
    match: { method: "POST", pathPattern: "/v1/subscription_schedules" },
    times: 20,
  });
  await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" });
  shop.simulator.faults.clear();
  expect(await rowOf(who)).toMatchObject({ pendingChange: "change" });
  const schedule = await plan(who, await operator.makePrice("refill_premium", 59_900));
  await shop.passes(11 * 60_000);
  await sync(who);
  expect(await rowOf(who)).toMatchObject({ pendingChange: null });
  await sweepPlans(shop.deps);
  expect(await scheduleOf(who)).toBe(schedule);
});

it("does not upgrade past a schedule that an operator made after the page was shown, and charges nothing", async () => {
  const who = await shop.makeSubscriber("starter");
  const schedule = await planRise(who);
  // Nobody heard of it here.
  const upgraded = await upgrade(who);
  expect(upgraded).not.toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await scheduleOf(who)).toBe(schedule);
  const { data } = await shop.stripe.invoices.list({ customer: await shop.customerOf(who) });
  expect(data).toHaveLength(1);
});

/** As the release before this one had stored it. */
const asFormerlyStored = (who: Subscriber, row: Partial<typeof subscriptions.$inferInsert>) =>
  shop.db
    .update(subscriptions)
    .set({ schedule: null, ...row })
    .where(eq(subscriptions.accountId, who.accountId));

it("marks a schedule of the release before as the customer's when it is first read, and it can be undone", async () => {
  const who = await shop.makeSubscriber("premium");
  const scheduleId = await plan(who, await operator.priceOf("starter"));
  const next = {
    nextPlan: "starter",
    nextInterval: "month",
    nextPriceCents: 29_900n,
    nextCreditsPerCycle: 24_000_000n,
  };
  await asFormerlyStored(who, { scheduleId, ...(next as object) });
  // Until Stripe was read, nobody can say whose it is.
  expect(await viewOf(who)).toMatchObject({ next: null, isPlannedByOperator: true });
  await sync(who);
  const { metadata } = await shop.stripe.subscriptionSchedules.retrieve(scheduleId);
  expect(metadata).toMatchObject({ refill_chosen: "starter, month" });
  expect(await viewOf(who)).toMatchObject({
    next: { interval: "month" },
    planned: null,
    isPlannedByOperator: false,
  });
  expect(await keepPlan(shop.deps, who)).toMatchObject({ ok: true });
  expect(await scheduleOf(who)).toBeNull();
});

it("takes a schedule that the release before had stored for an operator's where no customer could have chosen it", async () => {
  const who = await shop.makeSubscriber("starter");
  const scheduleId = await planRise(who);
  const next = {
    nextPlan: "starter",
    nextInterval: "month",
    nextPriceCents: 34_900n,
    nextCreditsPerCycle: 24_000_000n,
  };
  await asFormerlyStored(who, { scheduleId, ...(next as object) });
  await sync(who);
  expect((await shop.stripe.subscriptionSchedules.retrieve(scheduleId)).metadata).toEqual({});
  expect(await viewOf(who)).toMatchObject({ isPlannedByOperator: true });
});

it("keeps nothing of a read while Stripe does not say whose a schedule is", async () => {
  const who = await shop.makeSubscriber("premium");
  const scheduleId = await plan(who, await operator.priceOf("starter"));
  const next = {
    nextPlan: "starter",
    nextInterval: "month",
    nextPriceCents: 29_900n,
    nextCreditsPerCycle: 24_000_000n,
  };
  await asFormerlyStored(who, { scheduleId, ...(next as object) });
  const match = { method: "POST", pathPattern: "/v1/subscription_schedules/*" } as const;
  shop.simulator.faults.add({ kind: "drop_after", match, times: 20 });
  await sync(who);
  shop.simulator.faults.clear();
  expect(await rowOf(who)).toMatchObject({ schedule: null });
  await shop.passes(DAY);
  await sync(who);
  expect(await viewOf(who)).toMatchObject({ next: { interval: "month" }, isPlannedByOperator: false });
});
