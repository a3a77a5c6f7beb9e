import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, paymentMethods } from "../../../db/schema";
import { changingAt } from "../../../dev/testing/changing";
import { openPlanShop, TYPED } from "../../../dev/testing/plans";
import { makeDefaultCard } from "./default";
import { removeCard } from "./remove";
import { syncPaymentMethods } from "./sync";

const shop = openPlanShop();
const { addCard } = changingAt(shop);

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
    const who = await shop.makeSubscriber();
    const customer = await shop.customerOf(who);
    const [shown] = (await shop.stripe.subscriptions.list({ customer })).data;
    const price = shown?.items.data[0]?.price.id ?? "";
    const first = String(shown?.default_payment_method);
    const make = () =>
      shop.stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: first });
    const [other, ended] = [await make(), await make()];
    await shop.sync(who);
    await shop.stripe.subscriptions.cancel(ended.id);
    const second = await addCard(who, "pm_card_mastercard");
    expect(await makeDefaultCard(shop.deps, { ...who, paymentMethodId: second })).toEqual({ ok: true });
    for (const id of [shown?.id ?? "", other.id])
      expect((await shop.stripe.subscriptions.retrieve(id)).default_payment_method).toBe(second);
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
