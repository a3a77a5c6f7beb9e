import { and, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, currentGrants, orders, planPayments } from "../../../db/schema";
import { changingAt, PREMIUM } from "../../../dev/testing/changing";
import { DAY, HOUR, MINUTE, openPlanShop } from "../../../dev/testing/plans";
import { fromPublicId, newId } from "../../ids";
import { adoptChosenCard, makeDefaultCard } from "../cards/default";
import { removeCard } from "../cards/remove";
import { scheduleDowngrade } from "./change";
import { cancelPlanPayment, settlePlanPayment } from "./settle-payment";
import { openDueCycles, sweepPlans } from "./sweep";
import { confirmUpgrade, previewUpgrade } from "./upgrade";

const shop = openPlanShop();
const { upgrade, buy, grantOf, addCard, succeeded, endOf } = changingAt(shop);

describe("an upgrade", () => {
  it("is shown before: the full price, the new cycle, what stays and what lives longer", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(10 * DAY);
    await shop.spend(who, 2_000_000n);
    const { expiresAt } = await buy(who);
    const offer = await previewUpgrade(shop.deps, { ...who, ...PREMIUM });
    if (!offer.ok) throw new Error(offer.error.code);
    expect(offer.value).toMatchObject({ dueCents: 49_900n, credits: 40_000_000n });
    expect(offer.value.from.id).toBe("starter");
    expect(offer.value.keeps?.credits).toBe(23_000_000n);
    expect(offer.value.addOns).toEqual({ credits: 8_000_000n, until: offer.value.period.end });
    expect(offer.value.period.end > expiresAt).toBe(true);
    expect(await succeeded(who)).toHaveLength(2); // The plan and the order; looking charges nothing.
  });

  it("takes effect now at the full new price, begins a cycle with the full allowance and takes nothing", async () => {
    const who = await shop.makeSubscriber();
    const oldEnd = await endOf(who);
    await shop.passes(10 * DAY);
    await shop.spend(who, 2_000_000n);
    const done = await upgrade(who);
    expect(done).toMatchObject({ ok: true, value: { status: "paid" } });
    const state = await shop.stateOf(who);
    expect(state).toMatchObject({ plan: "premium", remaining: 40_000_000n + 23_000_000n });
    expect(state.period[1]).toBe(new Date(await endOf(who)).toISOString());
    const grants = await shop.db
      .select()
      .from(currentGrants)
      .where(and(eq(currentGrants.accountId, who.accountId), eq(currentGrants.kind, "plan")));
    const old = grants.find((each) => each.credits === 24_000_000n);
    expect(old?.expiresAt.getTime()).toBe(oldEnd);
    // Spent first: what expires first.
    await shop.spend(who, 23_500_000n);
    expect((await shop.stateOf(who)).remaining).toBe(39_500_000n);
    const charges = await succeeded(who);
    expect(charges.map((each) => each.amount).sort()).toEqual([29_900, 49_900]);
  });

  it("never folds bought credits into the plan's, nor overwrites, removes or shortens them", async () => {
    // A sibling product added purchases to the plan's bucket, and a plan change then set that bucket anew.
    const who = await shop.makeSubscriber();
    await shop.passes(5 * DAY);
    const bought = await buy(who);
    await upgrade(who);
    const grant = await grantOf(who, bought.grantId);
    expect(grant).toMatchObject({ kind: "purchase", credits: 8_000_000n, remainingCredits: 8_000_000n });
    expect(grant.expiresAt.getTime()).toBe(await endOf(who));
    expect(grant.expiresAt > bought.expiresAt).toBe(true);
    const [order] = await shop.db.select().from(orders).where(eq(orders.id, bought.orderId));
    expect(order?.expiresAt).toEqual(grant.expiresAt);
    // Down again, and to the end of everything that was promised.
    await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" });
    await shop.clock.moveTo(new Date(grant.expiresAt.getTime() - MINUTE));
    await shop.sync(who);
    expect((await grantOf(who, bought.grantId)).remainingCredits).toBe(8_000_000n);
  });

  it("heard of only after the old cycle was over still gives bought credits their later end", async () => {
    const who = await shop.makeSubscriber();
    const oldEnd = await endOf(who);
    await shop.clock.moveTo(new Date(oldEnd - HOUR));
    await buy(who);
    const subscription = await shop.subscriptionOf(who);
    const premium = (await shop.stripe.prices.list({ lookup_keys: ["refill_premium_month"] })).data[0];
    await shop.stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? "", price: premium?.id ?? "" }],
      billing_cycle_anchor: { type: "now" },
      proration_behavior: "none",
    });
    await shop.clock.moveTo(new Date(oldEnd + HOUR));
    await openDueCycles(shop.db, shop.deps.log); // Opens provisionally, before Stripe said anything.
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", remaining: 48_000_000n });
  });

  it("clicked twice, from two tabs and two servers is one charge and one allowance", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(DAY);
    const requestId = newId();
    const done = await Promise.all([
      ...Array.from({ length: 4 }, () => upgrade(who, { requestId })),
      upgrade(who),
      upgrade(who),
    ]);
    expect(done.filter((each) => each.ok).length).toBeGreaterThanOrEqual(1);
    for (const each of done) {
      if (each.ok) continue;
      expect(["payment_in_progress", "not_an_upgrade"]).toContain(each.error.code);
    }
    await shop.sync(who);
    expect(await succeeded(who)).toHaveLength(2);
    expect((await shop.stateOf(who)).periods.filter((each) => each.startsWith("premium"))).toHaveLength(1);
  });

  it("declined leaves everything as it was: plan, cycle, credits, card, and nothing to be paid by accident", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(3 * DAY);
    const before = await shop.stateOf(who);
    const card = await addCard(who, "pm_card_chargeCustomerFail");
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
    const done = await upgrade(who, { card });
    expect(done).toMatchObject({ ok: true, value: { status: "declined" } });
    expect(await shop.stateOf(who)).toEqual(before);
    const subscription = await shop.subscriptionOf(who);
    expect(subscription.pending_update).toBeNull();
    expect(subscription.default_payment_method).toBe(account?.defaultPaymentMethodId);
    const open = await shop.stripe.invoices.list({ customer: await shop.customerOf(who), status: "open" });
    expect(open.data).toEqual([]);
    // And with another card it goes through.
    expect(await upgrade(who)).toMatchObject({ ok: true, value: { status: "paid" } });
  });

  it("goes to the bank where it asks: approved it is paid, failed or walked away from nothing has changed", async () => {
    for (const end of ["approve", "fail", "leave"] as const) {
      const who = await shop.makeSubscriber();
      await shop.passes(MINUTE);
      const before = await shop.stateOf(who);
      const { default_payment_method: renews } = await shop.subscriptionOf(who);
      const card = await addCard(who, "pm_card_authenticationRequired");
      const begun = await upgrade(who, { card });
      if (!begun.ok) throw new Error(begun.error.code);
      expect(begun.value.status).toBe("requires_action");
      const ref = { accountId: who.accountId, paymentId: begun.value.paymentId };
      if (end === "leave") {
        expect(await cancelPlanPayment(shop.deps, ref)).toMatchObject({
          ok: true,
          value: { status: "canceled" },
        });
      } else {
        const body = new URLSearchParams({ result: end });
        await fetch(begun.value.actionUrl ?? "", { method: "POST", body, redirect: "manual" });
        const settled = await settlePlanPayment(shop.deps, ref);
        expect(settled?.status).toBe(end === "approve" ? "paid" : "declined");
      }
      const after = await shop.stateOf(who);
      if (end === "approve") expect(after.plan).toBe("premium");
      else expect(after).toEqual(before);
      const subscription = await shop.subscriptionOf(who);
      expect(subscription.pending_update).toBeNull();
      expect(subscription.default_payment_method).toBe(end === "approve" ? card : renews);
    }
  });

  it("declined and cleaned up only later leaves the card alone that a later upgrade is being paid with", async () => {
    const who = await shop.makeSubscriber();
    const { default_payment_method: renews } = await shop.subscriptionOf(who);
    const declining = await addCard(who, "pm_card_chargeCustomerFail");
    const asking = await addCard(who, "pm_card_authenticationRequired");
    const silent = async () => ({ kind: "unknown", reason: "timeout", serverSaidNo: false }) as const;
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, setSubscriptionCard: silent } };
    const chosen = { ...who, ...PREMIUM, shownCents: 49_900n };
    await confirmUpgrade(deps, { ...chosen, requestId: newId(), paymentMethodId: declining });
    expect(await upgrade(who, { card: asking })).toEqual({
      ok: false,
      error: { code: "payment_in_progress" },
    });
    await shop.passes(2 * MINUTE);
    const later = await upgrade(who, { card: asking });
    if (!later.ok) throw new Error(later.error.code);
    expect(later.value.status).toBe("requires_action");
    await shop.passes(MINUTE);
    await sweepPlans(shop.deps);
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(asking);
    await cancelPlanPayment(shop.deps, { accountId: who.accountId, paymentId: later.value.paymentId });
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(renews);
  });

  it.each(["drop_after", "fail_after", "drop_before", "rate_limit"] as const)(
    "with %s at Stripe is one charge in the end, under the same key",
    async (kind) => {
      const who = await shop.makeSubscriber();
      await shop.passes(MINUTE);
      const { id } = await shop.subscriptionOf(who);
      shop.simulator.faults.add({
        kind,
        match: { method: "POST", pathPattern: `/v1/subscriptions/${id}` },
        times: 2,
      });
      await upgrade(who);
      shop.simulator.faults.clear();
      await shop.passes(2 * MINUTE);
      await sweepPlans(shop.deps);
      await shop.passes(2 * MINUTE);
      await sweepPlans(shop.deps);
      const [payment] = await shop.db
        .select()
        .from(planPayments)
        .where(eq(planPayments.accountId, who.accountId));
      const state = await shop.stateOf(who);
      expect(payment?.endedAt).not.toBeNull();
      expect(state.plan).toBe(payment?.status === "paid" ? "premium" : "starter");
      expect(await succeeded(who)).toHaveLength(payment?.status === "paid" ? 2 : 1);
    },
  );

  it("that never reached Stripe and that nobody asked about for a day ends, and stands in no other's way", async () => {
    const who = await shop.makeSubscriber();
    const { id } = await shop.subscriptionOf(who);
    const match = { method: "POST", pathPattern: `/v1/subscriptions/${id}` } as const;
    shop.simulator.faults.add({ kind: "drop_before", match, times: "forever" });
    expect(await upgrade(who)).toMatchObject({ ok: true, value: { status: "processing", unknown: true } });
    shop.simulator.faults.clear();
    await shop.passes(23 * HOUR);
    await sweepPlans(shop.deps);
    const [payment] = await shop.db
      .select()
      .from(planPayments)
      .where(eq(planPayments.accountId, who.accountId));
    expect(payment).toMatchObject({ status: "canceled", invoiceId: null, voidPending: false });
    expect((await shop.stateOf(who)).plan).toBe("starter");
    expect(await succeeded(who)).toHaveLength(1);
    expect(await upgrade(who)).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await succeeded(who)).toHaveLength(2);
  });

  it("at a price that was not shown, of a smaller plan, or of nobody's plan is refused", async () => {
    const who = await shop.makeSubscriber("premium");
    const free = await shop.makeFree();
    const starter = await shop.makeSubscriber();
    expect(await upgrade(free)).toMatchObject({ ok: false, error: { code: "no_subscription" } });
    expect(await upgrade(who)).toMatchObject({ ok: false, error: { code: "not_an_upgrade" } });
    const cheap = await confirmUpgrade(shop.deps, {
      ...starter,
      ...PREMIUM,
      requestId: newId(),
      shownCents: 1n,
      paymentMethodId: null,
    });
    expect(cheap).toMatchObject({ ok: false, error: { code: "price_changed" } });
    const other = await upgrade(starter, { card: "pm_of_somebody_else" });
    expect(other).toMatchObject({ ok: false, error: { code: "unknown_card" } });
    expect((await shop.stateOf(starter)).plan).toBe("starter");
  });

  it("of another account cannot be looked at or canceled", async () => {
    const [who, other] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    const done = await upgrade(who);
    if (!done.ok) throw new Error(done.error.code);
    const { paymentId } = done.value;
    expect(fromPublicId("planPayment", paymentId)).not.toBeNull();
    expect(await settlePlanPayment(shop.deps, { accountId: other.accountId, paymentId })).toBeNull();
    expect(await cancelPlanPayment(shop.deps, { accountId: other.accountId, paymentId })).toEqual({
      ok: false,
      error: { code: "not_found" },
    });
  });
});

