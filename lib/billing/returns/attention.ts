import type { Tx } from "../../../db/client";
import { type Attention, syncAttention } from "../attention/items";
import type { BillingLog } from "../deps";
import type { PaymentReturns } from "../gateway";
import { cameToNothing, type DisputeFact, isInquiry, isOpenDispute, type ReturnFacts } from "./decide";

const REASONS = [
  "payment_inquiry",
  "payment_disputed",
  "dispute_in_other_currency",
  "fraud_warning",
  "refund_failed",
  "return_unreadable",
  "invoice_payment_unread",
] as const;
type Found = Attention<(typeof REASONS)[number]>;

type Telling = {
  readonly accountId: string;
  /** Whose money it is, in an operator's words: the order's reference, or the invoice. */
  readonly about: { readonly order: string; readonly payment: string | null } | { readonly invoice: string };
  readonly currency: string;
  /** All of it went back: then a warning of fraud asks for nothing any more. */
  readonly isRefunded: boolean;
  /** As they are stored now. */
  readonly facts: ReturnFacts;
  readonly read: Pick<PaymentReturns, "warnings">;
  /** Of an invoice, by Stripe's id: payments of which nobody can read what came back. */
  readonly unread?: { readonly invoiceId: string; readonly payments: readonly string[] };
  readonly now: Date;
  readonly log: BillingLog;
};

/** A step: what of refunds, disputes and warnings an operator has to look at becomes items, and no more than that. */
export async function tellOfReturns(tx: Tx, telling: Telling): Promise<void> {
  const { accountId, about, isRefunded, facts, read, unread, now, log } = telling;
  const { refunds, disputes } = facts;
  const found: Found[] = [
    ...disputes.flatMap((each) => ofDispute(each, telling)),
    ...refunds.flatMap(({ refundId, id, amountCents, status, unreadable, failureCode }): Found[] => {
      const what = { object: "refund" as const, id: refundId ?? id };
      const canceled = status === "canceled" ? "canceled" : null;
      const details = { ...about, amountCents, failure: failureCode ?? canceled };
      // What Stripe refused was told to whoever asked for it.
      const failed: Found[] = cameToNothing({ refundId, status })
        ? [{ ...what, reason: "refund_failed", details }]
        : [];
      return unreadable ? [...failed, { ...what, reason: "return_unreadable", details }] : failed;
    }),
    ...(isRefunded ? [] : read.warnings).map(
      ({ id, fraudType }): Found => ({
        object: "fraud_warning",
        id,
        reason: "fraud_warning",
        details: { ...about, fraudType },
      }),
    ),
  ];
  if (unread && unread.payments.length > 0)
    found.push({
      ...{ object: "invoice", id: unread.invoiceId, reason: "invoice_payment_unread" },
      details: { ...about, payments: unread.payments.join(", ") },
    });
  const among = [
    ...(unread ? [unread.invoiceId] : []),
    ...refunds.map((each) => each.refundId ?? each.id),
    ...disputes.map((each) => each.id),
    ...read.warnings.map((each) => each.id),
  ];
  await syncAttention(tx, { accountId, owns: REASONS, among, found, now, log });
}

function ofDispute(dispute: DisputeFact, { about, currency: own }: Telling): Found[] {
  const { id, amountCents, currency, status, unreadable, reason, evidenceDueAt } = dispute;
  const what = { object: "dispute" as const, id };
  const details = { ...about, amountCents, currency, status, says: reason, evidenceDueAt };
  const found: Found[] = [];
  if (isInquiry(dispute)) found.push({ ...what, reason: "payment_inquiry", details });
  if (isOpenDispute(dispute)) found.push({ ...what, reason: "payment_disputed", details });
  if (status === "lost" && currency !== own)
    found.push({ ...what, reason: "dispute_in_other_currency", details });
  if (unreadable) found.push({ ...what, reason: "return_unreadable", details });
  return found;
}
