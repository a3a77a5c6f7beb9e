import { and, eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { commands, invoiceLines, invoiceRefundRequests, invoiceRefunds, invoices } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { deskAt, REASON } from "../../../dev/testing/desk";
import { mailsOf } from "../../../dev/testing/outbox";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { renewUnpaid } from "../../../dev/testing/unpaid-renewal";
import { settleInvoiceReturns } from "../../billing/allowances/returns/settle";
import { settleReturns } from "../../billing/orders/returns/settle";
import { sweepReturns } from "../../billing/orders/returns/sweep";
import { newId, toPublicId } from "../../ids";
import type { Cents } from "../../money/credits";
import { findAnything } from "../find";
import { listQueue } from "../queues/list";
import { listTimeline } from "../timeline";
import { performAct } from "./perform";

const STARTER = 24_000_000n;
const shop = openPlanShop({ max: 20 });
const desk = deskAt(shop);
afterEach(async () => {
  shop.simulator.faults.clear();
  await expectBooksBalance(shop.db);
});

/** A subscriber with the invoice that paid for the plan. */
async function paid(plan = "starter", interval: "month" | "year" = "month") {
  const who = await shop.makeSubscriber(plan, { interval });
  const customer = await shop.customerOf(who);
  const [found] = (await shop.stripe.invoices.list({ customer })).data;
  const [payment] = (await shop.stripe.invoicePayments.list({ invoice: String(found?.id) })).data;
  const intent = String(payment?.payment.payment_intent);
  const { latest_charge: charge } = await shop.stripe.paymentIntents.retrieve(intent);
  const invoice = String(found?.id);
  const ask = (amount = "") => desk.ask("refund_invoice", who.accountId, { invoice, cents: amount });
  const refund = async (amount = "") => {
    const done = await desk.perform(ask(amount));
    return done.ok && done.value.kind === "done" ? done.value.aftermath : done;
  };
  const hear = () => settleReturns(shop.deps, { paymentIntentId: intent });
  return {
    who,
    invoice,
    intent,
    charge: String(charge),
    total: BigInt(found?.total ?? 0),
    ask,
    refund,
    hear,
  };
}
const remainingOf = async (who: Subscriber) => {
  const { remaining, owed } = await shop.stateOf(who);
  return remaining - owed;
};
const refundsOf = ({ accountId }: Subscriber) =>
  shop.db.select().from(invoiceRefunds).where(eq(invoiceRefunds.accountId, accountId));
const requestsOf = ({ accountId }: Subscriber) =>
  shop.db.select().from(invoiceRefundRequests).where(eq(invoiceRefundRequests.accountId, accountId));
/** What the account's timeline says of its refunds. */
async function toldOf(who: Subscriber) {
  const of = { accountId: who.accountId, stripeCustomerId: await shop.customerOf(who) };
  const { rows } = await listTimeline(shop.db, of, { kinds: ["returns"] });
  return rows.flatMap(({ data: { what, status, by, why } }) =>
    what === "refund" ? [[status, by, why]] : [],
  );
}
async function atStripe(path: string) {
  const answer = await fetch(`${shop.simulator.url}/_sim/${path}`, { method: "POST" });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as { id: string };
}

describe("a refund of a plan's invoice", () => {
  it("is previewed with the credits it takes, asked of Stripe once, and says who and why", async () => {
    const { who, intent, total, ask } = await paid();
    const before = await remainingOf(who);
    const seen = await desk.preview(ask());
    const after = String(before - STARTER);
    expect(seen.lines).toContainEqual({ name: "Remaining", unit: "credits", before: String(before), after });
    expect(seen.lines).toContainEqual({
      ...{ name: "Left to pay back", unit: "text" },
      ...{ before: `$${total / 100n}.${String(total % 100n).padStart(2, "0")}`, after: "$0.00" },
    });
    expect(await requestsOf(who)).toEqual([]);
    expect(await remainingOf(who)).toBe(before);

    const perform = () =>
      performAct(desk.deps(), {
        ...{ request: ask(), operatorId: desk.operatorId, reason: REASON, basis: seen.basis },
      });
    expect(await perform()).toMatchObject({ ok: true, value: { aftermath: { kind: "done" } } });
    expect(await perform()).toMatchObject({ ok: false });
    expect(await remainingOf(who)).toBe(before - STARTER);
    const [made] = (await shop.stripe.refunds.list({ payment_intent: intent })).data;
    expect(made?.amount).toBe(Number(total));
    expect(await requestsOf(who)).toMatchObject([
      {
        status: "made",
        refundId: made?.id,
        requestedBy: desk.operatorId,
        why: REASON,
        takenCredits: STARTER,
      },
    ]);
    expect(await refundsOf(who)).toMatchObject([{ id: made?.id, status: "succeeded", amountCents: total }]);
    expect(await toldOf(who)).toEqual([["succeeded", "operator", REASON]]);
    const [act] = await desk.acts(who.accountId);
    expect((await findAnything(shop.db, act?.request.refund ?? "")).found).toMatchObject([
      { kind: "refund", accountId: toPublicId("account", who.accountId) },
    ]);
    expect(act).toMatchObject({ kind: "refund_invoice", reason: REASON, weighsCents: total });
    await expect(desk.takeBack(act?.id ?? "")).rejects.toThrow("no_counter_act");
    const byOperator = and(eq(commands.accountId, who.accountId), eq(commands.actorKind, "operator"));
    expect(await shop.db.select().from(commands).where(byOperator)).toMatchObject([
      { kind: "revoke", reason: REASON },
    ]);
    const told = (await mailsOf(shop.db, who)).filter(({ kind }) => kind === "plan_refunded");
    expect(told).toMatchObject([{ facts: { takenCredits: String(STARTER), usedCredits: "0" } }]);
    expect((await shop.stateOf(who)).plan).toBe("starter");
  });

  it("in parts takes the share of each, and never more than is left", async () => {
    const { who, total, ask, refund, hear } = await paid();
    const before = await remainingOf(who);
    const half = total / 2n;
    expect(await refund(String(half))).toMatchObject({ kind: "done" });
    const share = (STARTER * half) / total;
    expect(await remainingOf(who)).toBe(before - share);
    expect(await desk.look(ask(String(total - half + 1n)))).toMatchObject({
      error: { code: "more_than_left_of_invoice", leftCents: total - half },
    });
    // What Stripe tells of it changes nothing more.
    await hear();
    expect(await remainingOf(who)).toBe(before - share);
    expect(await refund()).toMatchObject({ kind: "done" });
    expect(await remainingOf(who)).toBe(before - STARTER);
    expect(await desk.look(ask())).toMatchObject({ error: { code: "nothing_left" } });
    const told = (await mailsOf(shop.db, who)).filter(({ kind }) => kind === "plan_refunded");
    expect(told.map(({ facts }) => facts)).toMatchObject([
      { takenCredits: String(share) },
      { takenCredits: String(STARTER - share) },
    ]);
  });

  it("takes what was spent as debt, and gives all of it back when the refund fails afterwards", async () => {
    const { who, refund, hear } = await paid();
    const before = await remainingOf(who);
    await shop.spend(who, before);
    await refund();
    expect(await remainingOf(who)).toBe(-STARTER);
    const [made] = await refundsOf(who);
    await atStripe(`refunds/${made?.id}/fail`);
    await hear();
    expect(await remainingOf(who)).toBe(0n);
  });

  it("of a year takes the months to come first", async () => {
    const { who, total, refund } = await paid("starter", "year");
    const before = await remainingOf(who);
    await refund(String(total / 2n));
    expect(await remainingOf(who)).toBe(before);
    await refund();
    expect(await remainingOf(who)).toBe(before - STARTER);
  });

  it("that no payment has so much left for gives the credits back and is told", async () => {
    const { who, intent, total, ask } = await paid();
    const before = await remainingOf(who);
    const { basis } = await desk.preview(ask());
    // Somebody was faster in the dashboard since it was previewed, and nobody has heard of it yet.
    await shop.stripe.refunds.create({ payment_intent: intent, amount: Number(total) - 100 });
    const by = { operatorId: desk.operatorId, reason: REASON, basis };
    expect(await performAct(desk.deps(), { request: ask(), ...by })).toMatchObject({
      value: { aftermath: { kind: "refused", why: "no_payment_has_so_much_left" } },
    });
    expect(await remainingOf(who)).toBe(before);
    expect(await requestsOf(who)).toMatchObject([{ status: "refused", refundId: null }]);
    expect(await toldOf(who)).toEqual([["refused", "operator", REASON]]);
  });

  it("whose answer is lost stays under way, and is asked again with its key until Stripe says so", async () => {
    const { who, invoice, intent, ask, refund } = await paid();
    const before = await remainingOf(who);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { pathPattern: "/v1/refunds", method: "POST" },
      times: "forever",
    });
    expect(await refund()).toMatchObject({ kind: "unknown" });
    expect(await remainingOf(who)).toBe(before - STARTER);
    expect(await requestsOf(who)).toMatchObject([{ status: "requested", paymentIntentId: intent }]);
    expect(await desk.look(ask())).toMatchObject({ error: { code: "invoice_under_way" } });
    shop.simulator.faults.clear();
    await shop.passes(MINUTE);
    await sweepReturns(shop.deps);
    expect(await requestsOf(who)).toMatchObject([{ status: "made" }]);
    expect((await shop.stripe.refunds.list({ payment_intent: intent })).data).toHaveLength(1);
    expect(await remainingOf(who)).toBe(before - STARTER);
    expect(await settleInvoiceReturns(shop.deps, { accountId: who.accountId, invoiceId: invoice })).toBe(
      "settled",
    );
    expect(await remainingOf(who)).toBe(before - STARTER);
  });

  it("that Stripe never heard of is over after an hour, and the credits are back", async () => {
    const { who, invoice, intent, refund } = await paid();
    const before = await remainingOf(who);
    shop.simulator.faults.add({
      kind: "drop_before",
      match: { pathPattern: "/v1/refunds", method: "POST" },
      times: "forever",
    });
    expect(await refund()).toMatchObject({ kind: "unknown" });
    await shop.passes(2 * HOUR);
    const own = async () =>
      (await listQueue(shop.db, "payments")).items.filter(({ accountId }) => accountId === who.accountId);
    expect(await own()).toMatchObject([{ why: "requested", subject: `refund of invoice ${invoice}` }]);
    await sweepReturns(shop.deps);
    expect(await own()).toEqual([]);
    expect(await requestsOf(who)).toMatchObject([{ status: "refused", failureCode: "never_made" }]);
    expect((await shop.stripe.refunds.list({ payment_intent: intent })).data).toEqual([]);
    expect(await remainingOf(who)).toBe(before);
  });

  it("that three operators ask for at once is made once", async () => {
    const { who, intent, ask } = await paid();
    const before = await remainingOf(who);
    const { basis } = await desk.preview(ask());
    const perform = (operatorId: string) =>
      performAct(desk.deps(), { request: ask(), operatorId, reason: REASON, basis });
    const outcomes = await Promise.all([perform(desk.operatorId), perform(newId()), perform(newId())]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await shop.stripe.refunds.list({ payment_intent: intent })).data).toHaveLength(1);
    expect(await remainingOf(who)).toBe(before - STARTER);
  });

  it("of an old invoice of which nothing was ever heard takes what its grants still have", async () => {
    const { who, ask } = await paid();
    await shop.passes(40 * DAY);
    await shop.sync(who);
    const [state] = [await shop.stateOf(who)];
    await desk.perform(ask());
    // The month is over: what expired of it goes, and nothing that another payment paid for.
    expect((await shop.stateOf(who)).remaining).toBe(state?.remaining);
    expect(await requestsOf(who)).toMatchObject([{ status: "made", takenCredits: STARTER }]);
  });
});

