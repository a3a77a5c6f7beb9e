import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { getAccountView } from "../account-view";
import { ensureCustomer } from "../cards/customer";
import { placeOrder } from "../orders/place";
import { cancelPlan, scheduleDowngrade } from "./change";
import { payOpenInvoice } from "./pay-invoice";
import { startSubscribe } from "./subscribe";
import { previewUpgrade } from "./upgrade";

/** What the pages are told of an account in each state that an operator, a bank or time brings a subscription into. */
const shop = openPlanShop({ afterLastRetry: "unpaid" });
const operator = makeOperator(shop);
const STARTER = 24_000_000n;
/** Stripe's instants are whole seconds. */
const later = (ms: number) => new Date(Math.floor((shop.clock.now().getTime() + ms) / 1000) * 1000);
/** So long from now, within what a test takes. */
const about = (ms: number) => ({
  asymmetricMatch: (at: Date) => Math.abs(at.getTime() - later(ms).getTime()) < 60_000,
});

const viewOf = async (who: Subscriber) => {
  await shop.stateOf(who);
  return getAccountView(shop.db, who.accountId);
};
const subscribeTo = (who: Subscriber, plan = "premium") =>
  startSubscribe(shop.deps, { ...who, plan, interval: "month", returnPath: "/a", cancelPath: "/b" });
const upgradeTo = (who: Subscriber, plan = "premium") =>
  previewUpgrade(shop.deps, { accountId: who.accountId, plan, interval: "month" });
const downgradeTo = (who: Subscriber, plan = "starter") =>
  scheduleDowngrade(shop.deps, { accountId: who.accountId, plan, interval: "month" });
const buy = (who: Subscriber) =>
  placeOrder(shop.deps, {
    accountId: who.accountId,
    userId: who.userId,
    requestId: newId(),
    choice: { kind: "bundle", bundleId: "usd100" },
  });
const pay = (who: Subscriber) =>
  payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
