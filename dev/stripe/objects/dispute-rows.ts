import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";

export type Dispute = Stripe.Dispute;

/** What the payer's bank asks of a payment. */
export type DisputeTerms = {
  amount: number;
  reason: string;
  kind: "chargeback" | "inquiry" | "prevented";
};

/** In Stripe's own words for the state: still to be decided, though nothing of it moved money. */
export const INQUIRY_OPEN = ["warning_needs_response", "warning_under_review"];
/** The disputed amount is taken out of the account's balance. */
const WITHDRAWN = ["needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "lost"];
export const OPEN = [...INQUIRY_OPEN, ...WITHDRAWN.filter((status) => status !== "lost")];

export function getDispute(work: Work, id: string): Dispute {
  const dispute = work.store.get("dispute", id);
  if (!dispute) throw missing("dispute", id, "dispute");
  return dispute;
}

/** Every dispute of a charge, newest first. */
const disputesOf = (work: Work, charge: string): Dispute[] =>
  work.store.list("dispute").filter((each) => each.charge === charge);

/** Whether a dispute has taken the money of a charge: then it cannot be refunded as well (recorded). */
export const withdrawnBy = (work: Work, charge: string): boolean =>
  disputesOf(work, charge).some(({ status }) => WITHDRAWN.includes(status));

/** A dispute as it begins; members, reason codes and the day by which evidence is due as recorded (05_refunds_disputes). */
export function putDispute(work: Work, charge: Stripe.Charge, terms: DisputeTerms): Dispute {
  const dispute = work.store.put("dispute", {
    id: newId("du"),
    object: "dispute",
    amount: terms.amount,
    balance_transactions: [],
    charge: charge.id,
    created: work.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: blankEvidence(work, charge),
    evidence_details: {
      due_by: terms.kind === "prevented" ? null : dueBy(work.now),
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: terms.kind === "inquiry",
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    ...detailsOf(charge, terms),
    reason: terms.reason,
    status: STATUS_AT_FIRST[terms.kind],
  });
  work.store.update("charge", charge.id, { disputed: true });
  return dispute;
}

const STATUS_AT_FIRST = {
  chargeback: "needs_response",
  inquiry: "warning_needs_response",
  prevented: "prevented",
} as const;

const DAY_S = 24 * 3600;

/** The end of the eighth day from now, in UTC. */
const dueBy = (now: number): number => (Math.floor(now / DAY_S) + 9) * DAY_S - 1;

type Details = Pick<Dispute, "payment_method_details">;

function detailsOf(charge: Stripe.Charge, terms: DisputeTerms): Details {
  const card = charge.payment_method_details?.card;
  if (!card) return {};
  const brand = card.brand ?? "unknown";
  const isFraud = terms.reason === "fraudulent";
  const isInquiry = terms.kind === "inquiry";
  return {
    payment_method_details: {
      type: "card",
      card: {
        brand,
        case_type: isInquiry ? "inquiry" : "chargeback",
        network: brand,
        network_reason_code: networkCode(isFraud, isInquiry),
      },
    },
  };
}

export function networkCode(isFraud: boolean, isInquiry: boolean): string {
  if (isInquiry) return isFraud ? "10" : "13";
  return isFraud ? "10.4" : "13.1";
}

/** Stripe fills in what it knows of the customer and the payment (recorded; seconds later, here at once). */
function blankEvidence(work: Work, charge: Stripe.Charge): Stripe.Dispute.Evidence {
  const customer = work.store.get("customer", idOf(charge.customer) ?? "");
  return {
    access_activity_log: null,
    billing_address: null,
    cancellation_policy: null,
    cancellation_policy_disclosure: null,
    cancellation_rebuttal: null,
    customer_communication: null,
    customer_email_address: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    customer_purchase_ip: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    duplicate_charge_explanation: null,
    duplicate_charge_id: null,
    enhanced_evidence: {},
    product_description: charge.description,
    receipt: null,
    refund_policy: null,
    refund_policy_disclosure: null,
    refund_refusal_explanation: null,
    service_date: null,
    service_documentation: null,
    shipping_address: null,
    shipping_carrier: null,
    shipping_date: null,
    shipping_documentation: null,
    shipping_tracking_number: null,
    uncategorized_file: null,
    uncategorized_text: null,
  };
}
