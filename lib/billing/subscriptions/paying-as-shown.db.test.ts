import { expect, it } from "vitest";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { syncPaymentMethods } from "../cards/sync";
import { payOpenInvoice } from "./pay-invoice";
import { cancelPlanPayment } from "./settle-payment";

/** What is charged is what the form showed, and what is not paid goes on being asked for. */
const shop = openPlanShop({ afterLastRetry: "unpaid" });
const operator = makeOperator(shop);
const STARTER = 24_000_000n;

async function makeLate(after = 2 * HOUR): Promise<Subscriber> {
  const who = await shop.makeSubscriber("starter");
  await operator.replaceCard(who, "pm_card_chargeCustomerFail");
  await operator.passPeriod(who, after);
  return who;
}

async function shownTo({ accountId }: Subscriber) {
  const { openInvoice } = await getAccountView(shop.db, accountId);
  return openInvoice && { invoiceId: openInvoice.id, cents: openInvoice.dueCents as bigint };
}

const pay = async (who: Subscriber, shown: Awaited<ReturnType<typeof shownTo>>, requestId = newId()) =>
  payOpenInvoice(shop.deps, { ...who, requestId, paymentMethodId: null, shown: shown ?? undefined });
const succeeded = async (who: Subscriber) =>
  (await shop.charges(await shop.customerOf(who))).filter(({ status }) => status === "succeeded").length;

it("charges no other amount than was shown", async () => {
  const who = await makeLate();
  const shown = await shownTo(who);
  expect(shown?.cents).toBe(29_900n);
  await operator.replaceCard(who, "pm_card_visa");
  await shop.stripe.creditNotes.create({ invoice: shown?.invoiceId ?? "", amount: 10_000 });
  const charged = await succeeded(who);
  expect(await pay(who, shown)).toEqual({ ok: false, error: { code: "invoice_changed" } });
  expect(await succeeded(who)).toBe(charged);
  const requestId = newId();
  expect(await pay(who, await shownTo(who), requestId)).toMatchObject({
    ok: true,
    value: { status: "paid" },
  });
  // Sent once more it is that payment, whatever is shown by then.
  expect(await pay(who, shown, requestId)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await succeeded(who)).toBe(charged + 1);
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER });
});

it("charges no newer invoice than was shown", async () => {
  const who = await makeLate(20 * DAY);
  const shown = await shownTo(who);
  await operator.passPeriod(who);
  await operator.replaceCard(who, "pm_card_visa");
  const charged = await succeeded(who);
  expect(await pay(who, shown)).toEqual({ ok: false, error: { code: "invoice_changed" } });
  expect(await succeeded(who)).toBe(charged);
  const newer = await shownTo(who);
  expect(newer?.invoiceId).not.toBe(shown?.invoiceId);
  expect(await pay(who, newer)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await succeeded(who)).toBe(charged + 1);
});

it("goes on asking for an invoice that was made final to be paid, and was left at the bank", async () => {
  const who = await makeLate(20 * DAY);
  await operator.passPeriod(who);
  const customer = await shop.customerOf(who);
  const card = await shop.stripe.paymentMethods.attach("pm_card_authenticationRequired", { customer });
  await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId: customer });
  const shown = await shownTo(who);
  const asked = await pay(who, shown);
  if (!asked.ok) throw new Error(asked.error.code);
  expect(asked.value.status).toBe("requires_action");
  const { accountId } = who;
  await cancelPlanPayment(shop.deps, { accountId, paymentId: asked.value.paymentId });
  await shop.sync(who);
  expect(await shop.stripe.invoices.retrieve(shown?.invoiceId ?? "")).toMatchObject({ status: "open" });
  expect(await shownTo(who)).toEqual(shown);
  await operator.replaceCard(who, "pm_card_visa");
  expect(await pay(who, shown)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect((await shop.subscriptionOf(who)).status).toBe("active");
});

it("asks for an invoice that an operator made final, and that Stripe does not collect", async () => {
  const who = await shop.makeSubscriber("starter");
  await operator.passPeriod(who, 5 * MINUTE);
  const customer = await shop.customerOf(who);
  const [draft] = (await shop.stripe.invoices.list({ customer, status: "draft" })).data;
  await shop.stripe.invoices.finalizeInvoice(draft?.id ?? "", { auto_advance: false });
  await shop.passes(2 * DAY);
  await shop.sync(who);
  const shown = await shownTo(who);
  expect(shown).toEqual({ invoiceId: draft?.id, cents: 29_900n });
  expect(await pay(who, shown)).toMatchObject({ ok: true, value: { status: "paid" } });
  expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: STARTER, frozen: 0n });
});
