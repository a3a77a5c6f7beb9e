import { and, eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { invoiceLines, invoices } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { deskAt } from "../../../dev/testing/desk";
import { openPlanShop } from "../../../dev/testing/plans";
import { credits } from "../../money/credits";

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
  it("what Stripe made of an operator's refunds counts, and what it refused does not", async () => {
    const { who, row, ask, needs } = await paid("month");
    const most = String(row.paidCents - 100n);
    const [payment] = (await shop.stripe.invoicePayments.list({ invoice: row.id })).data;
    const intent = String(payment?.payment.payment_intent);
    // Refunded at the dashboard meanwhile, and not heard of.
    const half = Number(row.paidCents / 2n);
    await shop.stripe.refunds.create({ payment_intent: intent, amount: half });
    expect(await desk.perform(ask(most))).toMatchObject({ value: { aftermath: { kind: "refused" } } });
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
  });
});
