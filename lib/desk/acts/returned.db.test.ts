import { and, eq, like } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { commands } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { deskAt } from "../../../dev/testing/desk";
import { buyOne } from "../../../dev/testing/paid-order";
import { DAY, openPlanShop } from "../../../dev/testing/plans";
import { newestAllowance, renewUnpaid } from "../../../dev/testing/unpaid-renewal";
import { settleReturns } from "../../billing/orders/returns/settle";
import { toPublicId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { dayOf, reconcileDay } from "../../reconciliation/reconcile";

const shop = openPlanShop({ max: 20 });
const desk = deskAt(shop);
afterEach(() => expectBooksBalance(shop.db));

const remainingOf = async ({ accountId }: { readonly accountId: string }) => {
  const { remaining, owed, frozen } = await getBalance(shop.db, accountId);
  return { remaining: remaining - owed, frozen };
};
/** What a day's comparison says of an order. */
const linesOf = async (orderId: string) =>
  (await reconcileDay(shop.deps, dayOf(shop.clock.now()))).lines.filter((each) =>
    [each.order, each.object].includes(orderId),
  );

describe("what an operator took of an order that is paid back", () => {
  it("is not asked for again, and does not come back with what was paid back", async () => {
    const { buyer, order, grant, charge, tell, atStripe } = await buyOne(shop);
    const { remaining } = await remainingOf(buyer);
    const { actId } = await desk.act("revoke", buyer.accountId, { grant, credits: "1000" });
    const refund = await atStripe(`charges/${charge}/refund`);
    await tell();
    const without = { remaining: remaining - order.credits, frozen: 0n };
    expect(await remainingOf(buyer)).toEqual(without);
    expect(await linesOf(order.id)).toEqual([]);
    await expect(desk.takeBack(actId)).rejects.toThrow("paid_back");
    expect(await remainingOf(buyer)).toEqual(without);

    // The refund fails: what it took comes back, then what the operator took.
    await atStripe(`refunds/${refund.id}/fail`);
    await tell();
    expect(await remainingOf(buyer)).toEqual({ remaining: remaining - 1_000n, frozen: 0n });
    await desk.takeBack(actId);
    expect(await remainingOf(buyer)).toEqual({ remaining, frozen: 0n });
  });

  it("comes back as far as it is still paid for, and the rest once the refund fails", async () => {
    const { buyer, order, grant, charge, tell, atStripe } = await buyOne(shop);
    const { remaining } = await remainingOf(buyer);
    const most = order.credits - 1_000n;
    const { actId } = await desk.act("revoke", buyer.accountId, { grant, credits: String(most) });
    const half = order.amountCents / 2n;
    const refund = await atStripe(`charges/${charge}/refund`, { amount: Number(half) });
    await tell();
    expect(await linesOf(order.id)).toEqual([]);
    // More than the refunded half was taken already: nothing more is.
    expect(await remainingOf(buyer)).toEqual({ remaining: remaining - most, frozen: 0n });
    await desk.takeBack(actId);
    const due = (order.credits * half) / order.amountCents;
    expect(await remainingOf(buyer)).toEqual({ remaining: remaining - due, frozen: 0n });
    expect(await linesOf(order.id)).toEqual([]);
    await tell();
    expect(await remainingOf(buyer)).toEqual({ remaining: remaining - due, frozen: 0n });
    await atStripe(`refunds/${refund.id}/fail`);
    await tell();
    expect(await remainingOf(buyer)).toEqual({ remaining, frozen: 0n });
  });
});

describe("I14: what an operator took counts as taken back where a part is paid back later, and makes no debt", () => {
  it("of an order; put back, it comes as far as it is still paid for", async () => {
    const { buyer, order, charge, tell, atStripe } = await buyOne(shop);
    const { remaining } = await remainingOf(buyer);
    const used = 10_000_000n;
    await shop.spend({ ...buyer, email: "" }, remaining - order.credits + used);
    const { actId } = await desk.act("take", buyer.accountId, { credits: String(order.credits - used) });
    const half = order.amountCents / 2n;
    await atStripe(`charges/${charge}/refund`, { amount: Number(half) });
    await tell();
    expect(await getBalance(shop.db, buyer.accountId)).toMatchObject({ remaining: 0n, owed: 0n });
    expect(await linesOf(order.id)).toEqual([]);
    await desk.takeBack(actId);
    const due = (order.credits * half) / order.amountCents;
    const left = { remaining: order.credits - due - used, owed: 0n };
    expect(await getBalance(shop.db, buyer.accountId)).toMatchObject(left);
    await tell();
    expect(await getBalance(shop.db, buyer.accountId)).toMatchObject(left);
    // All of it went back in the end: then what was used is owed.
    await atStripe(`charges/${charge}/refund`);
    await tell();
    expect(await getBalance(shop.db, buyer.accountId)).toMatchObject({ remaining: 0n, owed: used });
    expect(await linesOf(order.id)).toEqual([]);
  });

  it("of a plan", async () => {
    const who = await shop.makeSubscriber();
    const { remaining } = await remainingOf(who);
    const free = remaining - 24_000_000n;
    await shop.spend(who, free + 10_000_000n);
    const { actId } = await desk.act("take", who.accountId, { credits: "14000000" });
    const [invoice] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
    const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice?.id ?? "" })).data;
    const paymentIntentId = String(paid?.payment.payment_intent);
    const amount = Math.floor((invoice?.amount_paid ?? 0) / 2);
    await shop.stripe.refunds.create({ payment_intent: paymentIntentId, amount });
    await settleReturns(shop.deps, { paymentIntentId });
    expect(await getBalance(shop.db, who.accountId)).toMatchObject({ remaining: 0n, owed: 0n });
    await desk.takeBack(actId);
    const due = (24_000_000n * BigInt(amount)) / BigInt(invoice?.amount_paid ?? 1);
    expect(await getBalance(shop.db, who.accountId)).toMatchObject({
      remaining: 14_000_000n - due,
      owed: 0n,
    });
  });
});

