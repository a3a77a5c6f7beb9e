import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { attentionItems, stripeEvents } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { DAY, openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { newestAllowance, renewUnpaid } from "../../../../dev/testing/unpaid-renewal";
import { newId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import type { InternalCommand } from "../../../ledger/decide";
import { cents, credits } from "../../../money/credits";
import { forgetIfDeleted } from "../../cards/customer";
import { handleEvent } from "../../handle-event";
import { settleReturns } from "../../orders/returns/settle";
import { sweepReturns } from "../../orders/returns/sweep";

const shop = openPlanShop();
const atStripe = atStripeOf(shop);
afterEach(() => expectBooksBalance(shop.db));

const STARTER = 24_000_000n;

/** The newest invoice of a subscriber, with what paid it, and who hears of that. */
async function paidBy(who: Subscriber) {
  const customer = await shop.customerOf(who);
  const [invoice] = (await shop.stripe.invoices.list({ customer })).data;
  if (!invoice) throw new Error("nothing was billed");
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice.id })).data;
  const paymentIntentId = String(paid?.payment.payment_intent);
  const { latest_charge } = await shop.stripe.paymentIntents.retrieve(paymentIntentId);
  const hear = () => settleReturns(shop.deps, { paymentIntentId });
  return { who, customer, invoice, total: invoice.total, charge: String(latest_charge), hear };
}

async function figures(who: Subscriber) {
  const { remaining, frozen, owed } = await shop.stateOf(who);
  return { remaining, frozen, owed };
}
const openItems = async ({ accountId }: Subscriber) =>
  (await shop.db.select().from(attentionItems).where(eq(attentionItems.accountId, accountId)))
    .filter((each) => each.state === "open")
    .map((each) => each.reason);

describe("of a customer who was deleted at Stripe", () => {
  /** As the event tells of it: from then on the account has no customer, or another one. */
  const forgotten = async () => {
    const paid = await paidBy(await shop.makeSubscriber());
    const ref = { accountId: paid.who.accountId, customerId: paid.customer };
    await shop.stripe.customers.del(ref.customerId);
    expect(await forgetIfDeleted(shop.deps, ref)).toBe("forgotten");
    return { ...paid, before: await figures(paid.who) };
  };

  it("I14, I23: a dispute freezes what its plan's payment gave, and lost takes it", async () => {
    const { who, charge, hear, before } = await forgotten();
    await shop.spend(who, 1_000_000n);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await hear();
    expect((await figures(who)).frozen).toBeGreaterThan(0n);
    expect(await openItems(who)).toContain("payment_disputed");
    await atStripe(`disputes/${dispute.id}/lose`);
    await hear();
    const { remaining, frozen, owed } = await figures(who);
    expect(remaining + frozen - owed).toBe(before.remaining - 1_000_000n - STARTER);
  });

  it("I14: a refund that only the list tells of takes its share", async () => {
    const { who, charge, total } = await forgotten();
    const { remaining } = await figures(who);
    await atStripe(`charges/${charge}/refund`, { amount: total / 2 });
    await sweepReturns(shop.deps);
    expect((await figures(who)).remaining).toBe(remaining - STARTER / 2n);
  });

  it("I14: a credit note that was paid back elsewhere takes its share when its event is handled", async () => {
    const { who, customer, invoice, total } = await forgotten();
    const { remaining } = await figures(who);
    const { gateway } = shop.deps;
    const readInvoiceReturns: typeof gateway.readInvoiceReturns = async (id) => {
      const asked = await gateway.readInvoiceReturns(id);
      const elsewhereCents = cents(BigInt(total / 2));
      return asked.kind === "answered" ? { ...asked, value: { ...asked.value, elsewhereCents } } : asked;
    };
    const id = `evt_${newId().replaceAll("-", "")}`;
    const object = { id: "cn_1", object: "credit_note", customer, invoice: invoice.id };
    const payload = { id, object: "event", type: "credit_note.created", data: { object } };
    await shop.db.insert(stripeEvents).values({
      ...{ id, type: payload.type, apiVersion: null, payload, planCustomer: customer },
      createdAt: shop.clock.now(),
    });
    await handleEvent({ ...shop.deps, gateway: { ...gateway, readInvoiceReturns } }, id);
    expect((await figures(who)).remaining).toBe(remaining - STARTER / 2n);
    const [event] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
    expect(event?.handledAt).not.toBeNull();
  });
});

it("I14: of a month that was given again goes on where an operator puts back what had expired of its first grant", async () => {
  const { who, grantId, endsAt, fails } = await renewUnpaid(shop);
  const { accountId } = who;
  const inLedger = (key: string, command: InternalCommand) =>
    transact(shop.db, (tx) => commit(tx, accountId, [{ key, command }]));
  await fails();
  await shop.clock.moveTo(new Date(endsAt.getTime() + 32 * DAY));
  const some = { grantId, credits: credits(1_000_000n) };
  await inLedger("taken", { kind: "revoke", ...some });
  const customer = await shop.customerOf(who);
  const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
  const visa = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
  await shop.stripe.invoices.pay(open?.id ?? "", { payment_method: visa.id });
  await shop.sync(who);
  expect((await newestAllowance(shop, who)).regrantId).not.toBeNull();
  const { charge, total, hear } = await paidBy(who);
  await atStripe(`charges/${charge}/refund`, { amount: total / 2 });
  await hear();
  const { remaining } = await figures(who);
  const none = credits(0n);
  await inLedger("put back", {
    ...{ kind: "restore", grantId, used: none, unused: none, expired: some.credits },
  });
  await hear();
  // The end is the same as if it had never been taken: until it was there again it counted as taken back.
  expect((await figures(who)).remaining).toBe(remaining - some.credits);
});
