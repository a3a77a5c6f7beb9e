import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { attentionItems, invoiceReversals } from "../../../../db/schema";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { mailsOf } from "../../../../dev/testing/outbox";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { settleReturns } from "../../orders/returns/settle";
import { sweepReturns } from "../../orders/returns/sweep";
import { hasOpenDispute } from "../../returns/queries";
import { settleInvoiceReturns } from "./settle";

const shop = openPlanShop();
const atStripe = atStripeOf(shop);
afterEach(() => expectBooksBalance(shop.db));

const STARTER = 24_000_000n;
const half = STARTER / 2n;

/** The newest invoice of a subscriber, with what paid it, and who hears of that. */
async function paidBy(who: Subscriber) {
  const customer = await shop.customerOf(who);
  const [invoice] = (await shop.stripe.invoices.list({ customer })).data;
  if (!invoice) throw new Error("nothing was billed");
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice.id })).data;
  const payment = String(paid?.payment.payment_intent);
  const intent = await shop.stripe.paymentIntents.retrieve(payment);
  const hear = () => settleReturns(shop.deps, { paymentIntentId: payment });
  return { who, invoice, total: invoice.total, charge: String(intent.latest_charge), payment, hear };
}

const subscribed = async (interval: "month" | "year" = "month") =>
  paidBy(await shop.makeSubscriber("starter", { interval }));

async function figures(who: Subscriber) {
  const { remaining, frozen, owed, plan, planStatus } = await shop.stateOf(who);
  return { remaining, frozen, owed, plan, planStatus };
}
const RUNS = { plan: "starter", planStatus: "active" };
const kindsOfMail = async (who: Subscriber) =>
  (await mailsOf(shop.db, who)).map(({ kind }) => kind).filter((kind) => /refund|dispute/.test(kind));
const openItems = async ({ accountId }: Subscriber) =>
  (await shop.db.select().from(attentionItems).where(eq(attentionItems.accountId, accountId)))
    .filter((each) => each.state === "open")
    .map((each) => each.reason);
const reversalsOf = ({ accountId }: Subscriber) =>
  shop.db.select().from(invoiceReversals).where(eq(invoiceReversals.accountId, accountId));

async function freeLeft(): Promise<bigint> {
  return (await shop.stateOf(await shop.makeFree())).remaining;
}

describe("a refund of a plan's invoice", () => {
  it("I14: takes the share of what the invoice gave, in parts and whole, while the plan goes on", async () => {
    const { who, total, charge, hear } = await subscribed();
    const before = (await figures(who)).remaining;
    await atStripe(`charges/${charge}/refund`, { amount: total / 2 });
    await hear();
    expect(await figures(who)).toEqual({ ...RUNS, remaining: before - half, frozen: 0n, owed: 0n });
    await atStripe(`charges/${charge}/refund`);
    await Promise.all([hear(), hear(), hear()]);
    expect(await figures(who)).toEqual({ ...RUNS, remaining: before - STARTER, frozen: 0n, owed: 0n });
    expect(await kindsOfMail(who)).toEqual(["plan_refunded", "plan_refunded"]);
    expect(await openItems(who)).toEqual([]);
    expect((await reversalsOf(who)).map(({ kind }) => kind)).toEqual(["revoke", "revoke"]);
  });

  it("I14: makes debt of what was used, and gives all of it back when it fails", async () => {
    const { who, charge, hear } = await subscribed();
    const before = (await figures(who)).remaining;
    const used = before - 1_000_000n;
    await shop.spend(who, used);
    const refund = await atStripe(`charges/${charge}/refund`);
    await hear();
    const taken = await figures(who);
    expect(taken.remaining).toBe(0n);
    expect(taken.owed).toBe(STARTER - 1_000_000n);
    await atStripe(`refunds/${refund.id}/fail`);
    await hear();
    expect(await figures(who)).toEqual({ ...RUNS, remaining: 1_000_000n, frozen: 0n, owed: 0n });
    expect(await openItems(who)).toEqual(["refund_failed"]);
    expect(await kindsOfMail(who)).toEqual(["plan_refunded", "plan_refund_failed"]);
  });

  it("I14: tells of one that was canceled as of one that failed", async () => {
    const { who, total, charge, hear } = await subscribed();
    const before = (await figures(who)).remaining;
    const refund = await atStripe(`charges/${charge}/refund`, { amount: total / 2 });
    await atStripe(`refunds/${refund.id}/ask_payer`);
    await hear();
    await shop.stripe.refunds.cancel(refund.id);
    await hear();
    expect((await figures(who)).remaining).toBe(before);
    expect(await openItems(who)).toEqual(["refund_failed"]);
    expect(await kindsOfMail(who)).toEqual(["plan_refunded", "plan_refund_failed"]);
  });

  it("takes nothing of the next period, which is paid by its own invoice, and promises it no more", async () => {
    const { who, charge, hear } = await subscribed();
    await atStripe(`charges/${charge}/refund`);
    await hear();
    const { items } = await shop.subscriptionOf(who);
    await shop.clock.moveTo(new Date((items.data[0]?.current_period_end ?? 0) * 1_000 + 5_000));
    expect((await figures(who)).remaining).toBe(0n);
    await shop.passes(2 * HOUR);
    await shop.sync(who);
    expect(await figures(who)).toEqual({ ...RUNS, remaining: STARTER, frozen: 0n, owed: 0n });
  });

  it("is found by the sweep where nobody told of it, and where it fails later", async () => {
    const { who, charge } = await subscribed();
    const before = (await figures(who)).remaining;
    const refund = await atStripe(`charges/${charge}/refund`);
    await sweepReturns(shop.deps);
    expect((await figures(who)).remaining).toBe(before - STARTER);
    await atStripe(`refunds/${refund.id}/fail`);
    await shop.passes(2 * DAY);
    await sweepReturns(shop.deps);
    expect((await figures(who)).remaining).toBe(before);
  });
});

