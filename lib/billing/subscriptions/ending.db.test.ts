import { describe, expect, it } from "vitest";
import { changingAt } from "../../../dev/testing/changing";
import { DAY, HOUR, MINUTE, openPlanShop } from "../../../dev/testing/plans";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./change";
import { openDueCycles } from "./sweep";

const shop = openPlanShop();
const { buy, grantOf, succeeded, endOf } = changingAt(shop);

describe("a downgrade", () => {
  it("comes at the end of the cycle, and until then nothing changes", async () => {
    const who = await shop.makeSubscriber("premium");
    await shop.passes(5 * DAY);
    await shop.spend(who, 3_000_000n);
    const before = await shop.stateOf(who);
    // Free's month, the plan's, less what was spent: a smaller plan takes nothing of it.
    expect(before.remaining).toBe(1_000_000n + 40_000_000n - 3_000_000n);
    const end = await endOf(who);
    expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(await shop.stateOf(who)).toEqual(before);
    await shop.clock.moveTo(new Date(end - 30 * MINUTE));
    await openDueCycles(shop.db, shop.deps.log);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: before.remaining });
    await shop.clock.moveTo(new Date(end + 5_000));
    expect((await shop.stateOf(who)).remaining).toBe(24_000_000n);
    await shop.clock.moveTo(new Date(end + 2 * HOUR));
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 24_000_000n });
    expect((await succeeded(who)).map((each) => each.amount).sort()).toEqual([29_900, 49_900]);
  });

  it("undone in the last hour renews what was there, with one allowance", async () => {
    const who = await shop.makeSubscriber("premium");
    const end = await endOf(who);
    await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" });
    await shop.clock.moveTo(new Date(end - 30 * MINUTE));
    await openDueCycles(shop.db, shop.deps.log);
    expect(await keepPlan(shop.deps, who)).toEqual({ ok: true, value: undefined });
    await shop.clock.moveTo(new Date(end + 5_000));
    expect((await shop.stateOf(who)).remaining).toBe(40_000_000n);
    await shop.clock.moveTo(new Date(end + 2 * HOUR));
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: 40_000_000n });
  });
});

describe("a cancellation", () => {
  it("is Free from the end of the cycle, to the second, and what was bought lives to its end", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(DAY);
    const end = await endOf(who);
    const bought = await buy(who);
    expect(await cancelPlan(shop.deps, who)).toEqual({ ok: true, value: undefined });
    await shop.clock.moveTo(new Date(end - 30 * MINUTE));
    await openDueCycles(shop.db, shop.deps.log);
    await shop.clock.moveTo(new Date(end - 20_000));
    // With what was left of the free month before.
    expect((await shop.stateOf(who)).remaining).toBe(24_000_000n + 8_000_000n + 1_000_000n);
    expect((await grantOf(who, bought.grantId)).expiresAt.getTime()).toBe(end);
    await shop.clock.moveTo(new Date(end + 5_000));
    expect((await shop.stateOf(who)).remaining).toBe(1_000_000n);
    await openDueCycles(shop.db, shop.deps.log);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "free", remaining: 1_000_000n });
    await shop.sync(who);
    const state = await shop.stateOf(who);
    expect(state).toMatchObject({ plan: "free", planStatus: "active", remaining: 1_000_000n });
    expect(state.period[0]).toBe(new Date(end).toISOString());
  });

  it("undone goes on as if nothing had been, and may be subscribed to again after it came", async () => {
    const who = await shop.makeSubscriber();
    const end = await endOf(who);
    await cancelPlan(shop.deps, who);
    await keepPlan(shop.deps, who);
    await shop.clock.moveTo(new Date(end + 2 * HOUR));
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 24_000_000n });
    await cancelPlan(shop.deps, who);
    const second = await endOf(who);
    await shop.clock.moveTo(new Date(second + HOUR));
    await shop.sync(who);
    expect((await shop.stateOf(who)).plan).toBe("free");
    await shop.subscribe(who, "premium");
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: 41_000_000n });
  });

  it("by an operator, at once, leaves what was paid for and begins Free at that moment", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(6 * DAY);
    await buy(who);
    await shop.stripe.subscriptions.cancel((await shop.subscriptionOf(who)).id);
    await shop.sync(who);
    const state = await shop.stateOf(who);
    expect(state.plan).toBe("free");
    // Of the subscription, bought, of the free month before it, and Free's own.
    expect(state.remaining).toBe(24_000_000n + 8_000_000n + 1_000_000n + 1_000_000n);
  });
});
