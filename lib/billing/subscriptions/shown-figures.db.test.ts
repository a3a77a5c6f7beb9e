import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { deliverAll } from "../../../dev/testing/outbox";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { ensureCustomer } from "../cards/customer";
import { syncPaymentMethods } from "../cards/sync";
import { cancelPlan, scheduleDowngrade } from "./change";
import { listOffers } from "./offers";
import { payOpenInvoice } from "./pay-invoice";
import { findPlanPayment, listInvoices } from "./queries";
import { previewUpgrade } from "./upgrade";
import { asFollowing, chargedNext, listedNext } from "./view";

/** What pages and mails say of a plan beforehand is what Stripe does then. */
const shop = openPlanShop();
const operator = makeOperator(shop);
const STARTER = 24_000_000n;

const viewOf = async ({ accountId }: Subscriber) => (await getAccountView(shop.db, accountId)).subscription;
const itemOf = async (who: Subscriber) => (await shop.subscriptionOf(who)).items.data[0];
const textsOf = async (who: Subscriber, kind: string) =>
  (await deliverAll(shop.db, who)).filter((each) => each.kind === kind).map(({ text }) => text);

it("says that a renewed year ends a year later, while Stripe has not told of it yet", async () => {
  const who = await shop.makeSubscriber("starter", { interval: "year" });
  const end = new Date(((await itemOf(who))?.current_period_end ?? 0) * 1000);
  await shop.clock.moveTo(new Date(end.getTime() + 5_000));
  await shop.stateOf(who);
  const before = await viewOf(who);
  await shop.sync(who);
  expect(before?.renewsAt).toEqual((await viewOf(who))?.renewsAt);
  expect(before?.renewsAt.getUTCFullYear()).toBe(end.getUTCFullYear() + 1);
});

it("says of a smaller plan what as many of it cost and give as there are of the plan", async () => {
  const who = await shop.makeSubscriber("premium");
  const item = await itemOf(who);
  await shop.stripe.subscriptions.update((await shop.subscriptionOf(who)).id, {
    items: [{ id: item?.id ?? "", quantity: 3 }],
    proration_behavior: "none",
  });
  await operator.passPeriod(who);
  const [before, offer] = [
    await viewOf(who),
    listOffers().find((each) => each.plan.id === "starter" && each.interval === "month"),
  ];
  if (!before || !offer) throw new Error("there is a plan, and a smaller one");
  const shown = asFollowing(offer, before);
  expect(shown).toEqual({ priceCents: 89_700n, creditsPerCycle: 3n * STARTER });
  expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).toEqual({
    ok: true,
  });
  expect((await viewOf(who))?.next).toMatchObject({ quantity: 3, ...shown });
  await operator.passPeriod(who);
  const [charge] = await shop.charges(await shop.customerOf(who));
  expect(charge?.amount).toBe(89_700);
});

it("mails of what follows what as many cost as there are of the plan, whatever comes before it", async () => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  const { id: card } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  const seat = await operator.makePrice((await shop.stripe.products.create({ name: "Seats" })).id, 1_000);
  await shop.stripe.subscriptions.create({
    customer,
    items: [{ price: seat, quantity: 4 }, { price: await operator.priceOf("premium") }],
    default_payment_method: card,
  });
  await shop.sync(who);
  expect(await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" })).toEqual({
    ok: true,
  });
  const [text] = await textsOf(who, "plan_change_planned");
  expect(text).toContain("$299.00 a month");
  expect(text).toContain("24,000,000");
});

it("promises to take back no cancellation that an operator made", async () => {
  const [who, other] = [await shop.makeSubscriber("starter"), await shop.makeSubscriber("starter")];
  await shop.stripe.subscriptions.update((await shop.subscriptionOf(who)).id, { cancel_at_period_end: true });
  await shop.sync(who);
  const [byOperator] = await textsOf(who, "plan_cancel_planned");
  expect(byOperator).toContain("please contact us before then");
  expect(byOperator).not.toContain("change your mind");
  await cancelPlan(shop.deps, other);
  expect((await textsOf(other, "plan_cancel_planned"))[0]).toContain("you can change your mind");
});

