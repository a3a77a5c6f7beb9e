import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, attentionItems, paymentMethods, subscriptions } from "../../../db/schema";
import { changingAt } from "../../../dev/testing/changing";
import { MINUTE, openPlanShop, type Subscriber, TYPED } from "../../../dev/testing/plans";
import type { BillingDeps } from "../deps";
import { lookAgain } from "../subscriptions/look-again";
import { sweepPlans } from "../subscriptions/sweep";
import { makeDefaultCard } from "./default";
import { removeCard } from "./remove";
import { syncPaymentMethods } from "./sync";

const shop = openPlanShop();
const { addCard } = changingAt(shop);

/** A subscriber, and how an operator makes another subscription to the same plan with the same card. */
async function withASecond() {
  const who = await shop.makeSubscriber();
  const customer = await shop.customerOf(who);
  const shown = await shop.subscriptionOf(who);
  const price = shown.items.data[0]?.price.id ?? "";
  const first = String(shown.default_payment_method);
  // A while later: of two made in one second either may be the one that is shown.
  const make = async () => {
    await shop.passes(MINUTE);
    const { id } = await shop.stripe.subscriptions.create({
      ...{ customer, items: [{ price }], default_payment_method: first },
    });
    return id;
  };
  const cardOf = async (id: string) => {
    const [row] = await shop.db.select().from(subscriptions).where(eq(subscriptions.id, id));
    return { card: row?.paymentMethodId, status: row?.status };
  };
  return { who, shown: shown.id, first, make, cardOf };
}

/** Stripe refuses whatever is asked of a subscription's card, as it does while another process has it locked. */
function refusing(subscription: string): BillingDeps {
  const { plans } = shop.deps;
  const setSubscriptionCard: typeof plans.setSubscriptionCard = async (id, card) =>
    id === subscription ? { kind: "refused", code: "resource_locked" } : plans.setSubscriptionCard(id, card);
  return { ...shop.deps, plans: { ...plans, setSubscriptionCard } };
}

const refusals = ({ accountId }: Subscriber) =>
  shop.db
    .select({ id: attentionItems.objectId, state: attentionItems.state, details: attentionItems.details })
    .from(attentionItems)
    .where(
      and(eq(attentionItems.accountId, accountId), eq(attentionItems.reason, "subscription_card_refused")),
    );

