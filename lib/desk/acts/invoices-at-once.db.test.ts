import { and, eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { invoiceRefundRequests, invoiceRefunds, invoices } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { mailsOf } from "../../../dev/testing/outbox";
import { DAY, MINUTE, openPlanShop } from "../../../dev/testing/plans";
import { settleRequestedInvoiceRefund } from "../../billing/allowances/returns/refund";
import { settleInvoiceReturns } from "../../billing/allowances/returns/settle";
import type { PaymentGateway } from "../../billing/gateway";
import { settleReturns } from "../../billing/orders/returns/settle";
import { sweepReturns } from "../../billing/orders/returns/sweep";
import { performAct } from "./perform";

const STARTER = 24_000_000n;
const shop = openPlanShop({ max: 20 });
const desk = deskAt(shop);
afterEach(() => expectBooksBalance(shop.db));

async function paid() {
  const who = await shop.makeSubscriber("starter");
  const { accountId } = who;
  const [row] = await shop.db.select().from(invoices).where(eq(invoices.accountId, accountId));
  const invoiceId = row?.id ?? "";
  const [payment] = (await shop.stripe.invoicePayments.list({ invoice: invoiceId })).data;
  const intent = String(payment?.payment.payment_intent);
  const ask = (cents = "") => desk.ask("refund_invoice", accountId, { invoice: invoiceId, cents });
  /** Performed with a gateway that does something of its own. */
  const refund = async (own: Partial<PaymentGateway>, cents = "") => {
    const { basis } = await desk.preview(ask(cents));
    const done = await performAct(
      { ...desk.deps(), gateway: { ...shop.deps.gateway, ...own } },
      { request: ask(cents), operatorId: desk.operatorId, reason: REASON, basis },
    );
    return done.ok && done.value.kind === "done" ? done.value.aftermath : done;
  };
  const remaining = async () => {
    const state = await shop.stateOf(who);
    return state.remaining - state.owed;
  };
  const ofIt = and(
    eq(invoiceRefundRequests.accountId, accountId),
    eq(invoiceRefundRequests.invoiceId, invoiceId),
  );
  return {
    ...{ who, ref: { accountId, invoiceId }, intent, ask, refund, remaining },
    requests: () => shop.db.select().from(invoiceRefundRequests).where(ofIt),
    kept: () => shop.db.select().from(invoiceRefunds).where(eq(invoiceRefunds.accountId, accountId)),
    made: async () => (await shop.stripe.refunds.list({ payment_intent: intent })).data,
    hear: () => settleReturns(shop.deps, { paymentIntentId: intent }),
    mails: async () => (await mailsOf(shop.db, who)).filter(({ kind }) => kind === "plan_refunded"),
  };
}

/** Made once, taken once, told once. */
async function expectOnce(it: Awaited<ReturnType<typeof paid>>, before: bigint) {
  const [one, ...more] = await it.made();
  expect(more).toEqual([]);
  expect(await it.requests()).toMatchObject([{ status: "made", refundId: one?.id, takenCredits: STARTER }]);
  expect(await it.kept()).toMatchObject([{ id: one?.id }]);
  expect(await it.remaining()).toBe(before - STARTER);
  expect(await it.mails()).toHaveLength(1);
}

describe("a refund of a plan's invoice", () => {
  it("whose event comes before the answer is made, taken and told once", async () => {
    const one = await paid();
    const before = await one.remaining();
    const refund: PaymentGateway["refund"] = async (request) => {
      const answer = await shop.deps.gateway.refund(request);
      await one.hear();
      return answer;
    };
    expect(await one.refund({ refund })).toMatchObject({ kind: "done" });
    await expectOnce(one, before);
  });

  it("that the sweeper asks for while the desk does is made, taken and told once", async () => {
    const one = await paid();
    const before = await one.remaining();
    const refund: PaymentGateway["refund"] = async (request) => {
      const [answer] = await Promise.all([
        shop.deps.gateway.refund(request),
        settleRequestedInvoiceRefund(shop.deps, one.ref),
      ]);
      return answer;
    };
    expect(await one.refund({ refund })).toMatchObject({ kind: "done" });
    await expectOnce(one, before);
  });

  it("whose process died after the payment was chosen is asked for by the sweeper", async () => {
    const one = await paid();
    const before = await one.remaining();
    const refund = () => Promise.reject(new Error("the process died"));
    await expect(one.refund({ refund })).rejects.toThrow("the process died");
    expect(await one.requests()).toMatchObject([{ status: "requested", paymentIntentId: one.intent }]);
    expect(await one.made()).toEqual([]);
    await shop.passes(MINUTE);
    await sweepReturns(shop.deps);
    await expectOnce(one, before);
  });

  it("that Stripe refuses when it is asked gives the credits back", async () => {
    const one = await paid();
    const before = await one.remaining();
    const refund: PaymentGateway["refund"] = async (request) => {
      const { latest_charge } = await shop.stripe.paymentIntents.retrieve(one.intent);
      await fetch(`${shop.simulator.url}/_sim/charges/${latest_charge}/dispute`, { method: "POST" });
      return shop.deps.gateway.refund(request);
    };
    expect(await one.refund({ refund })).toMatchObject({ kind: "refused", why: "charge_disputed" });
    expect(await one.requests()).toMatchObject([{ status: "refused", failureCode: "charge_disputed" }]);
    expect(await one.made()).toEqual([]);
    expect(await one.remaining()).toBe(before);
  });

  it("that begins while the invoice is read for the first time has it read again", async () => {
    const one = await paid();
    const atDashboard = await shop.stripe.refunds.create({ payment_intent: one.intent, amount: 100 });
    let reads = 0;
    const readInvoiceReturns: PaymentGateway["readInvoiceReturns"] = async (id) => {
      const answer = await shop.deps.gateway.readInvoiceReturns(id);
      reads += 1;
      if (reads === 1)
        await one
          .refund({ refund: () => Promise.reject(new Error("the process died")) }, "200")
          .catch(() => {});
      return answer;
    };
    const deps = { ...shop.deps, gateway: { ...shop.deps.gateway, readInvoiceReturns } };
    expect(await settleInvoiceReturns(deps, one.ref)).toBe("settled");
    expect(reads).toBe(2);
    expect(await one.requests()).toMatchObject([{ status: "requested", amountCents: 200n }]);
    expect(await one.kept()).toMatchObject([{ id: atDashboard.id, amountCents: 100n }]);
    await shop.passes(MINUTE);
    await sweepReturns(shop.deps);
    expect((await one.requests()).map(({ status }) => status)).toEqual(["made"]);
    expect((await one.made()).map(({ amount }) => amount).sort()).toEqual([100, 200]);
  });
});

describe("an invoice that two payments paid", () => {
  it("of which a bank took one back is refunded out of the other", async () => {
    const who = await shop.makeSubscriber("starter");
    const { accountId } = who;
    const customer = await shop.customerOf(who);
    const { id } = await shop.subscriptionOf(who);
    await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
    await shop.passes(32 * DAY); // Beyond the end of the longest month.
    const [renewal] = (await shop.stripe.invoices.list({ customer, limit: 1 })).data;
    const invoice = String(renewal?.id);
    const { id: payment_method } = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
    const first = await shop.stripe.paymentIntents.create({
      ...{ amount: 10_000, currency: "usd", customer, payment_method, confirm: true, off_session: true },
    });
    await shop.stripe.invoices.attachPayment(invoice, { payment_intent: first.id });
    await shop.stripe.invoices.pay(invoice, { payment_method });
    await shop.sync(who);
    await fetch(`${shop.simulator.url}/_sim/charges/${first.latest_charge}/dispute`, { method: "POST" });
    const [dispute] = (await shop.stripe.disputes.list({ payment_intent: first.id })).data;
    await shop.stripe.disputes.close(String(dispute?.id));
    expect(await settleInvoiceReturns(shop.deps, { accountId, invoiceId: invoice })).toBe("settled");

    const asked = await desk.perform(desk.ask("refund_invoice", accountId, { invoice, cents: "5000" }));
    expect(asked).toMatchObject({ ok: true, value: { aftermath: { kind: "done" } } });
    expect((await shop.stripe.refunds.list({ payment_intent: first.id })).data).toEqual([]);
    const [made] = await shop.db.select().from(invoiceRefunds).where(eq(invoiceRefunds.accountId, accountId));
    expect(made).toMatchObject({ amountCents: 5_000n, status: "succeeded" });
  });
});
