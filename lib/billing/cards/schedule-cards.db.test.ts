import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { accounts } from "../../../db/schema";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { keepPlan, scheduleDowngrade } from "../subscriptions/change";
import { cancelPlanPayment } from "../subscriptions/settle-payment";
import { sweepPlans } from "../subscriptions/sweep";
import { confirmUpgrade } from "../subscriptions/upgrade";
import { makeDefaultCard } from "./default";
import { removeCard } from "./remove";
import { syncPaymentMethods } from "./sync";

/** A card is the subscription's, the customer's and the schedule's: on entering a phase Stripe takes the schedule's. */
const shop = openPlanShop();
const operator = makeOperator(shop);

const toStarter = (who: Subscriber) =>
  scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" });
const addCard = async (who: Subscriber, token: string) => {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(token, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  return id;
};
const choose = (who: Subscriber, paymentMethodId: string) =>
  makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId });
const scheduledCard = async (who: Subscriber) => {
  const { schedule } = await shop.subscriptionOf(who);
  const { default_settings } = await shop.stripe.subscriptionSchedules.retrieve(String(schedule));
  return default_settings.default_payment_method;
};
const chargedTo = async (who: Subscriber) => {
  const { data } = await shop.stripe.charges.list({ customer: await shop.customerOf(who) });
  return data[0]?.payment_method_details?.card?.brand;
};
const adopting = async (who: Subscriber) => {
  const [row] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
  return row?.adoptingCardId;
};
/** Everything that changes a schedule goes unanswered, and is not done. */
const silence = () =>
  shop.simulator.faults.add({
    kind: "drop_before",
    match: { method: "POST", pathPattern: "/v1/subscription_schedules/*" },
    times: 50,
  });

it("charges what was scheduled to the card that was chosen since", async () => {
  const who = await shop.makeSubscriber("premium");
  await shop.passes(5 * DAY);
  await toStarter(who);
  const card = await addCard(who, "pm_card_mastercard");
  expect(await choose(who, card)).toMatchObject({ ok: true });
  expect(await adopting(who)).toBeNull();
  await operator.passPeriod(who);
  expect((await shop.subscriptionOf(who)).default_payment_method).toBe(card);
  expect(await chargedTo(who)).toBe("mastercard");
});

it("asks again for the schedule's card where its answer was lost, though the subscription has it", async () => {
  const who = await shop.makeSubscriber("premium");
  await toStarter(who);
  const card = await addCard(who, "pm_card_mastercard");
  silence();
  expect(await choose(who, card)).toMatchObject({ ok: false, error: { code: "provider_unavailable" } });
  shop.simulator.faults.clear();
  expect((await shop.subscriptionOf(who)).default_payment_method).toBe(card);
  expect(await scheduledCard(who)).not.toBe(card);
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  expect(await scheduledCard(who)).toBe(card);
  expect(await adopting(who)).toBeNull();
  await operator.passPeriod(who);
  expect(await chargedTo(who)).toBe("mastercard");
});

it("gives up a card that Stripe refuses, and never one that was chosen after it", async () => {
  const who = await shop.makeSubscriber("premium");
  await toStarter(who);
  const [first, second] = [await addCard(who, "pm_card_mastercard"), await addCard(who, "pm_card_amex")];
  silence();
  await choose(who, first);
  await choose(who, second);
  shop.simulator.faults.clear();
  await shop.stripe.paymentMethods.detach(first);
  expect(await choose(who, first)).toMatchObject({ ok: false });
  expect(await adopting(who)).toBeNull();
  expect(await choose(who, second)).toMatchObject({ ok: true });
  expect(await scheduledCard(who)).toBe(second);
});

it("takes a card from the schedule before it is removed, though the subscription has another", async () => {
  const who = await shop.makeSubscriber("premium");
  const { default_payment_method: first } = await shop.subscriptionOf(who);
  await toStarter(who);
  const card = await addCard(who, "pm_card_mastercard");
  const { id, schedule } = await shop.subscriptionOf(who);
  // As an operator may leave it: the schedule has a card that nothing else has.
  await shop.stripe.subscriptionSchedules.update(String(schedule), {
    default_settings: { default_payment_method: card },
  });
  await shop.stripe.subscriptions.update(id, { default_payment_method: String(first) });
  expect(await removeCard(shop.deps, { accountId: who.accountId, paymentMethodId: card })).toMatchObject({
    ok: true,
  });
  expect(await scheduledCard(who)).toBe(first);
  await operator.passPeriod(who);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "active" });
});

it("leaves the card alone that an upgrade is being paid with, and asks again once that is over", async () => {
  const who = await shop.makeSubscriber("starter");
  const card = await addCard(who, "pm_card_mastercard");
  const asking = await addCard(who, "pm_card_authenticationRequired");
  shop.simulator.faults.add({
    kind: "drop_before",
    match: { method: "POST", pathPattern: "/v1/customers/*" },
    times: 50,
  });
  expect(await choose(who, card)).toMatchObject({ ok: false });
  shop.simulator.faults.clear();
  const upgrade = () =>
    confirmUpgrade(shop.deps, {
      ...who,
      ...{ plan: "premium", interval: "month", shownCents: 49_900n },
      requestId: newId(),
      paymentMethodId: asking,
    });
  // It may still be on its way to Stripe.
  expect(await upgrade()).toMatchObject({ ok: false, error: { code: "payment_in_progress" } });
  await shop.passes(2 * MINUTE);
  const begun = await upgrade();
  if (!begun.ok) throw new Error(begun.error.code);
  expect(begun.value.status).toBe("requires_action");
  await sweepPlans(shop.deps);
  expect((await shop.subscriptionOf(who)).default_payment_method).toBe(asking);
  await cancelPlanPayment(shop.deps, { accountId: who.accountId, paymentId: begun.value.paymentId });
  expect((await shop.subscriptionOf(who)).default_payment_method).toBe(card);
  await shop.passes(2 * MINUTE);
  await sweepPlans(shop.deps);
  expect(await adopting(who)).toBeNull();
  const { invoice_settings } = (await shop.stripe.customers.retrieve(await shop.customerOf(who))) as {
    invoice_settings: { default_payment_method: string };
  };
  expect(invoice_settings.default_payment_method).toBe(card);
});

it("takes back what was chosen and keeps the card that was", async () => {
  const who = await shop.makeSubscriber("premium");
  await toStarter(who);
  const card = await addCard(who, "pm_card_mastercard");
  await choose(who, card);
  expect(await keepPlan(shop.deps, who)).toMatchObject({ ok: true });
  await operator.passPeriod(who);
  expect(await chargedTo(who)).toBe("mastercard");
});
