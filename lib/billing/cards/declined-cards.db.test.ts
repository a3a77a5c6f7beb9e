import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { PAYMENTS_UNAVAILABLE_CODE } from "../gateway";
import { CHANGE_PLANNED } from "../plan-gateway";
import { payOpenInvoice } from "../subscriptions/pay-invoice";

const shop = openPlanShop();
const operator = makeOperator(shop);

const viewOf = (who: Subscriber) => getAccountView(shop.db, who.accountId);
const pay = (who: Subscriber, paymentMethodId: string | null = null) =>
  payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId });
/** The last digits of the cards that were declined when somebody here paid with them. */
const declinedHere = async (who: Subscriber) =>
  (await viewOf(who)).cards.filter(({ declined }) => declined).map(({ last4 }) => last4);

/** A renewal that Stripe charged by itself to a card that declines. */
async function failRenewal(): Promise<Subscriber> {
  const who = await shop.makeSubscriber();
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await shop.passes(32 * DAY);
  await shop.sync(who);
  return who;
}

it("a card of which nobody asked the bank is not declined, and hides no decline", async () => {
  const who = await failRenewal();
  expect(await pay(who)).toMatchObject({ value: { status: "declined" } });
  expect(await declinedHere(who)).toEqual(["0341"]);
  for (const code of [CHANGE_PLANNED, PAYMENTS_UNAVAILABLE_CODE]) {
    expect(await pay(who)).toMatchObject({ value: { status: "declined" } });
    const newest = shop.owner`select max(created_at) from plan_payments where account_id = ${who.accountId}`;
    await shop.owner`update plan_payments set decline_code = ${code} where account_id = ${who.accountId} and created_at = (${newest})`;
    expect(await declinedHere(who)).toEqual(["0341"]);
  }
  await shop.owner`update plan_payments set decline_code = ${CHANGE_PLANNED} where account_id = ${who.accountId}`;
  expect(await declinedHere(who)).toEqual([]);
});

it("a card that Stripe tried by itself is declined for the invoice, and one that became the default afterwards is not", async () => {
  const who = await failRenewal();
  const before = await viewOf(who);
  const tried = before.cards.find(({ paysRenewals }) => paysRenewals)?.id ?? "";
  expect(before.openInvoice).toMatchObject({ failureCode: "generic_decline", declinedCards: [tried] });
  const added = await operator.replaceCard(who, "pm_card_visa");
  await shop.sync(who);
  const { cards, openInvoice } = await viewOf(who);
  expect(cards.find(({ paysRenewals }) => paysRenewals)).toMatchObject({ id: added, declined: null });
  expect(openInvoice?.declinedCards).toEqual([tried]);
  // Another that is tried here: Stripe tells of the last one only.
  const another = await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  expect(await pay(who, another)).toMatchObject({ value: { status: "declined" } });
  expect((await viewOf(who)).openInvoice?.declinedCards).toEqual([tried, another]);
  expect(await pay(who, added)).toMatchObject({ value: { status: "paid" } });
  expect((await viewOf(who)).openInvoice).toBeNull();
});