describe("a refund of an invoice is refused", () => {
  it("of another account's, one nobody knows, and one that is in dispute", async () => {
    const { who, invoice, charge, ask, hear } = await paid();
    const other = await shop.makeFree();
    const theirs = desk.ask("refund_invoice", other.accountId, { invoice, cents: "" });
    expect(await desk.look(theirs)).toMatchObject({ error: { code: "subject_not_found" } });
    for (const bad of ["", "in_", "in_'; --", "ch_1"])
      expect(
        await desk.look(desk.ask("refund_invoice", who.accountId, { invoice: bad, cents: "" })),
      ).toMatchObject({ error: { code: "bad_field", field: "invoice" } });
    for (const cents of ["0", "-1", "1.5", "1e3"])
      expect(await desk.look(ask(cents))).toMatchObject({ error: { code: "bad_field", field: "cents" } });
    await atStripe(`charges/${charge}/dispute`);
    await hear();
    expect(await desk.look(ask())).toMatchObject({ error: { code: "invoice_disputed" } });
  });

  it("of one that is paid and is for nothing that is sold here", async () => {
    const { who, invoice, ask } = await paid();
    const own = and(eq(invoiceLines.accountId, who.accountId), eq(invoiceLines.invoiceId, invoice));
    const [line] = await shop.db.select().from(invoiceLines).where(own);
    await shop.db.update(invoiceLines).set({ plan: null, interval: null, creditsPerMonth: null }).where(own);
    expect(await desk.look(ask())).toMatchObject({ error: { code: "invoice_of_nothing_ours" } });
    const { plan, interval, creditsPerMonth } = line ?? {};
    await shop.db.update(invoiceLines).set({ plan, interval, creditsPerMonth }).where(own);
  });

  it("of one that is not paid, or that no money paid", async () => {
    const { who, invoice, ask } = await paid();
    const own = and(eq(invoices.accountId, who.accountId), eq(invoices.id, invoice));
    const [row] = await shop.db.select().from(invoices).where(own);
    await shop.db.update(invoices).set({ status: "open" }).where(own);
    expect(await desk.look(ask())).toMatchObject({ error: { code: "invoice_not_paid" } });
    await shop.db
      .update(invoices)
      .set({ status: "paid", paidCents: 0n as Cents })
      .where(own);
    expect(await desk.look(ask())).toMatchObject({ error: { code: "invoice_paid_without_stripe" } });
    await shop.db.update(invoices).set({ paidCents: row?.paidCents }).where(own);
  });
});