describe("a credit note of a paid invoice", () => {
  const note = (invoice: { id?: string }, how: object, amount: number) =>
    shop.stripe.creditNotes.create({ invoice: invoice.id ?? "", amount, ...how });
  const hearOf = ({ accountId }: Subscriber, { id = "" }: { id?: string }) =>
    settleInvoiceReturns(shop.deps, { accountId, invoiceId: id });

  it("takes nothing where it goes to the customer's balance: nothing was paid back", async () => {
    const { who, invoice, total } = await subscribed();
    const before = await figures(who);
    await note(invoice, { credit_amount: total / 2 }, total / 2);
    await shop.sync(who);
    expect(await openItems(who)).toEqual(["plan_refund_or_credit_note"]);
    await sweepReturns(shop.deps);
    expect(await figures(who)).toEqual(before);
    expect(await openItems(who)).toEqual([]);
  });

  it("I14: takes its share where it pays back, by a refund or elsewhere", async () => {
    const { who, invoice, total } = await subscribed();
    const before = await figures(who);
    await note(invoice, { out_of_band_amount: total / 4 }, total / 4);
    await hearOf(who, invoice);
    expect((await figures(who)).remaining).toBe(before.remaining - STARTER / 4n);
    await note(invoice, { refund_amount: total / 4 }, total / 4);
    await hearOf(who, invoice);
    expect((await figures(who)).remaining).toBe(before.remaining - half);
  });

  it("tells of each that was paid back elsewhere, and how", async () => {
    const { who, invoice, total } = await subscribed();
    const parts = [total / 4, total / 2];
    for (const part of parts) {
      await note(invoice, { out_of_band_amount: part }, part);
      await hearOf(who, invoice);
      await hearOf(who, invoice);
    }
    const told = (await mailsOf(shop.db, who)).filter(({ kind }) => kind === "plan_refunded");
    const byAmount = told.map(({ facts }) => facts as Record<string, unknown>);
    expect(byAmount).toHaveLength(2);
    for (const part of parts)
      expect(byAmount).toContainEqual(
        expect.objectContaining({
          elsewhere: true,
          returnedCents: String(part),
          takenCredits: String((STARTER * BigInt(part)) / BigInt(total)),
        }),
      );
  });
});

it("I23: asks an operator to look where nobody can read what came back of a payment, until it can be", async () => {
  const { who, invoice } = await subscribed();
  const ref = { accountId: who.accountId, invoiceId: invoice.id ?? "" };
  const { gateway } = shop.deps;
  for (const unread of [["inpay_recorded"], []]) {
    const readInvoiceReturns: typeof gateway.readInvoiceReturns = async (id) => {
      const asked = await gateway.readInvoiceReturns(id);
      return asked.kind === "answered" ? { ...asked, value: { ...asked.value, unread } } : asked;
    };
    const deps = { ...shop.deps, gateway: { ...gateway, readInvoiceReturns } };
    expect(await settleInvoiceReturns(deps, ref)).toBe("settled");
    expect(await openItems(who)).toEqual(unread.length > 0 ? ["invoice_payment_unread"] : []);
  }
});

