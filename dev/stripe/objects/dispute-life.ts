import type Stripe from "stripe";
import { idOf } from "../ids";
import type { Work } from "../work";
import { type Booking, book } from "./balance";
import {
  type Dispute,
  type DisputeTerms,
  getDispute,
  INQUIRY_OPEN,
  networkCode,
  putDispute,
} from "./dispute-rows";
import { emit, emitChange } from "./events";

/** Stripe's fee for a dispute: https://stripe.com/pricing. It is not given back (recorded: the reversal's fee is 0). */
const FEE = { amount: 1500, description: "Dispute fee" };

/** The payer's bank asks. A chargeback takes the money at once, an inquiry does not (recorded). */
export function openDispute(work: Work, charge: Stripe.Charge, terms: DisputeTerms): Dispute {
  const dispute = putDispute(work, charge, terms);
  emit(work, "charge.dispute.created", dispute);
  return terms.kind === "chargeback" ? withdraw(work, dispute) : dispute;
}

function withdraw(work: Work, dispute: Dispute): Dispute {
  const after = bookFor(work, dispute, {
    amount: -dispute.amount,
    fee: FEE,
    category: "dispute",
    description: `Chargeback withdrawal for ${idOf(dispute.charge)}`,
  });
  emit(work, "charge.dispute.funds_withdrawn", after);
  return after;
}

function bookFor(
  work: Work,
  dispute: Dispute,
  booking: Pick<Booking, "amount" | "fee" | "category" | "description">,
): Dispute {
  const booked = book(work, {
    ...booking,
    currency: dispute.currency,
    type: "adjustment",
    source: dispute.id,
  });
  return work.store.update("dispute", dispute.id, {
    balance_transactions: [...dispute.balance_transactions, booked],
  });
}

/** The bank decides for the merchant: the money comes back and the charge can be refunded again (recorded). */
export function winDispute(work: Work, id: string): Dispute {
  const before = getDispute(work, id);
  const won = work.store.update("dispute", id, { status: "won", is_charge_refundable: true });
  const after = bookFor(work, won, {
    amount: before.amount,
    category: "dispute_reversal",
    description: `Chargeback reversal for ${idOf(before.charge)}`,
  });
  emit(work, "charge.dispute.funds_reinstated", after);
  emitChange(work, "charge.dispute.closed", before, after);
  return after;
}

/** The bank decides for the payer, or nobody answered it: the money stays where it is. */
export function loseDispute(work: Work, id: string): Dispute {
  return close(work, id, { status: "lost", is_charge_refundable: false });
}

/** An inquiry that comes to nothing: https://docs.stripe.com/disputes/how-disputes-work#inquiries. */
export function closeInquiry(work: Work, id: string): Dispute {
  return close(work, id, { status: "warning_closed" });
}

function close(work: Work, id: string, patch: Partial<Dispute>): Dispute {
  const before = getDispute(work, id);
  const after = work.store.update("dispute", id, patch);
  emitChange(work, "charge.dispute.closed", before, after);
  return after;
}

/** An inquiry becomes a chargeback, the same dispute: only now the money is taken (documentation of the test evidence). */
export function escalateInquiry(work: Work, id: string): Dispute {
  const before = getDispute(work, id);
  const { payment_method_details: details } = before;
  const network_reason_code = networkCode(before.reason === "fraudulent", false);
  const after = work.store.update("dispute", id, {
    status: "needs_response",
    is_charge_refundable: false,
    ...(details?.card
      ? {
          payment_method_details: {
            ...details,
            card: { ...details.card, case_type: "chargeback", network_reason_code },
          },
        }
      : {}),
  });
  emitChange(work, "charge.dispute.updated", before, after);
  return withdraw(work, after);
}

/** A lost dispute is fought once more: the states `appeal_*` that the SDK has since 23.1. */
export function appeal(work: Work, id: string): Dispute {
  return change(work, id, { status: "appeal_under_review" });
}

export function change(work: Work, id: string, patch: Partial<Dispute>): Dispute {
  const before = getDispute(work, id);
  const after = work.store.update("dispute", id, patch);
  emitChange(work, "charge.dispute.updated", before, after);
  return after;
}

/** What the bank makes of evidence: https://docs.stripe.com/testing#disputes has the words. Anything else stays under review. */
export function decideDispute(work: Work, id: string): void {
  const dispute = work.store.get("dispute", id);
  const said = dispute?.evidence.uncategorized_text;
  if (!dispute || !said) return;
  if (INQUIRY_OPEN.includes(dispute.status)) {
    if (said === "escalate_inquiry_evidence") escalateInquiry(work, id);
    else if (said === "winning_evidence" || said === "losing_evidence") closeInquiry(work, id);
    return;
  }
  if (dispute.status !== "under_review" && dispute.status !== "appeal_under_review") return;
  if (said === "winning_evidence") winDispute(work, id);
  else if (said === "losing_evidence") loseDispute(work, id);
}
