import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { attentionItems } from "../../../db/schema";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./change";

const shop = openPlanShop();

const itemsOf = ({ accountId }: Subscriber) =>
  shop.db
    .select({ reason: attentionItems.reason, state: attentionItems.state, details: attentionItems.details })
    .from(attentionItems)
    .where(eq(attentionItems.accountId, accountId));

/** With this said at Stripe, and no event heard of it until a month later. */
async function renews(who: Subscriber, change: { readonly cancel_at_period_end?: boolean } = {}) {
  const { id } = await shop.subscriptionOf(who);
  if (change.cancel_at_period_end !== undefined) await shop.stripe.subscriptions.update(id, change);
  await shop.passes(32 * DAY);
  await shop.sync(who);
  return id;
}

describe("a renewal after a cancellation", () => {
  it("that Stripe had confirmed is told, until what it charged is credited", async () => {
    const who = await shop.makeSubscriber();
    expect((await cancelPlan(shop.deps, who)).ok).toBe(true);
    await shop.sync(who);
    const id = await renews(who, { cancel_at_period_end: false });
    const renewed = { reason: "renewed_after_cancel", state: "open", details: { confirmed: true } };
    expect(await itemsOf(who)).toMatchObject([renewed]);
    await shop.sync(who);
    expect(await itemsOf(who)).toMatchObject([renewed]);
    const [invoice] = (await shop.stripe.invoices.list({ subscription: id })).data;
    expect(invoice).toMatchObject({ status: "paid", billing_reason: "subscription_cycle" });
    const amount = invoice?.total ?? 0;
    await shop.stripe.creditNotes.create({ invoice: invoice?.id ?? "", amount, out_of_band_amount: amount });
    await shop.sync(who);
    expect((await itemsOf(who)).find(({ reason }) => reason === "renewed_after_cancel")).toMatchObject({
      state: "resolved",
    });
  });

  it("that the customer had chosen in time and Stripe had not confirmed is told as well", async () => {
    const who = await shop.makeSubscriber();
    const { faults } = shop.simulator;
    faults.add({ kind: "fail_before", match: { method: "POST", pathPattern: "/v1/subscriptions/*" } });
    await cancelPlan(shop.deps, who);
    const lower = await shop.makeSubscriber("premium");
    faults.add({
      kind: "fail_before",
      match: { method: "POST", pathPattern: "/v1/subscription_schedules*" },
    });
    await scheduleDowngrade(shop.deps, { ...lower, plan: "starter", interval: "month" });
    await shop.passes(32 * DAY);
    faults.clear();
    for (const each of [who, lower]) {
      await shop.sync(each);
      expect(await itemsOf(each)).toMatchObject([
        { reason: "renewed_after_cancel", state: "open", details: { confirmed: false } },
      ]);
    }
  });

  it("is none where what follows is what was chosen", async () => {
    const who = await shop.makeSubscriber("premium");
    expect((await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).ok).toBe(
      true,
    );
    await shop.passes(32 * DAY);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "starter" });
    expect(await itemsOf(who)).toEqual([]);
  });

  it("is silent where the customer took it back, or Stripe was heard of before the period ended", async () => {
    const [kept, seen] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    for (const who of [kept, seen]) {
      expect((await cancelPlan(shop.deps, who)).ok).toBe(true);
      await shop.sync(who);
    }
    expect((await keepPlan(shop.deps, kept)).ok).toBe(true);
    await shop.stripe.subscriptions.update((await shop.subscriptionOf(seen)).id, {
      cancel_at_period_end: false,
    });
    await shop.sync(seen);
    await shop.passes(32 * DAY);
    for (const who of [kept, seen]) {
      await shop.sync(who);
      expect(await shop.stateOf(who)).toMatchObject({ plan: "starter" });
      expect(await itemsOf(who)).toEqual([]);
    }
  });

  it("is none where the plan ended as it was to", async () => {
    const who = await shop.makeSubscriber();
    await cancelPlan(shop.deps, who);
    await renews(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "free" });
    expect(await itemsOf(who)).toEqual([]);
  });
});
