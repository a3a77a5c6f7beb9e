import { and, eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { invoiceLines, invoices } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { buyOne } from "../../../dev/testing/paid-order";
import { openPlanShop } from "../../../dev/testing/plans";
import { settleReturns } from "../../billing/orders/returns/settle";
import { toPublicId } from "../../ids";
import { credits } from "../../money/credits";
import { performAct } from "./perform";

const STARTER = 24_000_000n;
const shop = openPlanShop();
/** Above a month of one, and below a year or three. */
const desk = deskAt(shop, { credits: credits(STARTER * 2n), cents: null });
afterEach(async () => {
  shop.simulator.faults.clear();
  await expectBooksBalance(shop.db);
});

async function paid(interval: "month" | "year") {
  const who = await shop.makeSubscriber("starter", { interval });
  const [row] = await shop.db.select().from(invoices).where(eq(invoices.accountId, who.accountId));
  if (!row) throw new Error("no invoice");
  const ask = (cents = "") => desk.ask("refund_invoice", who.accountId, { invoice: row.id, cents });
  const needs = async (cents = "") => (await desk.preview(ask(cents))).needsApproval;
  const ofIt = and(eq(invoiceLines.accountId, who.accountId), eq(invoiceLines.invoiceId, row.id));
  const change = (changes: Partial<typeof invoiceLines.$inferInsert>) =>
    shop.db.update(invoiceLines).set(changes).where(ofIt);
  return { who, row, ask, needs, change };
}

describe("by its credits a second operator agrees to the refund of", () => {
  it("a year, as twelve months, and not to that of a tenth of it", async () => {
    const { row, ask, needs } = await paid("year");
    expect(await needs()).toBe(true);
    expect(await needs(String(row.paidCents / 10n))).toBe(false);
    expect(await needs(String(row.paidCents / 5n))).toBe(true);
    expect(await desk.perform(ask())).toMatchObject({ ok: true, value: { kind: "waiting" } });
  });

  it("a month of several, and not of one", async () => {
    const { needs, change } = await paid("month");
    expect(await needs()).toBe(false);
    await change({ quantity: 3 });
    expect(await needs()).toBe(true);
    await change({ quantity: 1 });
  });

  it("what cannot be read, however little of it", async () => {
    const { who, needs, change, ask } = await paid("month");
    const [line] = await shop.db.select().from(invoiceLines).where(eq(invoiceLines.accountId, who.accountId));
    await change({ plan: null, interval: null, creditsPerMonth: null, unreadableReason: "price_gone" });
    expect(await needs("1")).toBe(true);
    expect(await desk.perform(ask("1"))).toMatchObject({ ok: true, value: { kind: "waiting" } });
    const { plan, interval, creditsPerMonth, unreadableReason } = line ?? {};
    await change({ plan, interval, creditsPerMonth, unreadableReason });
  });
});

describe("in the sum of a day", () => {
  it("what Stripe made of an operator's refunds counts, and what it refused or did not keep does not", async () => {
    const { who, row, ask, needs } = await paid("month");
    const most = String(row.paidCents - 100n);
    const { basis } = await desk.preview(ask(most));
    const [payment] = (await shop.stripe.invoicePayments.list({ invoice: row.id })).data;
    const intent = String(payment?.payment.payment_intent);
    // Refunded at the dashboard meanwhile, and not heard of.
    const half = Number(row.paidCents / 2n);
    await shop.stripe.refunds.create({ payment_intent: intent, amount: half });
    const by = { operatorId: desk.operatorId, reason: REASON, basis };
    expect(await performAct(desk.deps(), { request: ask(most), ...by })).toMatchObject({
      value: { aftermath: { kind: "refused" } },
    });
    const give = async (amount: bigint) =>
      (
        await desk.preview(
          desk.ask("grant", who.accountId, { credits: String(amount), kind: "adjustment", until: "" }),
        )
      ).needsApproval;
    expect(await give(STARTER * 2n - 1n)).toBe(false);
    expect(await desk.perform(ask("100"))).toMatchObject({ value: { aftermath: { kind: "done" } } });
    expect(await give(STARTER * 2n - 1n)).toBe(true);
    expect(await needs("100")).toBe(false);
    const [made] = (await shop.stripe.refunds.list({ payment_intent: intent, limit: 1 })).data;
    await fetch(`${shop.simulator.url}/_sim/refunds/${made?.id}/fail`, { method: "POST" });
    await settleReturns(shop.deps, { paymentIntentId: intent });
    expect(await give(STARTER * 2n - 1n)).toBe(false);
  });

  it("what Stripe refused of an order's refunds, or did not keep, does not count either", async () => {
    const { buyer, order, charge, tell, atStripe } = await buyOne(shop);
    const ask = (cents: string) =>
      desk.ask("refund_order", buyer.accountId, { order: toPublicId("order", order.id), cents });
    const most = STARTER * 2n;
    const needs = async () =>
      (
        await desk.preview(
          desk.ask("grant", buyer.accountId, {
            credits: String(most - 1n),
            kind: "adjustment",
            until: "",
          }),
        )
      ).needsApproval;
    // Refunded at the dashboard meanwhile, and not heard of.
    await shop.stripe.refunds.create({ charge, amount: Number(order.amountCents) - 100 });
    expect(await desk.perform(ask("200"))).toMatchObject({ value: { aftermath: { kind: "refused" } } });
    expect(await needs()).toBe(false);
    const done = await desk.perform(ask("100"));
    expect(done).toMatchObject({ value: { aftermath: { kind: "done" } } });
    expect(await needs()).toBe(true);
    const [made] = (await shop.stripe.refunds.list({ charge, limit: 1 })).data;
    await atStripe(`refunds/${made?.id}/fail`);
    await tell();
    expect(await needs()).toBe(false);
  });
});
