import type { Tx } from "../../../../db/client";
import { type Attention, syncAttention } from "../../attention/items";
import type { BillingLog } from "../../deps";
import type { PaymentReturns } from "../../gateway";
import type { OrderRow } from "../rows";
import { isInquiry, isOpenDispute } from "./decide";
import type { DisputeRow, StoredReturns } from "./rows";

const REASONS = [
  "payment_inquiry",
  "payment_disputed",
  "dispute_in_other_currency",
  "fraud_warning",
  "refund_failed",
  "return_unreadable",
] as const;
type Found = Attention<(typeof REASONS)[number]>;

type Telling = {
  readonly order: OrderRow;
  /** As they are stored now. */
  readonly facts: StoredReturns;
  readonly read: Pick<PaymentReturns, "warnings">;
  readonly now: Date;
  readonly log: BillingLog;
};

/** A step: what of an order's refunds, disputes and warnings an operator has to look at becomes items, and no more than that. */
export async function tellOfReturns(tx: Tx, { order, facts, read, now, log }: Telling): Promise<void> {
  const { refunds, disputes } = facts;
  const about = { order: order.reference, payment: order.paymentIntentId };
  const found: Found[] = [
    ...disputes.flatMap((each) => ofDispute(each, order)),
    ...refunds.flatMap(({ refundId, id, amountCents, status, unreadable, failureCode }): Found[] => {
      const what = { object: "refund" as const, id: refundId ?? id };
      const details = { ...about, amountCents, failure: failureCode };
      // What Stripe refused was told to whoever asked for it.
      const failed: Found[] =
        status === "failed" && refundId ? [{ ...what, reason: "refund_failed", details }] : [];
      return unreadable ? [...failed, { ...what, reason: "return_unreadable", details }] : failed;
    }),
    ...(order.status === "refunded" ? [] : read.warnings).map(
      ({ id, fraudType }): Found => ({
        object: "fraud_warning",
        id,
        reason: "fraud_warning",
        details: { ...about, fraudType },
      }),
    ),
  ];
  const among = [
    ...refunds.map((each) => each.refundId ?? each.id),
    ...disputes.map((each) => each.id),
    ...read.warnings.map((each) => each.id),
  ];
  await syncAttention(tx, { accountId: order.accountId, owns: REASONS, among, found, now, log });
}

function ofDispute(dispute: DisputeRow, order: OrderRow): Found[] {
  const { id, amountCents, currency, status, unreadable, reason, evidenceDueAt } = dispute;
  const what = { object: "dispute" as const, id };
  const about = { order: order.reference, payment: order.paymentIntentId };
  const details = { ...about, amountCents, currency, status, says: reason, evidenceDueAt };
  const found: Found[] = [];
  if (isInquiry(dispute)) found.push({ ...what, reason: "payment_inquiry", details });
  if (isOpenDispute(dispute)) found.push({ ...what, reason: "payment_disputed", details });
  if (status === "lost" && currency !== order.currency)
    found.push({ ...what, reason: "dispute_in_other_currency", details });
  if (unreadable) found.push({ ...what, reason: "return_unreadable", details });
  return found;
}
