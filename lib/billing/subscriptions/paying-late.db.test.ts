import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, openPlanShop, payOnPage, type Subscriber } from "../../../dev/testing/plans";
import { openCycle } from "../allowances/cycles/open";
import type { BillingFacts } from "../facts";
import type { ProviderAnswer } from "../gateway";
import { findKnown } from "./read-mirror";
import { startSubscribe } from "./subscribe";
import { openDueCycles } from "./sweep";
import { syncSubscription } from "./sync";

// Where Stripe is set to leave a subscription unpaid after the last try, it goes on from period to period: the invoices
// stay drafts that nobody charges, and the customer may pay any of them months later.
const shop = openPlanShop({ afterLastRetry: "unpaid" });
const ALLOWANCE = 24_000_000n;

const endOf = async (who: Subscriber) =>
  ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1_000;
const moveTo = (ms: number) => shop.clock.moveTo(new Date(ms));

/** A Starter whose first renewal failed for good. Returns that period's end. */
async function makeUnpaid(): Promise<{ who: Subscriber; end: number }> {
  const who = await shop.makeSubscriber();
  const { id } = await shop.subscriptionOf(who);
  await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
  await moveTo((await endOf(who)) + 20 * DAY);
  await shop.sync(who);
  expect((await shop.subscriptionOf(who)).status).toBe("unpaid");
  return { who, end: await endOf(who) };
}

/** Newest first. */
async function renewalsOf(who: Subscriber): Promise<readonly Stripe.Invoice[]> {
  const { data } = await shop.stripe.invoices.list({ customer: await shop.customerOf(who) });
  return data.filter((each) => each.billing_reason === "subscription_cycle");
}

async function pay(
  who: Subscriber,
  invoice: Stripe.Invoice | undefined,
  number = "pm_card_visa",
): Promise<void> {
  const customer = await shop.customerOf(who);
  const card = await shop.stripe.paymentMethods.attach(number, { customer });
  await shop.stripe.invoices.pay(invoice?.id ?? "", { payment_method: card.id });
}

async function read(who: Subscriber): Promise<BillingFacts> {
  const known = await findKnown(shop.db, who.accountId, { toTheEnd: true });
  const asked = await shop.deps.plans.readBilling(await shop.customerOf(who), known);
  if (asked.kind !== "answered") throw new Error("Stripe answers");
  return asked.value;
}

async function hear(who: Subscriber, value: BillingFacts): Promise<void> {
  const readBilling = async (): Promise<ProviderAnswer<BillingFacts>> => ({ kind: "answered", value });
  await syncSubscription({ ...shop.deps, plans: { ...shop.deps.plans, readBilling } }, who);
}

describe("a period that was paid for only when it was over", () => {
  it("waits where nobody knows yet how the cycle goes on, and is given when that is known", async () => {
    const { who, end } = await makeUnpaid();
    await moveTo(end - 1_000);
    const before = await read(who);
    const [renewal] = await renewalsOf(who);
    await pay(who, renewal);
    const { invoices } = await read(who);
    // Paid between the two halves of the answer, which is heard when the period is over.
    await moveTo(end + 1_000);
    await hear(who, { ...before, invoices });
    expect((await shop.stateOf(who)).remaining).toBe(0n);
    await shop.sync(who);
    const { planStatus, remaining, frozen } = await shop.stateOf(who);
    expect({ planStatus, remaining, frozen }).toEqual({
      planStatus: "active",
      remaining: 2n * ALLOWANCE,
      frozen: 0n,
    });
  });

  it("gives what had been frozen to its end, also when it was heard of as not tried yet in between", async () => {
    const { who, end } = await makeUnpaid();
    await moveTo(end + HOUR);
    await shop.sync(who);
    await moveTo((await endOf(who)) + HOUR);
    await shop.sync(who);
    const [running, over, failed] = await renewalsOf(who);
    await pay(who, running);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: ALLOWANCE });
    expect(over?.status).toBe("draft");
    for (const [times, late] of [over, failed].entries()) {
      await pay(who, late);
      await shop.sync(who);
      await shop.sync(who);
      expect((await shop.stateOf(who)).remaining).toBe(BigInt(times + 2) * ALLOWANCE);
    }
  });

  it("gives nothing again where it could be used provisionally to its end, declined meanwhile or not", async () => {
    const who = await shop.makeSubscriber();
    await moveTo((await endOf(who)) + HOUR / 2);
    await shop.sync(who);
    const [draft] = await renewalsOf(who);
    await shop.stripe.invoices.update(draft?.id ?? "", { auto_advance: false });
    await moveTo((await endOf(who)) + 2 * HOUR);
    await shop.sync(who);
    expect((await shop.stateOf(who)).remaining).toBe(ALLOWANCE);
    await shop.stripe.invoices.finalizeInvoice(draft?.id ?? "", { auto_advance: false });
    await expect(pay(who, draft, "pm_card_chargeCustomerFail")).rejects.toThrow();
    await shop.sync(who);
    await pay(who, draft);
    await shop.sync(who);
    const { remaining, frozen, periods } = await shop.stateOf(who);
    expect({ remaining, frozen }).toEqual({ remaining: ALLOWANCE, frozen: 0n });
    // The draft that outlived its period was closed out before it was paid.
    expect(periods.filter((each) => each.startsWith("starter paid"))).toHaveLength(2);
    expect(periods.filter((each) => each.startsWith("starter never_invoiced"))).toHaveLength(1);
  });
});

