import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { invoices, planPayments } from "../../../db/schema";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { makeDefaultCard } from "../cards/default";
import { syncPaymentMethods } from "../cards/sync";
import { cancelPlanPayment } from "./settle-payment";
import { confirmUpgrade, previewUpgrade, type UpgradeOffer } from "./upgrade";

/** What an upgrade shows is what it charges and gives: of a year, of several pieces, and beside a draft. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const FREE = 1_000_000n;
const STARTER = 24_000_000n;
const PREMIUM = 40_000_000n;
const YEAR = { plan: "premium", interval: "year" } as const;
const MONTH = { plan: "premium", interval: "month" } as const;

type To = { readonly plan: string; readonly interval: "month" | "year" };

async function shown(who: Subscriber, to: To): Promise<UpgradeOffer> {
  const previewed = await previewUpgrade(shop.deps, { ...who, ...to });
  if (!previewed.ok) throw new Error(previewed.error.code);
  return previewed.value;
}
const confirm = (who: Subscriber, to: To, offer: UpgradeOffer, card: string | null = null) =>
  confirmUpgrade(shop.deps, {
    ...who,
    ...to,
    requestId: newId(),
    shownCents: offer.dueCents,
    shownCredits: offer.credits,
    shownAlsoDueCents: offer.alsoDueCents,
    paymentMethodId: card,
  });
const invoicesOf = async (who: Subscriber) => {
  const { data } = await shop.stripe.invoices.list({ customer: await shop.customerOf(who) });
  return data;
};
const addCard = async (who: Subscriber, token: string) => {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(token, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  return id;
};
const remaining = async (who: Subscriber) => (await shop.stateOf(who)).remaining;

it("upgrades a year to a higher one at once, with Stripe's credit for the time that is not used", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  await shop.passes(140 * DAY);
  await shop.sync(who);
  const before = await remaining(who);
  const offer = await shown(who, YEAR);
  // 225 of 365 days are credited; of the month that runs, what was given for the rest of it.
  expect(offer.priceCents).toBe(499_000n);
  expect(Number(offer.creditedCents) / 299_000).toBeCloseTo(225 / 365, 2);
  expect(offer.dueCents).toBe(offer.priceCents - offer.creditedCents);
  expect(offer.credits).toBeLessThan(PREMIUM);
  expect(offer.credits).toBeGreaterThan(PREMIUM - STARTER);
  expect(offer.creditsPerMonth).toBe(PREMIUM);
  const confirmed = await confirm(who, YEAR, offer);
  expect(confirmed).toMatchObject({ ok: true, value: { status: "paid" } });
  const [invoice] = await invoicesOf(who);
  expect(invoice).toMatchObject({ status: "paid", amount_paid: Number(offer.dueCents) });
  expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", planStatus: "active", owed: 0n });
  expect((await remaining(who)) - before).toBe(offer.credits);
  // The months of the year before that had not begun ended with the credit: one allowance a month from now on.
  for (let months = 0; months < 3; months += 1) {
    await shop.passes(31 * DAY);
    await shop.sync(who);
    expect(await remaining(who)).toBeLessThanOrEqual(PREMIUM);
  }
  expect(await remaining(who)).toBe(PREMIUM);
});

it("changes nothing of a year whose upgrade is declined, and bills nothing of it later", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  await shop.passes(40 * DAY);
  await shop.sync(who);
  const [state, subscription] = [await shop.stateOf(who), await shop.subscriptionOf(who)];
  const declining = await addCard(who, "pm_card_chargeCustomerFail");
  const confirmed = await confirm(who, YEAR, await shown(who, YEAR), declining);
  expect(confirmed).toMatchObject({ ok: true, value: { status: "declined" } });
  expect(await shop.stateOf(who)).toEqual(state);
  const after = await shop.subscriptionOf(who);
  expect(after.items.data[0]).toMatchObject({
    price: { id: subscription.items.data[0]?.price.id },
    current_period_end: subscription.items.data[0]?.current_period_end,
  });
  const customer = await shop.customerOf(who);
  expect((await shop.stripe.invoiceItems.list({ customer, pending: true })).data).toEqual([]);
  await shop.passes(31 * DAY);
  await shop.sync(who);
  expect(await remaining(who)).toBe(STARTER);
  const offer = await shown(who, YEAR);
  expect(await confirm(who, YEAR, offer)).toMatchObject({ ok: true, value: { status: "paid" } });
});

it("changes nothing of a year while the bank is asked, and nothing when that is given up", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  await shop.passes(10 * DAY);
  const asking = await addCard(who, "pm_card_authenticationRequired");
  const begun = await confirm(who, YEAR, await shown(who, YEAR), asking);
  if (!begun.ok) throw new Error(begun.error.code);
  expect(begun.value.status).toBe("requires_action");
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: FREE + STARTER });
  await cancelPlanPayment(shop.deps, { accountId: who.accountId, paymentId: begun.value.paymentId });
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", remaining: FREE + STARTER });
});

it("charges what was shown for the hour, shows it anew after that, and credits nothing but a year", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  await shop.passes(10 * DAY);
  const offer = await shown(who, YEAR);
  const at = shop.clock.now().getTime();
  await shop.passes(HOUR - (at % HOUR) - 1_000);
  expect((await shown(who, YEAR)).dueCents).toBe(offer.dueCents);
  await shop.passes(2 * HOUR);
  expect(await confirm(who, YEAR, offer)).toMatchObject({ ok: false, error: { code: "price_changed" } });
  expect(await confirm(who, YEAR, await shown(who, YEAR))).toMatchObject({ ok: true });
  const [payment] = await shop.db
    .select()
    .from(planPayments)
    .where(eq(planPayments.accountId, who.accountId));
  expect(payment?.prorationAt?.getTime()).toBe(Math.floor((payment?.createdAt.getTime() ?? 0) / HOUR) * HOUR);
  const other = await shop.makeSubscriber("starter");
  await shop.passes(10 * DAY);
  expect(await shown(other, MONTH)).toMatchObject({ creditedCents: 0n, dueCents: 49_900n, credits: PREMIUM });
});

it("does not upgrade a year to a month, nor to the same year", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  for (const to of [MONTH, { plan: "starter", interval: "year" } as const])
    expect(await previewUpgrade(shop.deps, { ...who, ...to })).toMatchObject({
      ok: false,
      error: { code: "not_an_upgrade" },
    });
});

it("shows, charges and gives as many pieces as an operator set", async () => {
  const who = await shop.makeSubscriber("starter");
  const { items, id } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, {
    items: [{ id: items.data[0]?.id ?? "", quantity: 3 }],
    proration_behavior: "none",
  });
  await shop.sync(who);
  const before = await remaining(who);
  const offer = await shown(who, YEAR);
  expect(offer).toMatchObject({ quantity: 3, dueCents: 1_497_000n, credits: 3n * PREMIUM });
  expect(await confirm(who, YEAR, offer)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect((await invoicesOf(who))[0]?.amount_paid).toBe(1_497_000);
  expect((await remaining(who)) - before).toBe(3n * PREMIUM);
});

it("says that the running period's draft is charged as well, and gives what both pay for", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.passPeriod(who, 10 * MINUTE);
  const offer = await shown(who, MONTH);
  expect(offer).toMatchObject({ dueCents: 49_900n, alsoDueCents: 29_900n });
  const unsaid = { ...offer, alsoDueCents: 0n as typeof offer.alsoDueCents };
  expect(await confirm(who, MONTH, unsaid)).toMatchObject({ ok: false, error: { code: "price_changed" } });
  expect(await confirm(who, MONTH, offer)).toMatchObject({ ok: true, value: { status: "paid" } });
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  const paid = (await invoicesOf(who)).filter(({ status }) => status === "paid");
  expect(paid.map(({ amount_paid }) => amount_paid).sort()).toEqual([29_900, 29_900, 49_900]);
  expect(await shop.stateOf(who)).toMatchObject({
    plan: "premium",
    owed: 0n,
    frozen: 0n,
    remaining: STARTER + PREMIUM,
  });
});

it("has the running period's open invoice paid first", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.passPeriod(who, 10 * MINUTE);
  const [draft] = await invoicesOf(who);
  await shop.stripe.invoices.finalizeInvoice(draft?.id ?? "", { auto_advance: false });
  await shop.sync(who);
  expect(await previewUpgrade(shop.deps, { ...who, ...MONTH })).toMatchObject({
    ok: false,
    error: { code: "invoice_open" },
  });
});

it("has a renewed year paid before it is upgraded, as unused time is credited whether it was paid or not", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  const upgradable = () => previewUpgrade(shop.deps, { ...who, ...YEAR });
  const first = { ok: false, error: { code: "invoice_open" } };
  const declining = await addCard(who, "pm_card_chargeCustomerFail");
  await makeDefaultCard(shop.deps, { ...who, paymentMethodId: declining });
  await operator.passPeriod(who, 10 * MINUTE);
  await shop.sync(who);
  // A draft nobody can pay yet: that is said, not that it is to be paid.
  expect(await upgradable()).toMatchObject({ ok: false, error: { code: "invoice_draft" } });
  await shop.passes(2 * HOUR);
  await shop.sync(who);
  expect(await upgradable()).toMatchObject({ ok: false });
  const [invoice] = await invoicesOf(who);
  await shop.stripe.invoices.markUncollectible(invoice?.id ?? "");
  await shop.sync(who);
  expect(await upgradable()).toMatchObject(first);
});

it("credits no time of a year that was void or brought to nothing, and gives what it shows", async () => {
  for (const how of ["void", "note"] as const) {
    const who = await shop.makeSubscriber("starter", { interval: "year" });
    const good = (await shop.subscriptionOf(who)).default_payment_method as string;
    const declining = await addCard(who, "pm_card_chargeCustomerFail");
    await makeDefaultCard(shop.deps, { ...who, paymentMethodId: declining });
    await operator.passPeriod(who, 2 * HOUR);
    const [invoice] = await invoicesOf(who);
    if (how === "void") await shop.stripe.invoices.voidInvoice(invoice?.id ?? "");
    else
      await shop.stripe.creditNotes.create({ invoice: invoice?.id ?? "", amount: invoice?.amount_remaining });
    await makeDefaultCard(shop.deps, { ...who, paymentMethodId: good });
    await shop.sync(who);
    const offer = await shown(who, YEAR);
    expect(offer, how).toMatchObject({ dueCents: 499_000n, creditedCents: 0n, credits: PREMIUM });
    expect(await confirm(who, YEAR, offer)).toMatchObject({ ok: true, value: { status: "paid" } });
    await shop.passes(31 * DAY);
    await shop.sync(who);
    expect(await remaining(who), how).toBe(PREMIUM);
  }
});

it("credits no time of a year that was paid when it was looked at, and is returned before it is charged", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  await shop.passes(10 * DAY);
  const offer = await shown(who, YEAR);
  const [invoice] = await invoicesOf(who);
  const deps = {
    ...shop.deps,
    plans: {
      ...shop.deps.plans,
      // Between the look and the lock.
      findBeforeUpgrade: async (id: string) => {
        await shop.db
          .update(invoices)
          .set({ status: "void" })
          .where(and(eq(invoices.accountId, who.accountId), eq(invoices.id, invoice?.id ?? "")));
        return shop.deps.plans.findBeforeUpgrade(id);
      },
    },
  };
  const confirmed = await confirmUpgrade(deps, {
    ...who,
    ...YEAR,
    requestId: newId(),
    shownCents: offer.dueCents,
    paymentMethodId: null,
  });
  expect(confirmed).toMatchObject({ ok: false, error: { code: "price_changed" } });
  expect(await invoicesOf(who)).toHaveLength(1);
});
