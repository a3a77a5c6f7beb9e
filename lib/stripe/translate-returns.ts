import type Stripe from "stripe";
import type { Dispute, DisputeStatus, FraudWarning, Refund, RefundStatus } from "../billing/gateway";
import { cents } from "../money/credits";
import { toPlainLine } from "../plain-text";

const REFUND_STATUSES: readonly RefundStatus[] = [
  "pending",
  "requires_action",
  "succeeded",
  "failed",
  "canceled",
];

const DISPUTE_STATUSES: readonly DisputeStatus[] = [
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "needs_response",
  "under_review",
  "appeal_needs_response",
  "appeal_under_review",
  "won",
  "lost",
  "prevented",
];

/** Stripe's refund in our words. */
export const toRefund = (refund: Stripe.Refund): Refund => ({
  id: refund.id,
  amountCents: cents(BigInt(refund.amount)),
  status: toRefundStatus(refund),
  failureReason: refund.failure_reason ? toCode(refund.failure_reason) : null,
  refundId: refund.metadata?.refund_id ?? null,
  createdAt: toDate(refund.created),
});

/** Where a refund stands. What this release does not know is not taken for anything it knows. */
export const toRefundStatus = ({ status }: Stripe.Refund): RefundStatus =>
  REFUND_STATUSES.find((each) => each === status) ?? "unreadable";

/** Stripe's dispute in our words. */
export const toDispute = (dispute: Stripe.Dispute): Dispute => ({
  id: dispute.id,
  amountCents: cents(BigInt(dispute.amount)),
  currency: dispute.currency,
  status: toDisputeStatus(dispute),
  reason: toCode(dispute.reason),
  evidenceDueBy: dispute.evidence_details.due_by ? toDate(dispute.evidence_details.due_by) : null,
  isChargeRefundable: dispute.is_charge_refundable,
  createdAt: toDate(dispute.created),
});

/** Where a dispute stands, the same. */
export const toDisputeStatus = ({ status }: Stripe.Dispute): DisputeStatus =>
  DISPUTE_STATUSES.find((each) => each === status) ?? "unreadable";

/** Stripe's early fraud warning in our words. */
export const toFraudWarning = (warning: Stripe.Radar.EarlyFraudWarning): FraudWarning => ({
  id: warning.id,
  fraudType: toCode(warning.fraud_type),
  createdAt: toDate(warning.created),
});

const toCode = (code: string): string => toPlainLine(code, 100) || "unknown";

const toDate = (seconds: number): Date => new Date(seconds * 1000);
