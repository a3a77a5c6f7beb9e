import type Stripe from "stripe";
import { idOf, newId, randomText } from "../ids";
import type { Work } from "../work";
import { book } from "./balance";
import { schedule } from "./clock";
import { emit, emitChange } from "./events";
import { networkSide } from "./payment-methods";

type Refund = Stripe.Refund;

export type RefundTerms = {
  amount: number;
  reason: "duplicate" | "fraudulent" | "requested_by_customer" | null;
  metadata: Record<string, string>;
};

/** What counts towards `amount_refunded` of a charge: whatever has not come back. */
const COUNTS = ["pending", "requires_action", "succeeded"];

/**
 * Pays back. Refunds to cards succeed at once (recorded: 05_refunds_disputes); the cards whose refunds are pending first or
 * fail afterwards are https://docs.stripe.com/testing#refunds. The events of all kinds of refunds are those since
 * https://docs.stripe.com/changelog/acacia/2024-10-28/refund-webhook-update.
 */
export function putRefund(work: Work, charge: Stripe.Charge, terms: RefundTerms): Refund {
  const id = newId("re");
  const isPending = testRefundOf(work, charge) === "pending";
  const description = charge.description ? `REFUND FOR CHARGE (${charge.description})` : "REFUND FOR CHARGE";
  const { currency } = charge;
  const booked = book(work, {
    amount: -terms.amount,
    currency,
    type: "refund",
    category: "refund",
    description,
    source: id,
  });
  const refund = work.store.put("refund", {
    id,
    object: "refund",
    amount: terms.amount,
    balance_transaction: booked.id,
    charge: charge.id,
    created: work.now,
    currency,
    customer: idOf(charge.customer),
    customer_account: null,
    destination_details: destinationOf(charge),
    metadata: terms.metadata,
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    ...(isPending ? { pending_reason: "processing" } : {}),
    reason: terms.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? "pending" : "succeeded",
    transfer_reversal: null,
  });
  emit(work, "refund.created", refund);
  emitChange(work, "charge.refunded", charge, countRefunds(work, charge.id));
  schedule(work, {
    kind: "finish_refund",
    target: id,
    atMs: work.nowMs + work.returnDelayMs,
    clock: null,
  });
  return refund;
}

function testRefundOf(work: Work, charge: Stripe.Charge): "pending" | "fails" | null {
  return charge.payment_method ? (networkSide(work, charge.payment_method).card.refund ?? null) : null;
}

function destinationOf({ payment_method_details }: Stripe.Charge): Stripe.Refund.DestinationDetails {
  const type = payment_method_details?.type ?? "card";
  if (type !== "card") return { type };
  return {
    type,
    card: {
      reference_status: "pending",
      reference_type: "acquirer_reference_number",
      type: "refund",
    },
  };
}

/** Every refund of a charge, newest first. */
export const refundsOf = (work: Pick<Work, "store">, charge: string): Refund[] =>
  work.store.list("refund").filter((each) => each.charge === charge);

/** `refunded` is true only when nothing is left (recorded). */
function countRefunds(work: Work, id: string): Stripe.Charge {
  const charge = work.store.get("charge", id);
  if (!charge) throw new Error(`no charge ${id}`);
  const amount_refunded = refundsOf(work, id)
    .filter(({ status }) => COUNTS.includes(status ?? ""))
    .reduce((sum, { amount }) => sum + amount, 0);
  const refunded = amount_refunded === charge.amount;
  return work.store.update("charge", id, { amount_refunded, refunded });
}

/** What comes of a refund seconds later: its reference at the bank, its end, or that it failed after all. */
export function finishRefund(work: Work, id: string): void {
  const refund = work.store.get("refund", id);
  const charge = work.store.get("charge", idOf(refund?.charge) ?? "");
  if (!refund || !charge) return;
  const after = testRefundOf(work, charge);
  if (refund.status === "succeeded" && after === "fails") return void failRefund(work, id);
  if (refund.status === "pending" && after === "pending") return void succeedRefund(work, id);
  if (refund.status === "succeeded")
    changeRefund(work, refund, { destination_details: withReference(refund) });
}

/** Recorded: seconds later the reference is there. Of the event nobody has a recording; told of too much does no harm. */
function withReference({ destination_details: now }: Refund): Stripe.Refund.DestinationDetails | undefined {
  if (!now?.card) return now;
  return { ...now, card: { ...now.card, reference: randomText(16), reference_status: "available" } };
}

export function succeedRefund(work: Work, id: string): Refund {
  const refund = getRefund(work, id);
  const { pending_reason: _, next_action: __, ...rest } = refund;
  const after = work.store.put("refund", {
    ...rest,
    status: "succeeded",
    destination_details: withReference(refund),
  });
  tell(work, refund, after);
  return after;
}

/**
 * The bank gives the money back: https://docs.stripe.com/refunds#failed-refunds. That `charge.refund.updated` says so four
 * seconds after the refund, with `failure_balance_transaction`, is recorded in an event of zulip's (`refund_event.json`, at
 * 2020-03-02). Nobody recorded what the charge says then: here it falls back, and no event of the charge tells of that.
 */
export function failRefund(work: Work, id: string, reason = "expired_or_canceled_card"): Refund {
  const refund = getRefund(work, id);
  const { pending_reason: _, next_action: __, ...rest } = refund;
  const failed = work.store.put("refund", {
    ...rest,
    status: "failed",
    failure_reason: reason,
    failure_balance_transaction: bookBack(work, refund),
  });
  countRefunds(work, idOf(refund.charge) ?? "");
  tell(work, refund, failed);
  emit(work, "refund.failed", failed);
  return failed;
}

/** Only what waits for the payer can be canceled (the SDK's own words for `cancel`). */
export function cancelRefund(work: Work, id: string): Refund {
  const refund = getRefund(work, id);
  const { next_action: _, ...rest } = refund;
  const canceled = work.store.put("refund", {
    ...rest,
    status: "canceled",
    failure_reason: "merchant_request",
    failure_balance_transaction: bookBack(work, refund),
  });
  countRefunds(work, idOf(refund.charge) ?? "");
  tell(work, refund, canceled);
  return canceled;
}

/** The payer is asked where to send the money: as for methods that know no way back. */
export function askPayer(work: Work, id: string): Refund {
  const refund = getRefund(work, id);
  const email_sent = { email_sent_at: work.now, email_sent_to: "payer@example.com" };
  return changeRefund(work, refund, {
    status: "requires_action",
    next_action: {
      type: "display_details",
      display_details: { email_sent, expires_at: work.now + 45 * 24 * 3600 },
    },
  });
}

export function changeRefund(work: Work, refund: Refund, patch: Partial<Refund>): Refund {
  const after = work.store.update("refund", refund.id, patch);
  tell(work, refund, after);
  return after;
}

/** Both names: the first for refunds of charges (recorded), the second for all. */
function tell(work: Work, before: Refund, after: Refund): void {
  emitChange(work, "charge.refund.updated", before, after);
  emitChange(work, "refund.updated", before, after);
}

function bookBack(work: Work, refund: Refund): string {
  return book(work, {
    amount: refund.amount,
    currency: refund.currency,
    type: "refund_failure",
    category: "refund_failure",
    description: "REFUND FAILURE",
    source: refund.id,
  }).id;
}

function getRefund(work: Work, id: string): Refund {
  const refund = work.store.get("refund", id);
  if (!refund) throw new Error(`no refund ${id}`);
  return refund;
}