it("what an operator let live longer, and not after all, is lost before what was used is owed", async () => {
  const { buyer, order, grant, charge, tell, atStripe } = await buyOne(shop);
  const until = new Date(shop.clock.now().getTime() + 90 * DAY).toISOString().slice(0, 10);
  const { actId } = await desk.act("extend", buyer.accountId, { grant, until });
  const { remaining } = await remainingOf(buyer);
  await shop.spend({ ...buyer, email: "" }, remaining - order.credits + 3_000_000n);
  await shop.passes(32 * DAY);
  await desk.takeBack(actId);
  const before = await remainingOf(buyer);
  await atStripe(`charges/${charge}/refund`, { amount: Number(order.amountCents / 2n) });
  await tell();
  expect(await remainingOf(buyer)).toEqual(before);
});

describe("what an operator took, and gave once more as its grant was over", () => {
  it("goes with its order's money: frozen while a bank decides, taken when it is lost", async () => {
    const { buyer, grant, charge, tell, atStripe } = await buyOne(shop);
    const { actId } = await desk.act("revoke", buyer.accountId, { grant, credits: "5000000" });
    await shop.passes(32 * DAY);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await tell();
    const before = await remainingOf(buyer);
    await desk.takeBack(actId);
    expect(await remainingOf(buyer), "at once").toEqual({ ...before, frozen: before.frozen + 5_000_000n });
    await atStripe(`disputes/${dispute.id}/lose`);
    await tell();
    expect(await remainingOf(buyer)).toEqual(before);
  });

  it("goes with its plan's money", async () => {
    const who = await shop.makeSubscriber();
    const customer = await shop.customerOf(who);
    const { grantId } = await newestAllowance(shop, who);
    const [invoice] = (await shop.stripe.invoices.list({ customer })).data;
    const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice?.id ?? "" })).data;
    const paymentIntentId = String(paid?.payment.payment_intent);
    const grant = toPublicId("grant", grantId ?? "");
    const { actId } = await desk.act("revoke", who.accountId, { grant, credits: "20000000" });
    await shop.passes(32 * DAY);
    await shop.sync(who);
    const before = await remainingOf(who);
    await desk.takeBack(actId);
    expect(await remainingOf(who)).toEqual({ ...before, remaining: before.remaining + 20_000_000n });
    await shop.stripe.refunds.create({ payment_intent: paymentIntentId });
    await settleReturns(shop.deps, { paymentIntentId });
    expect(await remainingOf(who)).toEqual(before);
  });
});