const code = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? "ok" : result.error?.code);
/** An account that an operator subscribes to something in the dashboard. */
const subscribed = async (
  more: object,
  { card = "pm_card_visa" as "pm_card_visa" | null, plan = "premium" } = {},
) => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  if (card) await operator.replaceCard(who, card);
  const price = await operator.priceOf(plan as "premium");
  await shop.stripe.subscriptions.create({ customer, items: [{ price }], ...more });
  await shop.sync(who);
  return who;
};
const failRenewal = async (who: Subscriber) => {
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await operator.passPeriod(who);
};
/** A phase at another interval that keeps its anchor: Stripe makes no invoice for it (a sandbox; stripe.md, schedules). */
async function yearThatIsNotInvoiced(who: Subscriber): Promise<void> {
  const { id } = await shop.subscriptionOf(who);
  const schedule = await shop.stripe.subscriptionSchedules.create({ from_subscription: id });
  const [running] = schedule.phases;
  await shop.stripe.subscriptionSchedules.update(schedule.id, {
    proration_behavior: "none",
    phases: [
      {
        items: [{ price: await operator.priceOf("starter") }],
        start_date: running?.start_date ?? 0,
        end_date: running?.end_date ?? 0,
      },
      {
        items: [{ price: await operator.priceOf("starter", "year") }],
        duration: { interval: "year", interval_count: 1 },
        proration_behavior: "none",
      },
    ],
  });
  await shop.sync(who);
}
const newestInvoice = async (who: Subscriber) =>
  (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data[0]?.id ?? "";

describe("what is said of a subscription that does not just run", () => {
  it("trialing: until when, no add-on credits, no other plan, and it can be canceled", async () => {
    const who = await subscribed({ trial_period_days: 14 });
    const view = await viewOf(who);
    expect(view).toMatchObject({
      plan: { id: "premium" },
      standing: { kind: "trialing", until: about(14 * DAY) },
      mayNotBuy: "plan_not_active",
    });
    expect(code(await buy(who))).toBe("plan_not_active");
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
    expect(code(await upgradeTo(who))).toBe("trialing");
    expect(code(await downgradeTo(who))).toBe("trialing");
    expect(code(await cancelPlan(shop.deps, who))).toBe("ok");
    const { cancelAt, renewsAt } = (await viewOf(who)).subscription ?? {};
    expect(cancelAt).toEqual(renewsAt);
  });

  it("paused since a trial ended without a card: not Free, no other plan, nothing to cancel", async () => {
    const who = await subscribed(
      { trial_period_days: 14, trial_settings: { end_behavior: { missing_payment_method: "pause" } } },
      { card: null },
    );
    expect((await viewOf(who)).cards).toEqual([]);
    await shop.passes(15 * DAY);
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({
      plan: { id: "premium" },
      standing: { kind: "trial_over" },
      mayNotBuy: "plan_not_active",
    });
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
    expect(code(await upgradeTo(who))).toBe("trial_over");
    expect(code(await downgradeTo(who))).toBe("trial_over");
    expect(code(await cancelPlan(shop.deps, who))).toBe("trial_over");
  });

  it("collection paused: what is paid for goes on, and nothing is changed by a button but its end", async () => {
    const who = await shop.makeSubscriber("premium");
    const { id } = await shop.subscriptionOf(who);
    const resumesAt = later(60 * DAY);
    await shop.stripe.subscriptions.update(id, {
      pause_collection: { behavior: "keep_as_draft", resumes_at: resumesAt.getTime() / 1000 },
    });
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({
      standing: { kind: "collection_paused", resumesAt },
      planStatus: "active",
      mayNotBuy: null,
    });
    expect(code(await upgradeTo(who))).toBe("collection_paused");
    expect(code(await downgradeTo(who))).toBe("collection_paused");
    await operator.passPeriod(who);
    expect(await viewOf(who)).toMatchObject({
      standing: { kind: "collection_paused" },
      planStatus: "paused",
      mayNotBuy: "plan_not_active",
    });
    expect(code(await buy(who))).toBe("plan_not_active");
  });

  it("a period that no invoice was made for: being set up, since when, and no second subscription", async () => {
    const who = await shop.makeSubscriber("starter");
    await yearThatIsNotInvoiced(who);
    await operator.passPeriod(who);
    // Its first month is given ahead, as at every boundary that follows what was paid.
    expect(await viewOf(who)).toMatchObject({ standing: null, planStatus: "active", mayNotBuy: null });
    await shop.passes(31 * DAY);
    await shop.sync(who);
    const view = await viewOf(who);
    expect(view).toMatchObject({
      plan: { id: "starter" },
      standing: { kind: "not_invoiced", since: view.period.start },
      mayNotBuy: "plan_not_active",
    });
    expect(code(await upgradeTo(who))).toBe("being_set_up");
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
  });

  it("a price that was never known: nobody's Free, no plan to choose, none to change", async () => {
    const who = await shop.makeFree();
    const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
    await operator.replaceCard(who, "pm_card_visa");
    const product = await shop.stripe.products.create({
      name: "Custom for ACME",
      metadata: { refill_plan: "custom", refill_credits: "100,000,000" },
    });
    const price = await operator.makePrice(product.id, 500_000);
    await shop.stripe.subscriptions.create({ customer, items: [{ price }] });
    operator.forgetPrices();
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({ subscription: null, standing: { kind: "unknown" } });
    expect((await viewOf(who)).mayNotBuy).toBe("plan_not_active");
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
    expect(code(await upgradeTo(who))).toBe("being_set_up");
    expect(code(await downgradeTo(who))).toBe("being_set_up");
    expect(code(await cancelPlan(shop.deps, who))).toBe("being_set_up");
  });

  it("a price that cannot be read any more: the plan as known, and no amount of another currency as dollars", async () => {
    const who = await shop.makeSubscriber("starter");
    const euros = await operator.makePrice("refill_starter", 27_900, { currency: "eur" });
    const odd = await shop.stripe.products.create({ name: "Starter, 20% off for ACME" });
    await operator.changePrice(who, await operator.makePrice(odd.id, 23_900), { proration_behavior: "none" });
    operator.forgetPrices();
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({
      plan: { id: "starter" },
      standing: { kind: "unreadable" },
      subscription: { priceCents: 23_900n, creditsPerCycle: STARTER },
      mayNotBuy: null,
    });
    expect(code(await upgradeTo(who))).toBe("being_set_up");
    expect(euros).toBeTruthy();
  });
});

describe("what is said of invoices that are not paid", () => {
  it("unpaid: the newest draft is shown, finalized and paid, and the plan runs again", async () => {
    const who = await shop.makeSubscriber("starter");
    await failRenewal(who);
    await shop.passes(20 * DAY);
    await operator.passPeriod(who);
    expect((await shop.subscriptionOf(who)).status).toBe("unpaid");
    const view = await viewOf(who);
    expect(view).toMatchObject({ standing: { kind: "unpaid" }, mayNotBuy: "past_due" });
    const newest = await shop.stripe.invoices.retrieve(await newestInvoice(who));
    expect(newest.status).toBe("draft");
    expect(view.openInvoice).toMatchObject({ id: newest.id, number: null, dueCents: 29_900n });
    expect(view.olderInvoices).toMatchObject([{ dueCents: 29_900n, wasTried: true }]);
    expect(code(await upgradeTo(who))).toBe("past_due");
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
    await operator.replaceCard(who, "pm_card_visa");
    expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect((await shop.stripe.invoices.retrieve(newest.id ?? "")).status).toBe("paid");
    const after = await viewOf(who);
    expect(after).toMatchObject({ standing: null, planStatus: "active", mayNotBuy: null });
    // The older one is still to be paid, beside a plan that runs.
    expect(after.openInvoice).toMatchObject({ dueCents: 29_900n });
    expect(after.openInvoice?.id).not.toBe(newest.id);
    expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect((await viewOf(who)).openInvoice).toBeNull();
  });

  it("incomplete: can be paid until 23 hours on, and is never a plan", async () => {
    const who = await subscribed({ payment_behavior: "default_incomplete" }, { plan: "starter" });
    const { openInvoice, ...view } = await viewOf(who);
    expect(view).toMatchObject({
      plan: { id: "free" },
      subscription: null,
      standing: null,
      unfinished: { plan: { id: "starter" }, until: about(23 * HOUR) },
      mayNotBuy: "plan_required",
    });
    expect(openInvoice).toMatchObject({ dueCents: 29_900n });
    expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await viewOf(who)).toMatchObject({ plan: { id: "starter" }, unfinished: null, openInvoice: null });
  });

  it("incomplete: chosen again, the first can never be paid beside the second", async () => {
    const who = await subscribed({ payment_behavior: "default_incomplete" }, { plan: "starter" });
    const first = await shop.subscriptionOf(who);
    expect(code(await subscribeTo(who))).toBe("ok");
    expect((await shop.stripe.subscriptions.retrieve(first.id)).status).toBe("incomplete_expired");
    expect(await viewOf(who)).toMatchObject({ unfinished: null, openInvoice: null });
  });

  it("incomplete, and paid in another tab: choosing again finds the plan there is", async () => {
    const who = await subscribed({ payment_behavior: "default_incomplete" }, { plan: "starter" });
    await shop.stripe.invoices.pay(await newestInvoice(who));
    expect(code(await subscribeTo(who))).toBe("already_subscribed");
    expect((await shop.subscriptionOf(who)).status).toBe("active");
  });

  it("sent by mail: to be paid here too, before it is due", async () => {
    const who = await subscribed(
      { collection_method: "send_invoice", days_until_due: 14 },
      { plan: "starter" },
    );
    await shop.passes(2 * HOUR);
    await shop.sync(who);
    const { openInvoice } = await viewOf(who);
    expect(openInvoice).toMatchObject({ dueCents: 29_900n, wasTried: false });
    expect(openInvoice?.payBy).toBeInstanceOf(Date);
    expect(await pay(who)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await viewOf(who)).toMatchObject({
      plan: { id: "starter" },
      planStatus: "active",
      openInvoice: null,
    });
  });

  it("voided: the running month's credits ended, and add-on credits can be bought all the same", async () => {
    const who = await shop.makeSubscriber("starter");
    await operator.passPeriod(who, HOUR / 2);
    await viewOf(who);
    await operator.replaceCard(who, "pm_card_chargeCustomerFail");
    await shop.passes(2 * HOUR);
    await shop.sync(who);
    expect(await viewOf(who)).toMatchObject({ voided: null, mayNotBuy: "past_due" });
    await shop.stripe.invoices.voidInvoice(await newestInvoice(who));
    await shop.sync(who);
    const view = await viewOf(who);
    expect(view).toMatchObject({
      voided: { plan: { id: "starter" }, period: view.period },
      standing: null,
      planStatus: "active",
      mayNotBuy: null,
      openInvoice: null,
    });
    expect(code(await buy(who))).toBe("ok");
  });
});

