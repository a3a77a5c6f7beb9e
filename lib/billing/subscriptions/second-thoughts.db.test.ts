import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { subscriptions } from "../../../db/schema";
import { answerLater } from "../../../dev/testing/answer-later";
import { HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./change";
import { sweepPlans } from "./sweep";
import { confirmUpgrade } from "./upgrade";

const shop = openPlanShop();

const NOTED = { ok: true, value: undefined };
const STARTER = { plan: "starter", interval: "month" } as const;
const down = (who: Subscriber) => scheduleDowngrade(shop.deps, { ...who, ...STARTER });

/** From here on this is not answered, though it may have been done. */
const breaks = (pathPattern: string, kind: "fail_before" | "drop_after" = "fail_before") =>
  shop.simulator.faults.add({ kind, match: { method: "POST", pathPattern } });

async function sweepLater(): Promise<void> {
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
}

async function viewOf({ accountId }: Subscriber) {
  const { subscription } = await getAccountView(shop.db, accountId);
  if (!subscription) throw new Error("the account has a subscription");
  const { pendingChange, cancelAt, next, renewsAt } = subscription;
  return { pendingChange, ends: cancelAt !== null, next: next?.plan.id ?? null, renewsAt };
}

/** What becomes of the plan once what is paid for is over. */
async function planAfterwards(who: Subscriber): Promise<string> {
  const { renewsAt } = await viewOf(who);
  await shop.clock.moveTo(new Date(renewsAt.getTime() + 2 * HOUR));
  await shop.sync(who);
  return (await shop.stateOf(who)).plan;
}

describe("what was chosen for the end of the cycle and Stripe did only in part (money: nobody pays for what they canceled)", () => {
  it("a downgrade after a cancellation is asked for until it is there", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    breaks("/v1/subscription_schedules*");
    expect(await down(who)).toEqual(NOTED);
    // The cancellation is undone by now: left like this, the plan would renew at its full price.
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "change" }, ends: false, next: null });
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "change" }, ends: false, next: null });
    shop.simulator.faults.clear();
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: false, next: "starter" });
    expect(await planAfterwards(who)).toBe("starter");
  });

  it("a cancellation after a downgrade too", async () => {
    const who = await shop.makeSubscriber("premium");
    await down(who);
    breaks("/v1/subscriptions/*");
    expect(await cancelPlan(shop.deps, who)).toEqual(NOTED);
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "cancel" }, ends: false, next: null });
    shop.simulator.faults.clear();
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true, next: null });
    expect(await planAfterwards(who)).toBe("free");
  });

  it("keeping the plan too", async () => {
    const who = await shop.makeSubscriber("premium");
    await down(who);
    breaks("/v1/subscription_schedules*");
    expect(await keepPlan(shop.deps, who)).toEqual(NOTED);
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "keep" }, next: "starter" });
    shop.simulator.faults.clear();
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: false, next: null });
    expect(await planAfterwards(who)).toBe("premium");
  });

  it("where only the answer was lost it is found, and nothing is asked again", async () => {
    const who = await shop.makeSubscriber("premium");
    breaks("/v1/subscriptions/*", "drop_after");
    expect(await cancelPlan(shop.deps, who)).toEqual(NOTED);
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
  });

  it("gives way to a second thought, and is not brought back by the sweep", async () => {
    const who = await shop.makeSubscriber("premium");
    breaks("/v1/subscriptions/*");
    await cancelPlan(shop.deps, who);
    expect(await keepPlan(shop.deps, who)).toEqual(NOTED);
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: false });
    shop.simulator.faults.clear();
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: false, next: null });
  });

  it("stands before an upgrade, which is charged only after it was undone", async () => {
    const who = await shop.makeSubscriber("starter");
    breaks("/v1/subscriptions/*");
    await cancelPlan(shop.deps, who);
    shop.simulator.faults.clear();
    const request = { requestId: newId(), shownCents: 49_900n, paymentMethodId: null };
    const upgrade = () =>
      confirmUpgrade(shop.deps, { ...who, ...request, plan: "premium", interval: "month" });
    expect(await upgrade()).toEqual({ ok: false, error: { code: "change_scheduled" } });
    await keepPlan(shop.deps, who);
    expect(await upgrade()).toMatchObject({ ok: true, value: { status: "paid" } });
  });

  it("refused by Stripe says so, and what was chosen before counts again", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    const { id } = await shop.subscriptionOf(who);
    const scheduleChange = async () => {
      await shop.stripe.subscriptions.update(id, { cancel_at_period_end: false });
      return { kind: "refused", code: "schedule_not_running" } as const;
    };
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, scheduleChange } };
    expect(await scheduleDowngrade(deps, { ...who, ...STARTER })).toEqual({
      ok: false,
      error: { code: "provider_unavailable" },
    });
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "cancel" } });
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
  });

  it("refused only when it is asked for again brings back what counted before, too", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    breaks("/v1/subscription_schedules*");
    await down(who); // The cancellation is undone by now.
    shop.simulator.faults.clear();
    const refuse = async () => ({ kind: "refused", code: "schedule_not_running" }) as const;
    await shop.passes(2 * MINUTE);
    await sweepPlans({ ...shop.deps, plans: { ...shop.deps.plans, scheduleChange: refuse } });
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "cancel" } });
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
  });

  it("waits while the plan is not on sale at Stripe, and is not forgotten", async () => {
    const who = await shop.makeSubscriber("premium");
    breaks("/v1/subscription_schedules*");
    await down(who);
    shop.simulator.faults.clear();
    const none = async () => ({ kind: "answered", value: [] }) as const;
    await shop.passes(2 * MINUTE);
    await sweepPlans({ ...shop.deps, plans: { ...shop.deps.plans, listPlanPrices: none } });
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "change" }, next: null });
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, next: "starter" });
  });

  it("is not undone by a call for an earlier choice that was slow", async () => {
    const who = await shop.makeSubscriber();
    await cancelPlan(shop.deps, who);
    const slow = answerLater(undefined, () => undefined);
    const setCancelAtPeriodEnd = async (id: string, cancel: boolean) => {
      await slow.ask();
      return shop.deps.plans.setCancelAtPeriodEnd(id, cancel);
    };
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, setCancelAtPeriodEnd } };
    const keeping = keepPlan(deps, who);
    await slow.asked;
    // In a second tab, or on a page that was open all the while.
    expect(await cancelPlan(shop.deps, who)).toEqual(NOTED);
    await sweepPlans(shop.deps);
    slow.release();
    await keeping;
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
    expect((await shop.subscriptionOf(who)).cancel_at_period_end).toBe(true);
  });

  it("left by whoever was asking when they died is the sweep's, once their turn is over", async () => {
    const who = await shop.makeSubscriber();
    const died = new Error("the process is gone");
    const setCancelAtPeriodEnd = () => Promise.reject(died);
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, setCancelAtPeriodEnd } };
    await expect(cancelPlan(deps, who)).rejects.toThrow(died);
    await sweepLater();
    expect(await viewOf(who)).toMatchObject({ pendingChange: { kind: "cancel" }, ends: false });
    await shop.passes(10 * MINUTE);
    await sweepPlans(shop.deps);
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
  });

  it("only after the period had ended is told to the operator, who alone can give money back", async () => {
    const who = await shop.makeSubscriber();
    const { renewsAt } = await viewOf(who);
    await shop.clock.moveTo(new Date(renewsAt.getTime() - MINUTE));
    breaks("/v1/subscriptions/*");
    await cancelPlan(shop.deps, who);
    await shop.passes(2 * HOUR);
    shop.simulator.faults.clear();
    const told: unknown[] = [];
    const log = { ...shop.deps.log, error: (what: object) => void told.push(what) };
    await sweepPlans({ ...shop.deps, log });
    const details = { confirmed: false };
    expect(told).toMatchObject([{ accountId: who.accountId, reason: "renewed_after_cancel", details }]);
    expect(await viewOf(who)).toMatchObject({ pendingChange: null, ends: true });
  });

  it("is over with the subscription", async () => {
    const who = await shop.makeSubscriber();
    breaks("/v1/subscriptions/*");
    await cancelPlan(shop.deps, who);
    shop.simulator.faults.clear();
    const { id } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.cancel(id);
    await sweepLater();
    const [row] = await shop.db
      .select()
      .from(subscriptions)
      .where(and(eq(subscriptions.accountId, who.accountId), eq(subscriptions.id, id)));
    expect(row).toMatchObject({ status: "canceled", pendingChange: null, pendingSince: null });
  });
});