describe("what an operator took of a plan", () => {
  it("that was never paid does not come back", async () => {
    const { who, fails } = await renewUnpaid(shop);
    const { actId } = await desk.act("take", who.accountId, { credits: "20000000" });
    await fails();
    const { id } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.cancel(id);
    await shop.sync(who);
    const [open] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who) })).data;
    if (open?.status === "open") await shop.stripe.invoices.voidInvoice(open.id ?? "");
    await shop.sync(who);
    expect((await newestAllowance(shop, who)).isCycle).toBe(true);
    const after = await remainingOf(who);
    await expect(desk.takeBack(actId)).rejects.toThrow("paid_back");
    expect(await remainingOf(who)).toEqual(after);
  });

  it.each([0n, 3_000_000n])(
    "stays taken where it was closed out, given again as it was paid after all, and %i was used; and can be put back",
    async (used) => {
      const { who, fails } = await renewUnpaid(shop);
      if (used > 0n) await shop.spend(who, used);
      const { actId } = await desk.act("take", who.accountId, { credits: "20000000" });
      await fails();
      const { id } = await shop.subscriptionOf(who);
      await shop.stripe.subscriptions.cancel(id);
      await shop.sync(who);
      const before = await remainingOf(who);
      const customer = await shop.customerOf(who);
      const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
      await shop.stripe.invoices.pay(open?.id ?? "", { paid_out_of_band: true });
      await shop.sync(who);
      expect(await newestAllowance(shop, who)).toMatchObject({ closed: "unpaid", payment: "paid" });
      const after = { remaining: before.remaining + 4_000_000n, frozen: 0n };
      expect(await remainingOf(who)).toEqual(after);
      await desk.takeBack(actId);
      const whole = { ...after, remaining: after.remaining + 20_000_000n };
      expect(await remainingOf(who)).toEqual(whole);
      await shop.sync(who);
      expect(await remainingOf(who)).toEqual(whole);
    },
  );

  it("whose payment went back comes back only as far as that stands", async () => {
    const who = await shop.makeSubscriber();
    const customer = await shop.customerOf(who);
    const { grantId } = await newestAllowance(shop, who);
    const { remaining } = await remainingOf(who);
    const grant = toPublicId("grant", grantId ?? "");
    const { actId } = await desk.act("revoke", who.accountId, { grant, credits: "20000000" });
    const [invoice] = (await shop.stripe.invoices.list({ customer })).data;
    const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice?.id ?? "" })).data;
    const paymentIntentId = String(paid?.payment.payment_intent);
    await shop.stripe.refunds.create({ payment_intent: paymentIntentId });
    await settleReturns(shop.deps, { paymentIntentId });
    expect((await remainingOf(who)).remaining).toBe(remaining - 24_000_000n);
    await expect(desk.takeBack(actId)).rejects.toThrow("paid_back");
    expect((await remainingOf(who)).remaining).toBe(remaining - 24_000_000n);
  });
});

it("what Stripe tells while an operator's refund is under way is not the operator's", async () => {
  const { buyer, order, charge, tell, atStripe } = await buyOne(shop);
  const match = { method: "POST", pathPattern: "/v1/refunds" };
  shop.simulator.faults.add({ kind: "drop_before", match, times: 5 });
  const cents = String(order.amountCents / 4n);
  await desk.act("refund_order", buyer.accountId, { order: toPublicId("order", order.id), cents });
  const causes = async () =>
    (
      await shop.db
        .select({ key: commands.key, actor: commands.actorKind })
        .from(commands)
        .where(and(eq(commands.accountId, buyer.accountId), like(commands.key, "order:%:reversal:%")))
        .orderBy(commands.firstSeq)
    ).map((each) => each.actor);
  expect(await causes()).toEqual(["operator"]);
  await atStripe(`charges/${charge}/refund`, { amount: Number(order.amountCents / 4n) });
  await tell();
  expect(await causes()).toEqual(["operator", "system"]);
});