describe("a refund of an invoice that Stripe cannot make is refused in the preview, and nothing is begun", () => {
  it("of one that was paid elsewhere", async () => {
    const { who, fails, pays } = await renewUnpaid(shop);
    await fails();
    const customer = await shop.customerOf(who);
    const [open] = (await shop.stripe.invoices.list({ customer, status: "open" })).data;
    await pays();
    const ask = (cents: string) =>
      desk.look(desk.ask("refund_invoice", who.accountId, { invoice: String(open?.id), cents }));
    const before = await remainingOf(who);
    for (const cents of ["", "1"])
      expect(await ask(cents)).toMatchObject({ error: { code: "invoice_paid_without_stripe" } });
    expect(await requestsOf(who)).toEqual([]);
    expect(await remainingOf(who)).toBe(before);
  });

  it("of one whose payment was paid back in the dashboard, which nobody has heard of", async () => {
    const { who, intent, total, ask } = await paid();
    await shop.stripe.refunds.create({ payment_intent: intent, amount: Number(total) - 100 });
    expect(await desk.look(ask())).toMatchObject({
      error: { code: "more_than_a_payment_has", mostCents: 100n, currency: "usd" },
    });
    expect(await desk.look(ask("100"))).toMatchObject({ ok: true });
    await shop.stripe.refunds.create({ payment_intent: intent, amount: 100 });
    expect(await desk.look(ask("100"))).toMatchObject({ error: { code: "nothing_left_at_stripe" } });
    expect(await requestsOf(who)).toEqual([]);
  });

  it("of one whose payment a bank took back, which nobody has heard of", async () => {
    const { charge, ask } = await paid();
    await atStripe(`charges/${charge}/dispute`);
    expect(await desk.look(ask("100"))).toMatchObject({ error: { code: "nothing_left_at_stripe" } });
  });

  it("of any while Stripe does not answer", async () => {
    const { who, ask } = await paid();
    shop.simulator.faults.add({ kind: "drop_before", match: {}, times: "forever" });
    expect(await desk.look(ask())).toMatchObject({ error: { code: "stripe_does_not_say" } });
    shop.simulator.faults.clear();
    expect(await desk.look(ask())).toMatchObject({ ok: true });
    expect(await requestsOf(who)).toEqual([]);
  });
});