it("a declined upgrade's invoice that Stripe does not void yet stays to be voided, and no other upgrade begins", async () => {
  const who = await shop.makeSubscriber();
  const declining = await addCard(who, "pm_card_chargeCustomerFail");
  const voidInvoice = async () => ({ kind: "refused", code: "invoice_not_editable" }) as const;
  const deps = { ...shop.deps, plans: { ...shop.deps.plans, voidInvoice } };
  const request = { ...who, ...PREMIUM, shownCents: 49_900n };
  const declined = await confirmUpgrade(deps, {
    ...request,
    requestId: newId(),
    paymentMethodId: declining,
  });
  expect(declined).toMatchObject({ ok: true, value: { status: "declined" } });
  const pending = () =>
    shop.db
      .select({ invoiceId: planPayments.invoiceId, voidPending: planPayments.voidPending })
      .from(planPayments)
      .where(eq(planPayments.accountId, who.accountId));
  const [left] = await pending();
  expect(left?.voidPending).toBe(true);
  expect(await upgrade(who)).toMatchObject({ ok: false, error: { code: "payment_in_progress" } });
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  expect(await pending()).toMatchObject([{ voidPending: false }]);
  expect((await shop.stripe.invoices.retrieve(left?.invoiceId ?? "")).status).toBe("void");
});