it("offers no upgrade to who is sent invoices, as Stripe lets none of theirs wait for its payment", async () => {
  const who = await shop.makeSubscriber("starter");
  const { id, items } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, { collection_method: "send_invoice", days_until_due: 14 });
  await shop.sync(who);
  await expect(
    shop.stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? "", price: await operator.priceOf("premium") }],
      payment_behavior: "pending_if_incomplete",
    }),
  ).rejects.toMatchObject({ statusCode: 400, param: "payment_behavior" });
  const premium = { plan: "premium", interval: "month" };
  expect(await previewUpgrade(shop.deps, { ...who, ...premium })).toEqual({
    ok: false,
    error: { code: "paid_by_invoice" },
  });
  expect(await viewOf(who)).toMatchObject({ sendsInvoice: true });
});

it("calls no amount that an operator took off a credit for unused time", async () => {
  const who = await shop.makeSubscriber("starter");
  const customer = await shop.customerOf(who);
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.invoiceItems.create({ customer, subscription: id, amount: -5_000, currency: "usd" });
  await shop.passes(10 * DAY);
  const shown = await previewUpgrade(shop.deps, { ...who, plan: "premium", interval: "month" });
  expect(shown).toMatchObject({
    ok: true,
    value: { priceCents: 49_900n, creditedCents: 0n, dueCents: 44_900n },
  });
});

it("says of an invoice in another currency what it charged in that, and in no mail in dollars", async () => {
  const who = await shop.makeFree();
  const customer = (await ensureCustomer(shop.deps, who.accountId)) ?? "";
  const { id: card } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  const price = await operator.makePrice("refill_starter", 27_900, { currency: "eur" });
  await shop.stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: card });
  await shop.sync(who);
  const [text] = await textsOf(who, "plan_paid");
  expect(text).toContain("€279.00");
  expect(text).not.toContain("$");
  const { invoices } = await listInvoices(shop.db, who.accountId, null);
  expect(invoices).toMatchObject([{ currency: "eur", totalCents: 27_900n }]);
});

it("promises no amount to be charged while Stripe keeps something of the customer in money, and says how much", async () => {
  const who = await shop.makeSubscriber("starter");
  const customerId = await shop.customerOf(who);
  const hear = () => syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  const shown = async () => {
    const view = await viewOf(who);
    return view && [chargedNext(view), listedNext(view), view.balanceCents];
  };
  expect(await shown()).toEqual([29_900n, 29_900n, 0n]);
  await shop.stripe.customers.createBalanceTransaction(customerId, { amount: -5_000, currency: "usd" });
  await hear();
  expect(await shown()).toEqual([null, 29_900n, -5_000n]);
  await operator.passPeriod(who, 2 * HOUR);
  expect((await shop.charges(customerId))[0]?.amount).toBe(24_900);
  await hear();
  await shop.sync(who);
  expect(await shown()).toEqual([29_900n, 29_900n, 0n]);
});

it("says of no card that it pays for renewals which are sent by mail", async () => {
  const who = await shop.makeSubscriber("starter");
  const uses = async () =>
    (await getAccountView(shop.db, who.accountId)).cards.map((each) => each.paysRenewals);
  expect(await uses()).toEqual([true]);
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.subscriptions.update(id, { collection_method: "send_invoice", days_until_due: 14 });
  await shop.sync(who);
  expect(await uses()).toEqual([false]);
});

it("says of a payment for an amount that an operator typed that it brings no month of the plan", async () => {
  const who = await shop.makeSubscriber("starter");
  const customer = await shop.customerOf(who);
  const { id } = await shop.subscriptionOf(who);
  await shop.stripe.invoiceItems.create({ customer, subscription: id, amount: 5_000, currency: "usd" });
  const made = await shop.stripe.invoices.create({
    ...{ customer, subscription: id, auto_advance: false },
    pending_invoice_items_behavior: "include",
  });
  await shop.stripe.invoices.finalizeInvoice(made.id, { auto_advance: false });
  await shop.sync(who);
  const paid = await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
  if (!paid.ok) throw new Error(paid.error.code);
  expect(await findPlanPayment(shop.db, who.accountId, paid.value.paymentId)).toMatchObject({
    status: "paid",
    amountCents: 5_000n,
    credits: 0n,
  });
});