describe("saved cards", () => {
  it("follow what is chosen, for credits and for renewals; the last one of a subscription stays", async () => {
    const who = await shop.makeSubscriber();
    const first = String((await shop.subscriptionOf(who)).default_payment_method);
    expect(await removeCard(shop.deps, { ...who, paymentMethodId: first })).toEqual({
      ok: false,
      error: { code: "last_card" },
    });
    const second = await addCard(who, "pm_card_mastercard");
    await makeDefaultCard(shop.deps, { ...who, paymentMethodId: second });
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(second);
    const removals = await Promise.all(
      [first, second].map((paymentMethodId) => removeCard(shop.deps, { ...who, paymentMethodId })),
    );
    expect(removals.filter((each) => each.ok)).toHaveLength(1);
    const left = await shop.stripe.paymentMethods.list({ customer: await shop.customerOf(who) });
    expect(left.data).toHaveLength(1);
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
    expect(account?.defaultPaymentMethodId).toBe(left.data[0]?.id);
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(left.data[0]?.id);
  });

  it("pay for each subscription that goes on, also for a second one that an operator made", async () => {
    const { who, shown, first, make, cardOf } = await withASecond();
    const [other, ended] = [await make(), await make()];
    await shop.sync(who);
    await shop.stripe.subscriptions.cancel(ended);
    const second = await addCard(who, "pm_card_mastercard");
    expect(await makeDefaultCard(shop.deps, { ...who, paymentMethodId: second })).toEqual({ ok: true });
    for (const id of [shown, other]) {
      expect((await shop.stripe.subscriptions.retrieve(id)).default_payment_method).toBe(second);
      expect(await cardOf(id)).toEqual({ card: second, status: "active" });
    }
    // Stripe refused it, as it had ended: nobody is told, and nothing is said of it that is not so.
    expect(await cardOf(ended)).toEqual({ card: first, status: "canceled" });
    expect(await refusals(who)).toEqual([]);
  });

  it("are not said to pay for a second subscription that refused them: an operator is told, and it is asked again", async () => {
    const { who, shown, first, make, cardOf } = await withASecond();
    const other = await make();
    await shop.sync(who);
    const second = await addCard(who, "pm_card_mastercard");
    const deps = refusing(other);
    expect(await makeDefaultCard(deps, { ...who, paymentMethodId: second })).toEqual({ ok: true });
    expect([await cardOf(shown), await cardOf(other)]).toMatchObject([{ card: second }, { card: first }]);
    const told = { id: other, details: { card: second, code: "resource_locked" } };
    expect(await refusals(who)).toEqual([{ ...told, state: "open" }]);
    await lookAgain(deps, who);
    expect(await refusals(who)).toEqual([{ ...told, state: "open" }]);
    await lookAgain(shop.deps, who);
    expect((await shop.stripe.subscriptions.retrieve(other)).default_payment_method).toBe(second);
    expect(await cardOf(other)).toMatchObject({ card: second });
    expect(await refusals(who)).toEqual([{ ...told, state: "resolved" }]);
  });

  it("that a second subscription refused are nobody's matter any more once it has ended", async () => {
    const { who, make } = await withASecond();
    const other = await make();
    await shop.sync(who);
    const paymentMethodId = await addCard(who, "pm_card_mastercard");
    await makeDefaultCard(refusing(other), { ...who, paymentMethodId });
    await shop.stripe.subscriptions.cancel(other);
    await lookAgain(shop.deps, who);
    expect(await refusals(who)).toMatchObject([{ id: other, state: "resolved" }]);
  });

  it("that nobody heard a second subscription take are asked for again", async () => {
    const { who, first, make, cardOf } = await withASecond();
    const other = await make();
    await shop.sync(who);
    const second = await addCard(who, "pm_card_mastercard");
    const match = { method: "POST", pathPattern: `/v1/subscriptions/${other}` };
    shop.simulator.faults.add({ kind: "drop_before", match, times: "forever" });
    expect(await makeDefaultCard(shop.deps, { ...who, paymentMethodId: second })).toMatchObject({
      ok: false,
    });
    expect(await cardOf(other)).toMatchObject({ card: first });
    shop.simulator.faults.clear();
    await shop.passes(2 * MINUTE);
    await sweepPlans(shop.deps);
    expect((await shop.stripe.subscriptions.retrieve(other)).default_payment_method).toBe(second);
    expect(await cardOf(other)).toMatchObject({ card: second });
  });

  it("of other accounts cannot be chosen or removed", async () => {
    const [who, other] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    const card = String((await shop.subscriptionOf(who)).default_payment_method);
    const ref = { accountId: other.accountId, paymentMethodId: card };
    expect(await makeDefaultCard(shop.deps, ref)).toEqual({ ok: false, error: { code: "unknown_card" } });
    expect(await removeCard(shop.deps, ref)).toEqual({ ok: false, error: { code: "unknown_card" } });
  });

  it("kept up to date by the card networks are followed", async () => {
    const who = await shop.makeSubscriber("starter", { number: TYPED.visa });
    const card = String((await shop.subscriptionOf(who)).default_payment_method);
    await fetch(`${shop.simulator.url}/_sim/payment_methods/${card}/update_automatically`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ exp_month: 7, exp_year: 2051 }),
    });
    await syncPaymentMethods(shop.deps, {
      accountId: who.accountId,
      customerId: await shop.customerOf(who),
    });
    const rows = await shop.db
      .select()
      .from(paymentMethods)
      .where(eq(paymentMethods.accountId, who.accountId));
    expect(rows).toMatchObject([{ expMonth: 7, expYear: 2051 }]);
  });
});