describe("what is said of a plan that an operator changed", () => {
  it("raised with prorations: since when, and what comes with the next invoice", async () => {
    const who = await shop.makeSubscriber("starter");
    await shop.passes(10 * DAY);
    await operator.changePrice(who, await operator.priceOf("premium"), {});
    await shop.sync(who);
    const { subscription, ...view } = await viewOf(who);
    expect(view).toMatchObject({ plan: { id: "premium" }, standing: null, mayNotBuy: null });
    expect(subscription?.raised?.since).toEqual(about(0));
    // 18 of 28 days of 16,000,000, by the second at which Stripe was asked.
    const { current_period_start: start, current_period_end: end } = (await shop.subscriptionOf(who)).items
      .data[0] as Stripe.SubscriptionItem;
    const left = end - (subscription?.raised?.since.getTime() ?? Number.NaN) / 1_000;
    expect([Math.round(left / 86_400), (end - start) / 86_400]).toEqual([18, 28]);
    expect(subscription?.raised?.credits).toBe((16_000_000n * BigInt(left)) / BigInt(end - start));
    expect(subscription?.billedAs).toBeNull();
  });

  it.each([
    ["lowered with prorations", {}],
    ["lowered without", { proration_behavior: "none" as const }],
  ])("%s: the running period is as it was billed, to its end", async (_, how) => {
    const who = await shop.makeSubscriber("premium");
    await shop.passes(10 * DAY);
    await operator.changePrice(who, await operator.priceOf("starter"), how);
    await shop.sync(who);
    const { subscription, ...view } = await viewOf(who);
    expect(view).toMatchObject({ plan: { id: "starter" }, mayNotBuy: null });
    expect(subscription).toMatchObject({
      raised: null,
      priceCents: 29_900n,
      billedAs: { plan: { id: "premium" }, pieceCents: 49_900n, creditsPerCycle: 40_000_000n },
    });
    await operator.passPeriod(who);
    expect((await viewOf(who)).subscription).toMatchObject({ billedAs: null, priceCents: 29_900n });
  });

  it("several of a plan: what one costs, what all cost, and what all give", async () => {
    const who = await shop.makeSubscriber("starter");
    const { id, items } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? "", quantity: 3 }],
      proration_behavior: "always_invoice",
    });
    await shop.sync(who);
    const view = await viewOf(who);
    expect(view.creditsPerCycle).toBe(3n * STARTER);
    expect(view.subscription).toMatchObject({
      quantity: 3,
      pieceCents: 29_900n,
      priceCents: 89_700n,
      billedAs: null,
      raised: null,
    });
  });
});

