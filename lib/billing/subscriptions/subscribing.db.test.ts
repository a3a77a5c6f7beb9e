import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, checkouts, stripeEvents, subscriptions } from "../../../db/schema";
import { openPlanShop, payOnPage, TYPED } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { handleEvent } from "../handle-event";
import { placeOrder } from "../orders/place";
import { finishSubscribe, startSubscribe } from "./subscribe";
import { sweepPlans } from "./sweep";

const shop = openPlanShop();

const start = (who: { accountId: string; userId: string }, plan = "starter", interval = "month") =>
  startSubscribe(shop.deps, {
    ...who,
    plan,
    interval,
    returnPath: "/settings/billing/plans/return",
    cancelPath: "/settings/billing/plans",
  });

const live = async (accountId: string) => {
  const customer = await shop.customerOf({ accountId, userId: "", email: "" });
  const all = await shop.stripe.subscriptions.list({ customer, status: "all" });
  return all.data.filter((each) => each.status === "active");
};

describe("subscribing", () => {
  it("gives the whole allowance at once, saves the card it was paid with, and lets credits be bought", async () => {
    const who = await shop.makeFree();
    const before = await placeOrder(shop.deps, {
      ...who,
      requestId: newId(),
      choice: { kind: "bundle", bundleId: "usd100" },
    });
    expect(before).toMatchObject({ ok: false, error: { code: "plan_required" } });
    await shop.subscribe(who, "starter");
    const state = await shop.stateOf(who);
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
    const subscription = await shop.subscriptionOf(who);
    const item = subscription.items.data[0];
    expect(state).toMatchObject({ plan: "starter", planStatus: "active", remaining: 25_000_000n });
    // To the second what Stripe says.
    expect(account?.periodStart.getTime()).toBe((item?.current_period_start ?? 0) * 1_000);
    expect(account?.periodEnd.getTime()).toBe((item?.current_period_end ?? 0) * 1_000);
    expect(account?.defaultPaymentMethodId).toBe(subscription.default_payment_method);
    const after = await placeOrder(shop.deps, {
      ...who,
      requestId: newId(),
      choice: { kind: "bundle", bundleId: "usd100" },
    });
    expect(after.ok).toBe(true);
  });

  it("goes through the bank where it asks", async () => {
    const who = await shop.makeSubscriber("premium", { number: TYPED.asksBank });
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: 41_000_000n });
  });

  it("makes one customer, one visit to Checkout and one subscription, however often it is clicked", async () => {
    const who = await shop.makeFree();
    const started = await Promise.all(Array.from({ length: 6 }, () => start(who)));
    const urls = new Set(started.map((each) => (each.ok ? each.value.url : each.error.code)));
    expect(urls.size).toBe(1);
    const customers = await shop.stripe.customers.list({ email: who.email });
    expect(customers.data).toHaveLength(1);
    const [url = ""] = urls;
    const sessionId = await payOnPage(url);
    const back = await Promise.all(
      Array.from({ length: 6 }, () => finishSubscribe(shop.deps, { ...who, sessionId })),
    );
    expect(back.every((each) => each.ok && each.value.status === "subscribed")).toBe(true);
    expect(await live(who.accountId)).toHaveLength(1);
    expect((await shop.stateOf(who)).remaining).toBe(25_000_000n);
    expect(await start(who)).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
  });

  it("with another choice ends the earlier visit at Stripe first: two tabs cannot both be paid", async () => {
    const who = await shop.makeFree();
    const first = await start(who, "starter");
    const second = await start(who, "premium");
    if (!first.ok || !second.ok) throw new Error("both visits begin");
    await expect(payOnPage(first.value.url)).rejects.toThrow();
    await finishSubscribe(shop.deps, { ...who, sessionId: await payOnPage(second.value.url) });
    expect(await live(who.accountId)).toHaveLength(1);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium" });
  });

  it("that was paid in another tab meanwhile is found out before a second is begun", async () => {
    const who = await shop.makeFree();
    const first = await start(who, "starter");
    if (!first.ok) throw new Error("the visit begins");
    await payOnPage(first.value.url); // And nobody comes back from it.
    expect(await start(who, "premium")).toMatchObject({ ok: false, error: { code: "already_subscribed" } });
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 25_000_000n });
  });

  it("nobody came back from, with every event lost, is found by the sweep", async () => {
    const who = await shop.makeFree();
    const started = await start(who);
    if (!started.ok) throw new Error("the visit begins");
    await payOnPage(started.value.url);
    expect((await shop.stateOf(who)).plan).toBe("free");
    await shop.passes(6 * 60_000);
    await sweepPlans(shop.deps);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: 25_000_000n });
    const [checkout] = await shop.db
      .select()
      .from(checkouts)
      .where(and(eq(checkouts.accountId, who.accountId)));
    expect(checkout?.status).toBe("complete");
  });

  it("is told of by events alone, in any number", async () => {
    const who = await shop.makeFree();
    const started = await start(who);
    if (!started.ok) throw new Error("the visit begins");
    await payOnPage(started.value.url);
    const events = (await shop.stripe.events.list({ limit: 100 })).data.filter((each) =>
      ["checkout.session.completed", "customer.subscription.created", "invoice.paid"].includes(each.type),
    );
    const customer = await shop.customerOf(who);
    const own = events.filter((each) => (each.data.object as { customer?: string }).customer === customer);
    expect(own.length).toBeGreaterThanOrEqual(3);
    for (const event of own) {
      await shop.db.insert(stripeEvents).values({
        id: event.id,
        type: event.type,
        payload: event,
        createdAt: new Date(event.created * 1_000),
      });
    }
    await Promise.all([...own, ...own].map((each) => handleEvent(shop.deps, each.id)));
    expect((await getBalance(shop.db, who.accountId)).remaining).toBe(25_000_000n);
    const rows = await shop.db.select().from(subscriptions).where(eq(subscriptions.accountId, who.accountId));
    expect(rows).toHaveLength(1);
  });

  it("with an answer of Stripe's lost on the way is the same visit when asked again", async () => {
    const who = await shop.makeFree();
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/checkout/sessions" },
      times: 2, // The SDK tries a closed connection once more by itself.
    });
    expect(await start(who)).toMatchObject({ ok: false, error: { code: "provider_unavailable" } });
    const again = await start(who);
    expect(again.ok).toBe(true);
    const sessions = await shop.stripe.checkout.sessions.list({ customer: await shop.customerOf(who) });
    expect(sessions.data).toHaveLength(1);
  });

  it("I18: that Stripe goes on answering with an error is over within its hour, and can begin anew", async () => {
    const who = await shop.makeFree();
    shop.simulator.faults.add({
      kind: "fail_after",
      match: { method: "POST", pathPattern: "/v1/checkout/sessions" },
      times: 1, // Kept with its key: whoever asks again is answered the same.
    });
    const refused = { ok: false, error: { code: "provider_unavailable" } };
    expect(await start(who)).toMatchObject(refused);
    await shop.passes(50 * 60_000);
    await sweepPlans(shop.deps);
    expect(await start(who)).toMatchObject(refused);
    await shop.passes(15 * 60_000);
    await sweepPlans(shop.deps);
    const own = eq(checkouts.accountId, who.accountId);
    expect(await shop.db.select({ status: checkouts.status }).from(checkouts).where(own)).toEqual([
      { status: "expired" },
    ]);
    expect((await start(who)).ok).toBe(true);
  });

  it("I18: an event of an earlier visit waits for none that Stripe goes on answering with an error", async () => {
    const who = await shop.makeFree();
    expect((await start(who)).ok).toBe(true);
    const customer = await shop.customerOf(who);
    const [first] = (await shop.stripe.checkout.sessions.list({ customer })).data;
    await shop.stripe.checkout.sessions.expire(first?.id ?? "");
    await shop.passes(10 * 60_000);
    await sweepPlans(shop.deps);
    shop.simulator.faults.add({
      kind: "fail_after",
      match: { method: "POST", pathPattern: "/v1/checkout/sessions" },
      times: 1,
    });
    expect((await start(who)).ok).toBe(false);
    const expired = (
      await shop.stripe.events.list({ type: "checkout.session.expired", limit: 100 })
    ).data.find((each) => (each.data.object as { id?: string }).id === first?.id);
    if (!expired) throw new Error("Stripe tells of it");
    const at = { createdAt: new Date(expired.created * 1_000) };
    await shop.db
      .insert(stripeEvents)
      .values({ id: expired.id, type: expired.type, payload: expired, ...at })
      .onConflictDoNothing();
    await handleEvent(shop.deps, expired.id);
    const [row] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, expired.id));
    expect(row?.handledAt).not.toBeNull();
  });

  it.each([
    ["nothing", "month"],
    ["free", "month"],
    ["custom", "month"],
    ["__proto__", "month"],
    ["starter", "week"],
  ])("to %s by the %s is refused, changing nothing", async (plan, interval) => {
    const who = await shop.makeFree();
    expect(await start(who, plan, interval)).toEqual({ ok: false, error: { code: "unknown_plan" } });
  });

  it("back with another account's session, or one made up, gets nothing", async () => {
    const [who, other] = [await shop.makeFree(), await shop.makeFree()];
    const sessionId = await shop.subscribe(who);
    for (const id of [sessionId, "cs_test_made_up"]) {
      expect(await finishSubscribe(shop.deps, { ...other, sessionId: id })).toEqual({
        ok: false,
        error: { code: "unknown_session" },
      });
    }
    expect((await shop.stateOf(other)).plan).toBe("free");
  });
});
