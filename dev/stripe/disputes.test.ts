import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "./server";
import { control, failureOf, RETURN_URL, simulate } from "./testing";

let simulator: Simulator;
let stripe: Stripe;
let customer: string;

beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
  customer = (await stripe.customers.create({ email: "ann@shop.test", name: "Ann" })).id;
});
afterEach(() => simulator.close());

async function pay(card: string, amount = 6000): Promise<{ intent: string; charge: string }> {
  const intent = await stripe.paymentIntents.create({
    amount,
    currency: "usd",
    customer,
    description: "Credits",
    payment_method: `pm_card_${card}`,
    confirm: true,
    return_url: RETURN_URL,
  });
  return { intent: intent.id, charge: String(intent.latest_charge) };
}

const disputeOf = async (charge: string): Promise<Stripe.Dispute> => {
  const [dispute] = (await stripe.disputes.list({ charge })).data;
  if (!dispute) throw new Error("there is a dispute");
  return dispute;
};
const statusOf = async (id: string) => (await stripe.disputes.retrieve(id)).status;
const typesOf = async (types: RegExp) =>
  (await stripe.events.list({ limit: 100 })).data
    .map(({ type }) => type)
    .filter((type) => types.test(type))
    .reverse();
const answer = (id: string, uncategorized_text: string) =>
  stripe.disputes.update(id, { evidence: { uncategorized_text } });
const turn = async (path: string, body: object = {}) => (await control(simulator, "POST", path, body)).json();