describe("what is said of a plan that is over", () => {
  it("canceled at its end: what expired with it", async () => {
    const who = await shop.makeSubscriber("starter");
    await shop.spend(who, 5_000_000n);
    expect(code(await cancelPlan(shop.deps, who))).toBe("ok");
    const end = (await viewOf(who)).period.end;
    // What is left of Free ends in the same second or the one before: on a slow machine some was spent of that.
    const { grants } = await getBalance(shop.db, who.accountId);
    const left = grants.find((each) => each.credits === STARTER)?.remaining;
    await operator.passPeriod(who);
    const { ended, ...view } = await viewOf(who);
    expect(view).toMatchObject({ plan: { id: "free" }, subscription: null, mayNotBuy: "plan_required" });
    expect(ended).toMatchObject({
      plan: { name: "Starter" },
      at: end,
      expired: left,
      revoked: 0n,
      left: null,
    });
  });

  it("canceled at once: what was paid for and stays", async () => {
    const who = await shop.makeSubscriber("starter");
    const { end } = (await viewOf(who)).period;
    await shop.passes(5 * DAY);
    await shop.stripe.subscriptions.cancel((await shop.subscriptionOf(who)).id);
    await shop.sync(who);
    expect((await viewOf(who)).ended).toMatchObject({
      at: about(0),
      expired: 0n,
      revoked: 0n,
      left: { credits: STARTER, until: end },
    });
    await shop.passes(40 * DAY);
    expect((await viewOf(who)).ended).toBeNull();
  });
});
