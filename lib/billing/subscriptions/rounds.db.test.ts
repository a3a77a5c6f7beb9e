import { beforeEach, expect, it } from "vitest";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { roundsOf } from "../../../dev/testing/rounds";
import { newId } from "../../ids";
import { createStripePlanGateway } from "../../stripe/plan-gateway";
import { syncPaymentMethods } from "../cards/sync";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./change";
import { payOpenInvoice } from "./pay-invoice";
import { startSubscribe } from "./subscribe";
import { confirmUpgrade, previewUpgrade } from "./upgrade";

// Somebody waits for these with a button pressed, and each call takes Stripe 300 to 800 ms: so few one after the other.

const shop = openPlanShop();
/** As in a process that has asked Stripe for nothing yet, not even for its prices. */
const forgetPrices = () => Object.assign(shop.deps, { plans: createStripePlanGateway(shop.stripe) });
beforeEach(forgetPrices);

const MONTHLY = { interval: "month" } as const;
const succeeds = async <T extends { readonly ok: boolean }>(step: Promise<T>): Promise<T> => {
  const done = await step;
  expect(done).toMatchObject({ ok: true });
  return done;
};

const subscribe = (who: Subscriber, plan: string) =>
  succeeds(startSubscribe(shop.deps, { ...who, ...MONTHLY, plan, returnPath: "/back", cancelPath: "/back" }));
const upgrade = (who: Subscriber, paymentMethodId: string | null = null) =>
  succeeds(
    confirmUpgrade(shop.deps, {
      ...who,
      ...MONTHLY,
      plan: "premium",
      requestId: newId(),
      shownCents: 49_900n,
      paymentMethodId,
    }),
  );
const downgrade = (who: Subscriber) =>
  succeeds(scheduleDowngrade(shop.deps, { ...who, ...MONTHLY, plan: "starter" }));

async function addCard(who: Subscriber, card: string): Promise<string> {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  return id;
}

it("a first subscription is at most four rounds from the button to Checkout, and so is another choice", async () => {
  const who = await shop.makeFree();
  const first = await roundsOf(shop, () => subscribe(who, "starter"));
  expect(first.length, JSON.stringify(first)).toBeLessThanOrEqual(4);
  expect(first.at(-1)).toEqual(["POST /checkout/sessions"]);
  const other = await roundsOf(shop, () => subscribe(who, "premium"));
  expect(other.length, JSON.stringify(other)).toBeLessThanOrEqual(4);
});

it("an upgrade is at most four rounds, whether its page was shown just now or not, and with another card", async () => {
  const [plain, reviewed, other] = [
    await shop.makeSubscriber(),
    await shop.makeSubscriber(),
    await shop.makeSubscriber(),
  ];
  forgetPrices();
  const cold = await roundsOf(shop, () => upgrade(plain));
  expect(cold.length, JSON.stringify(cold)).toBeLessThanOrEqual(4);
  const review = { ...reviewed, ...MONTHLY, plan: "premium" };
  await succeeds(previewUpgrade(shop.deps, review));
  const warm = await roundsOf(shop, () => upgrade(reviewed));
  expect(warm.length, JSON.stringify(warm)).toBeLessThanOrEqual(3);
  const cardId = await addCard(other, "pm_card_mastercard");
  const withCard = await roundsOf(shop, () => upgrade(other, cardId));
  expect(withCard.length, JSON.stringify(withCard)).toBeLessThanOrEqual(4);
  expect((await shop.subscriptionOf(other)).default_payment_method).toBe(cardId);
});

it("what is chosen for the period's end is at most four rounds, and so is taking it back", async () => {
  const who = await shop.makeSubscriber("premium");
  await shop.passes(5 * DAY);
  forgetPrices();
  for (const [what, choose] of [
    ["a downgrade", downgrade],
    ["the same again", downgrade],
    ["keeping the plan", (one: Subscriber) => succeeds(keepPlan(shop.deps, one))],
    ["a cancellation", (one: Subscriber) => succeeds(cancelPlan(shop.deps, one))],
    ["keeping it again", (one: Subscriber) => succeeds(keepPlan(shop.deps, one))],
  ] as const) {
    const rounds = await roundsOf(shop, () => choose(who));
    expect(rounds.length, `${what}: ${JSON.stringify(rounds)}`).toBeLessThanOrEqual(4);
  }
});

it("an unpaid renewal is paid in at most five rounds", async () => {
  const who = await shop.makeSubscriber();
  const { id } = await shop.subscriptionOf(who);
  await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
  await shop.passes(31 * DAY);
  await shop.sync(who);
  const cardId = await addCard(who, "pm_card_visa");
  const rounds = await roundsOf(shop, () =>
    succeeds(payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: cardId })),
  );
  expect(rounds.length, JSON.stringify(rounds)).toBeLessThanOrEqual(5);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", frozen: 0n });
});