describe("a period that was paid for in time and heard of only when it was over", () => {
  /** A Starter of whom nothing is heard for three renewals: the first was given before it was paid. */
  async function makeUnheard(): Promise<Subscriber> {
    const who = await shop.makeSubscriber();
    for (let renewals = 0; renewals < 3; renewals += 1) {
      await moveTo((await endOf(who)) + 2 * HOUR);
      await openDueCycles(shop.db, shop.deps.log);
    }
    await shop.spend(who, 1n);
    expect(await shop.stateOf(who)).toMatchObject({ remaining: 0n, owed: 0n });
    return who;
  }

  it("is given once, for as long as the running cycle, however often and from how many sides it is heard", async () => {
    const who = await makeUnheard();
    await Promise.all([shop.sync(who), openCycle(shop.db, who.accountId), shop.sync(who), shop.sync(who)]);
    await shop.sync(who);
    const { remaining, periods } = await shop.stateOf(who);
    expect(remaining).toBe(2n * ALLOWANCE);
    expect(periods.filter((each) => each.startsWith("starter paid"))).toHaveLength(4);
    await moveTo((await endOf(who)) + 2 * HOUR);
    await shop.sync(who);
    expect((await shop.stateOf(who)).remaining).toBe(ALLOWANCE);
  });

  it.each([
    ["the latest first", [1, 0]],
    ["in turns", [0, 1, 0, 1, 0]],
  ])("is given once where answers are heard %s", async (_, order) => {
    const who = await shop.makeSubscriber();
    await moveTo((await endOf(who)) + 2 * HOUR);
    await openDueCycles(shop.db, shop.deps.log);
    await moveTo((await endOf(who)) + 2 * HOUR);
    const early = await read(who);
    await moveTo((await endOf(who)) + 2 * HOUR);
    const answers = [early, await read(who)];
    for (const index of order) await hear(who, answers[index] ?? early);
    await shop.sync(who);
    expect((await shop.stateOf(who)).remaining).toBe(2n * ALLOWANCE);
  });

  it("is given beside Free where the subscription has ended meanwhile", async () => {
    const who = await shop.makeSubscriber();
    await moveTo((await endOf(who)) + 2 * HOUR);
    await openDueCycles(shop.db, shop.deps.log);
    await moveTo((await endOf(who)) + 2 * HOUR);
    const until = await endOf(who);
    await shop.stripe.subscriptions.update((await shop.subscriptionOf(who)).id, {
      cancel_at_period_end: true,
    });
    await moveTo(until + DAY);
    await openDueCycles(shop.db, shop.deps.log);
    await shop.sync(who);
    await shop.sync(who);
    const { plan, remaining, owed } = await shop.stateOf(who);
    expect({ plan, remaining, owed }).toEqual({ plan: "free", remaining: ALLOWANCE + 1_000_000n, owed: 0n });
  });

  it("is given in full where the plan was upgraded meanwhile; what nobody was ever asked to pay is written off", async () => {
    const who = await shop.makeSubscriber();
    const end = await endOf(who);
    await moveTo(end - 5 * DAY);
    await shop.upgradeAtStripe(who);
    await moveTo(end + HOUR);
    await openDueCycles(shop.db, shop.deps.log);
    await shop.spend(who, 3_000_000n);
    await moveTo((await endOf(who)) + 2 * HOUR);
    await openDueCycles(shop.db, shop.deps.log);
    await shop.sync(who);
    await shop.sync(who);
    const { plan, remaining, owed, periods } = await shop.stateOf(who);
    expect({ plan, remaining, owed }).toEqual({ plan: "premium", remaining: 80_000_000n, owed: 0n });
    expect(periods.filter((each) => each.startsWith("starter never_invoiced"))).toHaveLength(1);
  });

  async function makeYearly(): Promise<Subscriber> {
    const who = await shop.makeFree();
    const started = await startSubscribe(shop.deps, {
      ...who,
      plan: "starter",
      interval: "year",
      returnPath: "/settings/billing/plans/return",
      cancelPath: "/settings/billing/plans",
    });
    if (!started.ok) throw new Error(started.error.code);
    await payOnPage(started.value.url);
    return who;
  }

  it("is every month of a year that is over", async () => {
    const who = await makeYearly();
    await shop.passes(70 * DAY);
    await Promise.all([shop.sync(who), shop.sync(who)]);
    await shop.sync(who);
    const { plan, remaining } = await shop.stateOf(who);
    expect({ plan, remaining }).toEqual({ plan: "starter", remaining: 3n * ALLOWANCE });
  });

  it("is given beside the months of a year that was upgraded from: nothing of it was credited", async () => {
    const who = await makeYearly();
    await shop.sync(who);
    await shop.passes(20 * DAY);
    await shop.upgradeAtStripe(who);
    await shop.passes(12 * DAY);
    await openDueCycles(shop.db, shop.deps.log);
    await shop.spend(who, 3_000_000n);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 21_000_000n });
    await shop.sync(who);
    await shop.sync(who);
    const { plan, remaining, owed } = await shop.stateOf(who);
    expect({ plan, remaining, owed }).toEqual({ plan: "premium", remaining: 61_000_000n, owed: 0n });
  });
});