describe("a chargeback", () => {
  it("comes right after the payment, takes the money and a fee, and stands in the way of a refund", async () => {
    const { intent, charge } = await pay("createDispute");
    expect(await typesOf(/^(charge|payment_intent)\.(succeeded|dispute)/)).toEqual([
      "charge.succeeded",
      "charge.dispute.created",
      "charge.dispute.funds_withdrawn",
      "payment_intent.succeeded",
    ]);
    const dispute = await disputeOf(charge);
    expect(dispute).toMatchObject({
      id: expect.stringMatching(/^du_/),
      amount: 6000,
      payment_intent: intent,
      reason: "fraudulent",
      status: "needs_response",
      is_charge_refundable: false,
      balance_transactions: [{ amount: -6000, fee: 1500, net: -7500, reporting_category: "dispute" }],
      evidence: { customer_name: "Ann", customer_email_address: "ann@shop.test" },
      evidence_details: { has_evidence: false, submission_count: 0 },
      payment_method_details: { card: { case_type: "chargeback", network_reason_code: "10.4" } },
    });
    const days = ((dispute.evidence_details.due_by ?? 0) - dispute.created) / 86_400;
    expect(days).toBeGreaterThan(8);
    expect(days).toBeLessThan(9);
    expect((await stripe.charges.retrieve(charge)).disputed).toBe(true);
    expect((await stripe.disputes.list({ payment_intent: intent })).data).toHaveLength(1);
    expect(await failureOf(stripe.refunds.create({ charge, amount: 100 }))).toMatchObject({
      statusCode: 400,
      code: "charge_disputed",
      message: `Charge ${charge} has been charged back; cannot issue a refund.`,
    });
  });

  it("has the reason its card stands for", async () => {
    const { charge } = await pay("createDisputeProductNotReceived");
    expect(await disputeOf(charge)).toMatchObject({
      reason: "product_not_received",
      payment_method_details: { card: { network_reason_code: "13.1" } },
    });
  });

  it("answered with winning evidence is under review, then won: the money is back and can be refunded", async () => {
    const { charge } = await pay("createDispute");
    const { id } = await disputeOf(charge);
    expect(await answer(id, "winning_evidence")).toMatchObject({
      status: "under_review",
      is_charge_refundable: false,
      evidence: { uncategorized_text: "winning_evidence" },
      evidence_details: { has_evidence: true, submission_count: 1 },
    });
    await expect.poll(() => statusOf(id)).toBe("won");
    const won = await stripe.disputes.retrieve(id);
    expect(won.is_charge_refundable).toBe(true);
    expect(won.balance_transactions.map(({ net }) => net)).toEqual([-7500, 6000]);
    expect(await typesOf(/^charge\.dispute/)).toEqual([
      "charge.dispute.created",
      "charge.dispute.funds_withdrawn",
      "charge.dispute.updated",
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
    ]);
    expect((await stripe.refunds.create({ charge, amount: 100 })).status).toBe("succeeded");
  });

  it.each([
    ["losing evidence", (id: string) => answer(id, "losing_evidence")],
    ["nothing, but accepted", (id: string) => stripe.disputes.close(id)],
  ])("answered with %s is lost, and over", async (_how, act) => {
    const { charge } = await pay("createDispute");
    const { id } = await disputeOf(charge);
    await act(id);
    await expect.poll(() => statusOf(id)).toBe("lost");
    expect(await typesOf(/^charge\.dispute\.(closed|funds_reinstated)/)).toEqual(["charge.dispute.closed"]);
    for (const late of [answer(id, "winning_evidence"), stripe.disputes.close(id)])
      expect(await failureOf(late)).toMatchObject({
        statusCode: 400,
        message: "This dispute is already closed",
      });
    expect(await failureOf(stripe.refunds.create({ charge }))).toMatchObject({ code: "charge_disputed" });
    expect(await stripe.disputes.update(id, { metadata: { seen: "1" } })).toMatchObject({ status: "lost" });
  });

  it("keeps evidence that is not submitted, and stays where it is without an answer", async () => {
    const { charge } = await pay("createDispute");
    const { id } = await disputeOf(charge);
    const kept = await stripe.disputes.update(id, {
      evidence: { uncategorized_text: "winning_evidence" },
      submit: false,
    });
    expect(kept).toMatchObject({
      status: "needs_response",
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
    expect(await stripe.disputes.update(id, { submit: true })).toMatchObject({ status: "under_review" });
    await expect.poll(() => statusOf(id)).toBe("won");
  });
});

describe("an inquiry", () => {
  it("moves no money and leaves the charge refundable", async () => {
    const { charge } = await pay("createDisputeInquiry", 1700);
    expect(await disputeOf(charge)).toMatchObject({
      amount: 1700,
      status: "warning_needs_response",
      is_charge_refundable: true,
      balance_transactions: [],
      payment_method_details: { card: { case_type: "inquiry" } },
    });
    expect(await typesOf(/^charge\.dispute/)).toEqual(["charge.dispute.created"]);
    expect((await stripe.refunds.create({ charge, amount: 100 })).status).toBe("succeeded");
  });

  it("that escalates is a chargeback with the same id, and takes the money only then", async () => {
    const { charge } = await pay("createDisputeInquiry", 1700);
    const { id } = await disputeOf(charge);
    expect((await answer(id, "escalate_inquiry_evidence")).status).toBe("warning_under_review");
    await expect.poll(() => statusOf(id)).toBe("needs_response");
    expect(await disputeOf(charge)).toMatchObject({
      id,
      is_charge_refundable: false,
      balance_transactions: [{ amount: -1700 }],
      payment_method_details: { card: { case_type: "chargeback", network_reason_code: "10.4" } },
    });
    expect(await typesOf(/^charge\.dispute/)).toEqual([
      "charge.dispute.created",
      "charge.dispute.updated",
      "charge.dispute.updated",
      "charge.dispute.funds_withdrawn",
    ]);
  });

  it("that comes to nothing is closed, and nothing moved", async () => {
    const { charge } = await pay("createDisputeInquiry", 1700);
    const { id } = await disputeOf(charge);
    await answer(id, "winning_evidence");
    await expect.poll(() => statusOf(id)).toBe("warning_closed");
    expect((await stripe.balanceTransactions.list({ type: "adjustment" })).data).toEqual([]);
  });
});

describe("what an operator turns by hand", () => {
  it("any payment is disputed, in part too, and the dispute is decided", async () => {
    const { charge } = await pay("visa");
    await stripe.refunds.create({ charge, amount: 1000 });
    const opened = await turn(`/charges/${charge}/dispute`, { amount: 2000, reason: "duplicate" });
    expect(opened).toMatchObject({ object: "dispute", amount: 2000, reason: "duplicate" });
    expect(await turn(`/disputes/${opened.id}/win`)).toMatchObject({ status: "won" });
    const next = await turn(`/charges/${charge}/dispute`);
    expect(next.amount).toBe(5000);
    expect(await turn(`/disputes/${next.id}/lose`)).toMatchObject({ status: "lost" });
    expect(await turn(`/disputes/${next.id}/appeal`)).toMatchObject({ status: "appeal_under_review" });
    expect(await turn(`/disputes/${next.id}/win`)).toMatchObject({ status: "won" });
    expect((await control(simulator, "POST", `/disputes/${next.id}/win`, {})).status).toBe(400);
  });

  it("an inquiry is opened, escalated or closed, and a dispute can have been prevented", async () => {
    const { charge } = await pay("visa");
    const first = await turn(`/charges/${charge}/dispute`, { kind: "inquiry" });
    expect(await turn(`/disputes/${first.id}/close`)).toMatchObject({ status: "warning_closed" });
    const second = await turn(`/charges/${charge}/dispute`, { kind: "inquiry" });
    expect(await turn(`/disputes/${second.id}/escalate`)).toMatchObject({ status: "needs_response" });
    const other = await pay("visa");
    const prevented = await turn(`/charges/${other.charge}/dispute`, { kind: "prevented" });
    expect(prevented).toMatchObject({ status: "prevented", balance_transactions: [] });
  });

  it("a payment is refunded, and a refund fails, waits for the payer, or is canceled", async () => {
    const { charge } = await pay("visa");
    const refund = await turn(`/charges/${charge}/refund`, { amount: 2500 });
    expect(refund).toMatchObject({ object: "refund", amount: 2500, metadata: {} });
    expect(await turn(`/refunds/${refund.id}/fail`, { reason: "lost_or_stolen_card" })).toMatchObject({
      status: "failed",
      failure_reason: "lost_or_stolen_card",
    });
    expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(0);
    const waiting = await turn(`/charges/${charge}/refund`);
    expect(await turn(`/refunds/${waiting.id}/ask_payer`)).toMatchObject({ status: "requires_action" });
    expect(await stripe.refunds.cancel(waiting.id)).toMatchObject({ status: "canceled" });
    expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(0);
    expect((await control(simulator, "POST", `/charges/${charge}/refund`, { amount: 9999 })).status).toBe(
      400,
    );
    expect((await control(simulator, "POST", "/charges/ch_nobody/refund", {})).status).toBe(404);
  });

  it("a bank warns of fraud, and what is disputed is not to be acted on any more", async () => {
    const { charge, intent } = await pay("visa");
    const warning = await turn(`/charges/${charge}/warn`, {});
    expect(warning).toMatchObject({ object: "radar.early_fraud_warning", actionable: true, charge });
    expect(await typesOf(/^radar/)).toEqual(["radar.early_fraud_warning.created"]);
    await turn(`/charges/${charge}/dispute`);
    const [listed] = (await stripe.radar.earlyFraudWarnings.list({ payment_intent: intent })).data;
    expect(listed).toMatchObject({ id: warning.id, actionable: false, fraud_type: "misc" });
    expect((await stripe.radar.earlyFraudWarnings.list({ charge: "ch_other" })).data).toEqual([]);
  });
});
