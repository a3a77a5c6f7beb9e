import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { accounts, allowances, subscriptions } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { changingAt } from "../../../../dev/testing/changing";
import { makeOperator } from "../../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, payOnPage, type Subscriber } from "../../../../dev/testing/plans";
import { openUpgrades, type Upgraded } from "../../../../dev/testing/upgraded";
import { EVERY_DAY } from "../../../../dev/testing/usage";
import { newId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { getBalance } from "../../../ledger/queries";
import { getUsage } from "../../../ledger/usage";
import { credits } from "../../../money/credits";
import { getAccountView } from "../../account-view";
import { ensureCustomer } from "../../cards/customer";
import { cancelPlan, keepPlan, scheduleDowngrade } from "../../subscriptions/change";
import { settlePlanPayment } from "../../subscriptions/settle-payment";
import { finishSubscribe, startSubscribe } from "../../subscriptions/subscribe";
import { sweepPlans } from "../../subscriptions/sweep";
import { openCycle } from "../cycles/open";

/** Every kind of period, schedule and pending choice that a database of the release before may have, all in one. */
const shop = openPlanShop();
const operator = makeOperator(shop);
const upgrade = openUpgrades(shop);
const { upgrade: changeTo, buy, addCard } = changingAt(shop);

const STARTER = credits(24_000_000n);
const AGREED = credits(123_456_789n);
const CATEGORIES = ["ai_processing", "infrastructure", "platform"];
const REFUSED = "pm_card_chargeCustomerFail";
const smaller = (who: Subscriber) =>
  scheduleDowngrade(shop.deps, { accountId: who.accountId, plan: "starter", interval: "month" });

/** Chosen while Stripe did not answer: it is stored, and was not done. */
async function unanswered(choose: () => Promise<unknown>): Promise<void> {
  for (const pathPattern of ["/v1/subscription_schedules*", "/v1/subscriptions/*"])
    shop.simulator.faults.add({ kind: "fail_before", match: { method: "POST", pathPattern } });
  await choose();
  shop.simulator.faults.clear();
}

/** A plan by agreement, from its account's second month on. */
async function byAgreement(): Promise<Subscriber> {
  const who = await shop.makeFree();
  await shop.owner`update accounts set internal_plan = 'custom', allowance_credits = ${String(AGREED)}
    where id = ${who.accountId}`;
  return who;
}

async function failing(): Promise<Subscriber> {
  const who = await shop.makeSubscriber("starter");
  await operator.replaceCard(who, REFUSED);
  return who;
}

const endOf = async (who: Subscriber) =>
  ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1_000;

/** A renewal that is declined, with something of it spent. */
async function decline(who: Subscriber): Promise<void> {
  await shop.clock.moveTo(new Date((await endOf(who)) + 5 * MINUTE));
  await shop.sync(who);
  await shop.stateOf(who);
  await shop.spend(who, 5_000_000n);
  await shop.passes(2 * HOUR);
  await shop.sync(who);
}

async function payOpen(who: Subscriber): Promise<void> {
  const customer = await shop.customerOf(who);
  const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  const { data } = await shop.stripe.invoices.list({ customer, limit: 100 });
  for (const { id, status } of data)
    if (status === "open" || status === "uncollectible")
      await shop.stripe.invoices.pay(id, { payment_method: card.id });
}

/** Written an hour ahead by that release, and withdrawn because something else was chosen before it began. */
async function withdraw(who: Subscriber): Promise<void> {
  const { accountId } = who;
  const [row] = await shop.db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  if (!row?.periodEnd || !row.itemId || !row.plan) throw new Error("the account has a subscription");
  const startsAt = row.periodEnd;
  const endsAt = new Date(startsAt.getTime() + 31 * DAY);
  const grantId = newId();
  const source = `plan:${row.id}:${row.plan}:${startsAt.toISOString()}`;
  const grant = { id: grantId, kind: "plan", source, credits: STARTER, startsAt, expiresAt: endsAt } as const;
  await transact(shop.db, (tx) =>
    commit(tx, accountId, [
      { key: source, command: { kind: "grant", grant } },
      { key: `withdraw:${grantId}`, command: { kind: "revoke", grantId, credits: STARTER } },
    ]),
  );
  const at = shop.clock.now();
  await shop.db.insert(allowances).values({
    ...{ accountId, source, origin: "migrated", plan: row.plan, subscriptionId: row.id, itemId: row.itemId },
    ...{ periodStart: startsAt, month: 0, part: 0, startsAt, endsAt, credits: STARTER, grantId },
    ...{ isCycle: true, payment: "paid", closed: "voided", closedAt: at, openedAt: at },
  });
}

/** Somebody's credits in all places where they can be: add-ons, a gift that outlives the cycle, holds, used for each category. */
async function usingAll(): Promise<Subscriber> {
  const who = await shop.makeSubscriber("starter");
  await buy(who);
  const startsAt = shop.clock.now();
  const expiresAt = new Date(startsAt.getTime() + 200 * DAY);
  const gift = { id: newId(), kind: "promotional", source: "gift", credits: credits(50_000_000n) } as const;
  const purposes = CATEGORIES.map((category) => ({ category, resource: "model", reference: null }));
  const holds = purposes.flatMap((purpose, index) => {
    const holdId = newId();
    const held = { kind: "hold", holdId, credits: credits(BigInt(index + 1)), ttlMs: HOUR, purpose } as const;
    return [held, { kind: "release", holdId } as const].map((command) => ({ key: newId(), command }));
  });
  const spends = purposes.map((purpose, index) => ({
    key: newId(),
    command: { kind: "spend", credits: credits(10n ** BigInt(index)), purpose } as const,
  }));
  await transact(shop.db, (tx) =>
    commit(tx, who.accountId, [
      { key: newId(), command: { kind: "grant", grant: { ...gift, startsAt, expiresAt } } },
      ...holds,
      ...spends,
    ]),
  );
  // Nothing is left but the gift, so nothing would have changed by time alone before it ends.
  const { remaining } = await getBalance(shop.db, who.accountId);
  await shop.spend(who, remaining - gift.credits);
  return who;
}

/** What is under way at Stripe when the database is migrated: a payment at the bank, a visit to Checkout, a first payment. */
async function underWay() {
  const upgraded = await shop.makeSubscriber("starter");
  const [asking, incomplete, checkout, planned] = [
    await shop.makeSubscriber("starter"),
    await shop.makeFree(),
    await shop.makeFree(),
    await shop.makeSubscriber("starter"),
  ];
  await shop.passes(MINUTE);
  await changeTo(upgraded);
  const purpose = { category: "infrastructure", resource: null, reference: null };
  const held = { kind: "hold", holdId: newId(), credits: credits(7n), ttlMs: DAY, purpose } as const;
  await transact(shop.db, (tx) => commit(tx, upgraded.accountId, [{ key: newId(), command: held }]));
  const card = await addCard(asking, "pm_card_authenticationRequired");
  const begun = await changeTo(asking, { card });
  if (!begun.ok || begun.value.status !== "requires_action") throw new Error("the bank asks");
  const customer = String(await ensureCustomer(shop.deps, incomplete.accountId));
  await shop.stripe.subscriptions.create({
    ...{ customer, items: [{ price: await operator.priceOf("starter") }] },
    payment_behavior: "default_incomplete",
  });
  const visited = await startSubscribe(shop.deps, {
    ...{ ...checkout, plan: "starter", interval: "month" },
    ...{ returnPath: "/settings/billing/plans/return", cancelPath: "/settings/billing/plans" },
  });
  if (!visited.ok) throw new Error(visited.error.code);
  await operator.scheduleNext(planned, await operator.priceOf("premium"));
  return {
    whose: { upgraded, asking, incomplete, checkout, planned },
    bank: { paymentId: begun.value.paymentId, url: String(begun.value.actionUrl) },
    checkoutUrl: visited.value.url,
  };
}

type Everybody = Awaited<ReturnType<typeof makeEverybody>>;

async function makeEverybody() {
  const long = {
    agreement: await byAgreement(),
    year: await shop.makeSubscriber("starter", { interval: "year" }),
    debtor: await failing(),
    paidLate: await failing(),
    ended: await shop.makeSubscriber("starter"),
  };
  await cancelPlan(shop.deps, long.ended);
  await decline(long.debtor);
  await decline(long.paidLate);
  await shop.passes(25 * DAY);
  for (const who of Object.values(long)) if (who !== long.agreement) await shop.sync(who);
  await payOpen(long.paidLate);
  await shop.sync(long.paidLate);
  await shop.passes(10 * DAY);
  // Each a day younger: the first renewal was declined a day ago, the second is a draft, and the others are to come.
  const failed = await failing();
  await shop.passes(DAY);
  const awaited = await shop.makeSubscriber("starter");
  await shop.passes(DAY);
  const short = {
    smaller: await shop.makeSubscriber("premium"),
    canceled: await shop.makeSubscriber("starter"),
    unansweredSmaller: await shop.makeSubscriber("premium"),
    unansweredCancel: await shop.makeSubscriber("premium"),
    unansweredKeep: await shop.makeSubscriber("starter"),
    withdrawn: await shop.makeSubscriber("starter"),
  };
  await decline(failed);
  await shop.clock.moveTo(new Date((await endOf(awaited)) + 5 * MINUTE));
  await smaller(short.smaller);
  await cancelPlan(shop.deps, short.canceled);
  await unanswered(() => smaller(short.unansweredSmaller));
  await smaller(short.unansweredCancel);
  await unanswered(() => cancelPlan(shop.deps, short.unansweredCancel));
  await cancelPlan(shop.deps, short.unansweredKeep);
  await unanswered(() => keepPlan(shop.deps, short.unansweredKeep));
  await withdraw(short.withdrawn);
  const using = await usingAll();
  const { whose, ...rest } = await underWay();
  return { all: { ...long, ...short, failed, awaited, using, ...whose }, ...rest };
}

const pendingOf = async ({ db }: Upgraded, { accountId }: Subscriber) => {
  const [row] = await db.select().from(subscriptions).where(eq(subscriptions.accountId, accountId));
  return [row?.pendingChange, row?.pendingPlan, row?.changeToRestore];
};
const planOf = async ({ db }: Upgraded, { accountId }: Subscriber) => {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  return [row?.plan, row?.planStatus];
};

it("I19: nothing is given or taken by migrating, by looking or by two reads, whatever was paid, owed, chosen or planned", async () => {
  const everybody = await makeEverybody();
  const { all } = everybody;
  for (const who of Object.values(all)) {
    if (who !== all.agreement) await shop.sync(who);
    await shop.stateOf(who);
  }
  const after = await upgrade(Object.values(all), async ({ owner }) => {
    // What the migration has to bring down to the end of the cycle, and categories in words.
    expect(
      await owner`select 1 as one from balances as b join accounts as a on a.id = b.account_id
        where a.id = ${all.using.accountId} and b.quiet_until > a.period_end`,
    ).toEqual([{ one: 1 }]);
    expect(
      await owner`select array_agg(category::text order by credits) as held from holds
        where account_id = ${all.using.accountId}`,
    ).toEqual([{ held: CATEGORIES }]);
  });
  const statesOf = async (who: Subscriber) =>
    (await after.allowancesOf(who))
      .filter(({ origin }) => origin !== "internal")
      .map(({ month, payment, frozen, closed }) => [month, payment, frozen, closed]);
  expect(await statesOf(all.year)).toEqual([0, 1, 2, 3, 4].map((month) => [month, "paid", false, null]));
  expect(await statesOf(all.debtor)).toEqual([
    [0, "paid", false, null],
    [0, "owed", false, "unpaid"],
  ]);
  expect(await statesOf(all.paidLate)).toEqual([0, 0].map(() => [0, "paid", false, null]));
  expect((await statesOf(all.awaited)).at(-1)).toEqual([0, "provisional", false, null]);
  expect((await statesOf(all.failed)).at(-1)).toEqual([0, "owed", true, null]);
  expect((await statesOf(all.withdrawn)).at(-1)).toEqual([0, "paid", false, "voided"]);
  expect(await pendingOf(after, all.unansweredSmaller)).toEqual(["change", "starter", null]);
  expect(await pendingOf(after, all.unansweredCancel)).toEqual(["cancel", null, "change"]);
  expect(await pendingOf(after, all.unansweredKeep)).toEqual(["keep", null, null]);
  // The month that was left by an upgrade keeps its end beside the one that was paid for.
  expect(await statesOf(all.upgraded)).toEqual([0, 0].map(() => [0, "paid", false, null]));
  expect(await statesOf(all.incomplete)).toEqual([]);
  expect((await getAccountView(after.db, all.planned.accountId)).subscription).toMatchObject({
    isPlannedByOperator: true,
  });
  await expectUsageByCategory(after, all.using);
  await finish(after, everybody);
  await goOn(after, everybody);
}, 300_000);

async function expectUsageByCategory({ db }: Upgraded, { accountId }: Subscriber): Promise<void> {
  for (const [index, category] of CATEGORIES.slice(0, 2).entries())
    expect((await getUsage(db, accountId, { ...EVERY_DAY, category })).credits).toBe(10n ** BigInt(index));
}

/** What the release before began, a payment at the bank and a visit to Checkout, this one brings to its end. */
async function finish({ db, deps }: Upgraded, { all, bank, checkoutUrl }: Everybody): Promise<void> {
  const body = new URLSearchParams({ result: "approve" });
  await fetch(bank.url, { method: "POST", body, redirect: "manual" });
  const { accountId } = all.asking;
  expect(await settlePlanPayment(deps, { accountId, paymentId: bank.paymentId })).toMatchObject({
    status: "paid",
  });
  const sessionId = await payOnPage(checkoutUrl);
  expect(await finishSubscribe(deps, { accountId: all.checkout.accountId, sessionId })).toMatchObject({
    value: { status: "subscribed" },
  });
  for (const who of [all.asking, all.checkout]) await openCycle(db, who.accountId);
}

/** What was chosen and owed before comes to its end after it. */
async function goOn(after: Upgraded, { all }: Everybody): Promise<void> {
  await after.passes(2 * MINUTE);
  await sweepPlans(after.deps);
  await payOpen(all.failed);
  await payOpen(all.debtor);
  await after.sync(all.failed);
  expect((await after.allowancesOf(all.failed)).at(-1)).toMatchObject({ payment: "paid", frozen: false });
  expect(await planOf(after, all.failed)).toEqual(["starter", "active"]);
  await after.passes(33 * DAY);
  for (const who of Object.values(all)) {
    if (who !== all.agreement) await after.sync(who);
    await openCycle(after.db, who.accountId);
    expect(await after.balanceOf(who)).toMatchObject({ owed_credits: "0" });
  }
  expect(await planOf(after, all.agreement)).toEqual(["custom", "active"]);
  for (const who of [all.canceled, all.unansweredCancel, all.ended, all.debtor, all.paidLate, all.incomplete])
    expect(await planOf(after, who)).toEqual(["free", "active"]);
  for (const who of [
    all.smaller,
    all.unansweredSmaller,
    all.unansweredKeep,
    all.awaited,
    all.year,
    all.checkout,
  ])
    expect(await planOf(after, who)).toEqual(["starter", "active"]);
  for (const who of [all.upgraded, all.planned])
    expect(await planOf(after, who)).toEqual(["premium", "active"]);
  expect(await planOf(after, all.asking)).toEqual(["premium", "past_due"]); // The bank asks at the renewal, too.
}
