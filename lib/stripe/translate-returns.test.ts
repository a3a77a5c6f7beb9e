import type Stripe from "stripe";
import { expect, it } from "vitest";
import { toDispute, toFraudWarning, toRefund } from "./translate-returns";

const AT = 1_790_000_000;

const refund = (fields: Partial<Stripe.Refund>) =>
  toRefund({
    id: "re_1",
    amount: 2500,
    created: AT,
    metadata: {},
    status: "succeeded",
    ...fields,
  } as Stripe.Refund);

const dispute = (fields: object) =>
  toDispute({
    id: "du_1",
    amount: 2500,
    currency: "usd",
    created: AT,
    reason: "fraudulent",
    status: "needs_response",
    is_charge_refundable: false,
    evidence_details: { due_by: AT + 60 },
    ...fields,
  } as Stripe.Dispute);

it("a refund that failed is not read as one that paid anything back", () => {
  expect(refund({ status: "failed", failure_reason: "lost_or_stolen_card" })).toMatchObject({
    status: "failed",
    failureReason: "lost_or_stolen_card",
    amountCents: 2500n,
  });
});

it("a refund is found again by the id that we wrote on it, and one of the dashboard has none", () => {
  expect(refund({ metadata: { refund_id: "ours" } }).refundId).toBe("ours");
  expect([refund({ metadata: null }).refundId, refund({}).refundId]).toEqual([null, null]);
});

it("a state that Stripe adds is kept as unreadable, and not left out or taken for another", () => {
  expect([refund({ status: "reversed" }).status, refund({ status: null }).status]).toEqual([
    "unreadable",
    "unreadable",
  ]);
  expect(dispute({ status: "arbitration" }).status).toBe("unreadable");
});

it("every state of a dispute that this version of the SDK names is read as itself", () => {
  const named: readonly Stripe.Dispute.Status[] = [
    "appeal_needs_response",
    "appeal_under_review",
    "lost",
    "needs_response",
    "prevented",
    "under_review",
    "warning_closed",
    "warning_needs_response",
    "warning_under_review",
    "won",
  ];
  expect(named.map((status) => dispute({ status }).status)).toEqual(named);
});

it("a dispute says until when evidence can be submitted, and an inquiry that asks for none says so", () => {
  expect(dispute({}).evidenceDueBy).toEqual(new Date((AT + 60) * 1000));
  expect(dispute({ evidence_details: { due_by: null } }).evidenceDueBy).toBeNull();
});

it("a bank's word that could break a page or a log is read as plain text", () => {
  const warning = { id: "issfr_1", fraud_type: "made\u202Ewith\n", created: AT, charge: "ch_1" };
  expect(toFraudWarning(warning as Stripe.Radar.EarlyFraudWarning).fraudType).not.toMatch(/[\u202E\n]/);
});
