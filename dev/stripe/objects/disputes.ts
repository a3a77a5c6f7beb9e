import { refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  mergeMetadata,
  metadata,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { schedule } from "./clock";
import { change, closeInquiry, loseDispute } from "./dispute-life";
import { type Dispute, getDispute, INQUIRY_OPEN, OPEN } from "./dispute-rows";

const evidence = hash({
  access_activity_log: text,
  billing_address: text,
  cancellation_policy_disclosure: text,
  cancellation_rebuttal: text,
  customer_email_address: text,
  customer_name: text,
  customer_purchase_ip: text,
  duplicate_charge_explanation: text,
  duplicate_charge_id: text,
  product_description: text,
  refund_policy_disclosure: text,
  refund_refusal_explanation: text,
  service_date: text,
  shipping_address: text,
  shipping_carrier: text,
  shipping_date: text,
  shipping_tracking_number: text,
  uncategorized_text: text,
});
const updateShape = { evidence, metadata, submit: flag };

export const disputeRoutes: Route[] = [
  route(
    "GET",
    "/v1/disputes",
    { ...pageShape, charge: word, created, payment_intent: word },
    (work, params) => {
      const rows = work.store
        .list("dispute")
        .filter((dispute) => within(dispute.created, params.created))
        .filter((dispute) => !params.charge || dispute.charge === params.charge)
        .filter((dispute) => !params.payment_intent || dispute.payment_intent === params.payment_intent);
      return pageOf(rows, params, "/v1/disputes", "dispute");
    },
  ),
  route("GET", "/v1/disputes/:id", {}, (work, _params, id) => getDispute(work, id)),
  route("POST", "/v1/disputes/:id", updateShape, update),
  route("POST", "/v1/disputes/:id/close", {}, (work, _params, id) => {
    const dispute = getOpen(work, id);
    return INQUIRY_OPEN.includes(dispute.status) ? closeInquiry(work, id) : loseDispute(work, id);
  }),
];

function getOpen(work: Work, id: string): Dispute {
  const dispute = getDispute(work, id);
  // Recorded, for evidence and for closing alike.
  if (!OPEN.includes(dispute.status)) throw refused("This dispute is already closed");
  return dispute;
}

const UNDER_REVIEW: Record<string, Dispute["status"]> = {
  needs_response: "under_review",
  warning_needs_response: "warning_under_review",
  appeal_needs_response: "appeal_under_review",
};

/** Evidence is submitted with the request that brings it, unless `submit` is false; then it is only kept (the SDK's words). */
function update(work: Work, params: Values<typeof updateShape>, id: string): Dispute {
  const dispute = params.evidence || params.submit ? getOpen(work, id) : getDispute(work, id);
  const isSubmitted = params.submit ?? params.evidence !== undefined;
  const after = change(work, id, {
    metadata: mergeMetadata(dispute.metadata, params.metadata),
    evidence: { ...dispute.evidence, ...params.evidence },
    evidence_details: {
      ...dispute.evidence_details,
      has_evidence: dispute.evidence_details.has_evidence || params.evidence !== undefined,
      ...(isSubmitted
        ? {
            past_due: work.now > (dispute.evidence_details.due_by ?? work.now),
            submission_count: dispute.evidence_details.submission_count + 1,
            submission_method: "manual" as const,
          }
        : {}),
    },
    ...(isSubmitted ? { status: UNDER_REVIEW[dispute.status] ?? dispute.status } : {}),
  });
  if (isSubmitted)
    schedule(work, {
      kind: "decide_dispute",
      target: id,
      atMs: work.nowMs + work.returnDelayMs,
      clock: null,
    });
  return after;
}