describe("the card that an upgrade was confirmed with is charged, whatever happens to cards meanwhile (money: no other card is charged)", () => {
  const whileItIsCharged = (during: () => Promise<void>) => ({
    ...shop.deps,
    plans: {
      ...shop.deps.plans,
      upgrade: async (request: Parameters<typeof shop.deps.plans.upgrade>[0]) => {
        await during();
        return shop.deps.plans.upgrade(request);
      },
    },
  });
  const brands = async (customer: string) =>
    (await shop.stripe.charges.list({ customer })).data.map(
      (each) => each.payment_method_details?.card?.brand,
    );
  const asked = { ...PREMIUM, shownCents: 49_900n, paymentMethodId: null };

  it("another is made the default, or it is removed: only afterwards", async () => {
    const who = await shop.makeSubscriber();
    const visa = (await shop.subscriptionOf(who)).default_payment_method as string;
    const mastercard = await addCard(who, "pm_card_mastercard");
    const answers: object[] = [];
    const deps = whileItIsCharged(async () => {
      answers.push(await makeDefaultCard(shop.deps, { ...who, paymentMethodId: mastercard }));
      answers.push(await removeCard(shop.deps, { ...who, paymentMethodId: visa }));
    });
    const done = await confirmUpgrade(deps, { ...who, ...asked, requestId: newId() });
    expect(done).toMatchObject({ ok: true, value: { status: "paid" } });
    const refused = { ok: false, error: { code: "payment_in_progress" } };
    expect(answers).toEqual([refused, refused]);
    expect(await brands(await shop.customerOf(who))).toEqual(["visa", "visa"]);
    expect(await makeDefaultCard(shop.deps, { ...who, paymentMethodId: mastercard })).toMatchObject({
      ok: true,
    });
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(mastercard);
  });

  it("one that was just saved becomes the default once the upgrade is paid", async () => {
    const who = await shop.makeSubscriber();
    const customerId = await shop.customerOf(who);
    const saved = await addCard(who, "pm_card_mastercard");
    const chosen = { accountId: who.accountId, customerId, paymentMethodId: saved };
    const deps = whileItIsCharged(async () => {
      expect(await adoptChosenCard(shop.deps, chosen)).toMatchObject({ ok: true });
    });
    const done = await confirmUpgrade(deps, { ...who, ...asked, requestId: newId() });
    expect(done).toMatchObject({ ok: true, value: { status: "paid" } });
    expect(await brands(customerId)).toEqual(["visa", "visa"]);
    await shop.passes(2 * MINUTE);
    await sweepPlans(shop.deps);
    expect((await shop.subscriptionOf(who)).default_payment_method).toBe(saved);
  });

  it("none begins while a card is being removed, which may set the subscription's to another", async () => {
    const who = await shop.makeSubscriber();
    const visa = (await shop.subscriptionOf(who)).default_payment_method as string;
    const mastercard = await addCard(who, "pm_card_mastercard");
    let begun: object = {};
    const deps = {
      ...shop.deps,
      plans: {
        ...shop.deps.plans,
        removeCard: async (id: string) => {
          begun = await confirmUpgrade(shop.deps, { ...who, ...asked, requestId: newId() });
          return shop.deps.plans.removeCard(id);
        },
      },
    };
    expect(await removeCard(deps, { ...who, paymentMethodId: visa })).toMatchObject({ ok: true });
    expect(begun).toMatchObject({ ok: false, error: { code: "payment_in_progress" } });
    expect(
      await confirmUpgrade(shop.deps, {
        ...who,
        ...asked,
        requestId: newId(),
        paymentMethodId: mastercard,
      }),
    ).toMatchObject({ ok: true, value: { status: "paid" } });
  });
});