describe("a dispute of a plan's invoice", () => {
  it("freezes what is left and pauses buying; won, it is as if nothing had been", async () => {
    const { who, charge, hear } = await subscribed();
    const before = await figures(who);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await Promise.all([hear(), hear()]);
    expect(await figures(who)).toEqual({
      ...before,
      remaining: before.remaining - STARTER,
      frozen: STARTER,
    });
    expect(await hasOpenDispute(shop.db, who.accountId)).toBe(true);
    expect(await openItems(who)).toEqual(["payment_disputed"]);
    await atStripe(`disputes/${dispute.id}/win`);
    await hear();
    expect(await figures(who)).toEqual(before);
    expect(await hasOpenDispute(shop.db, who.accountId)).toBe(false);
    expect(await kindsOfMail(who)).toEqual(["plan_disputed", "plan_dispute_won"]);
    expect((await mailsOf(shop.db, who)).at(-1)?.facts.left).toBe("usable");
  });

  it("I14: lost takes all it gave, what was used of it as debt", async () => {
    const { who, charge, hear } = await subscribed();
    const { remaining } = await figures(who);
    await shop.spend(who, remaining);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await hear();
    await atStripe(`disputes/${dispute.id}/lose`);
    await hear();
    expect(await figures(who)).toEqual({ ...RUNS, remaining: 0n, frozen: 0n, owed: STARTER });
    expect(await kindsOfMail(who)).toEqual(["plan_disputed", "plan_dispute_lost"]);
  });

  it("that is an inquiry, or a warning of fraud, touches nothing and is an attention item", async () => {
    const { who, charge, hear } = await subscribed();
    const before = await figures(who);
    await atStripe(`charges/${charge}/dispute`, { kind: "inquiry" });
    await atStripe(`charges/${charge}/warn`, {});
    await hear();
    expect(await figures(who)).toEqual(before);
    expect((await openItems(who)).sort()).toEqual(["fraud_warning", "payment_inquiry"]);
    expect(await hasOpenDispute(shop.db, who.accountId)).toBe(false);
  });

  it("freezes the months of a year that begin meanwhile, and won gives those that are over again", async () => {
    const { who, charge, hear } = await subscribed("year");
    await shop.spend(who, 4_000_000n);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await hear();
    const { frozen: left } = await figures(who);
    for (let month = 0; month < 2; month += 1) {
      await shop.passes(31 * DAY);
      await shop.stateOf(who);
    }
    expect(await figures(who)).toMatchObject({ remaining: 0n, owed: 0n });
    expect((await figures(who)).frozen).toBe(STARTER);
    await atStripe(`disputes/${dispute.id}/win`);
    await hear();
    const after = await figures(who);
    expect(after.frozen).toBe(0n);
    expect(after.remaining).toBe(2n * STARTER + left);
  });
});

describe("a refund of a year", () => {
  const months = async (who: Subscriber, count: number) => {
    for (let month = 0; month < count; month += 1) {
      await shop.passes(31 * DAY);
      await shop.stateOf(who);
    }
  };

  it("I14: takes the months to come first, the last ones first, and none that was given", async () => {
    const { who, total, charge, hear } = await subscribed("year");
    await months(who, 2);
    const before = await figures(who);
    await atStripe(`charges/${charge}/refund`, { amount: total / 2 });
    await hear();
    expect(await figures(who)).toEqual(before);
    await months(who, 3);
    expect((await figures(who)).remaining).toBe(STARTER);
    // The last six are gone.
    await months(who, 1);
    expect(await figures(who)).toMatchObject({ ...RUNS, remaining: 0n, owed: 0n });
    await months(who, 1);
    expect(await figures(who)).toMatchObject({ remaining: 0n, owed: 0n });
  });

  it("I14: whole takes what was given too; failed, every month is there again, also what began meanwhile", async () => {
    const { who, charge, hear } = await subscribed("year");
    await months(who, 1);
    await shop.spend(who, 10_000_000n);
    const refund = await atStripe(`charges/${charge}/refund`);
    await hear();
    expect(await figures(who)).toMatchObject({ ...RUNS, remaining: 0n, owed: 10_000_000n });
    await months(who, 1);
    expect(await figures(who)).toMatchObject({ ...RUNS, remaining: 0n, owed: 10_000_000n });
    await atStripe(`refunds/${refund.id}/fail`);
    await hear();
    const { remaining, owed } = await figures(who);
    expect(owed).toBe(0n);
    expect(remaining).toBe(STARTER + (STARTER - 10_000_000n));
  });

  it("of a subscription that was canceled at once gives what remains paid, and asks nobody to look", async () => {
    const { who, total, charge, hear } = await subscribed("year");
    const { id } = await shop.subscriptionOf(who);
    await shop.stripe.subscriptions.cancel(id);
    await shop.sync(who);
    expect(await openItems(who)).toContain("paid_and_not_returned");
    await atStripe(`charges/${charge}/refund`, { amount: Math.ceil((total * 11) / 12) });
    await hear();
    expect(await openItems(who)).toEqual([]);
    const free = await freeLeft();
    await months(who, 2);
    expect((await figures(who)).remaining).toBeLessThanOrEqual(free);
  });
});
