import type Stripe from "stripe";
import { idOf } from "../ids";
import { type ApiError, invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  integer,
  mergeMetadata,
  metadata,
  oneOf,
  pageShape,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { withdrawnBy } from "./dispute-rows";
import { emitChange } from "./events";
import { money } from "./money";
import { cancelRefund, putRefund } from "./refund-rows";

const createShape = {
  amount: integer,
  charge: word,
  metadata,
  payment_intent: word,
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
};

export const refundRoutes: Route[] = [
  route("POST", "/v1/refunds", createShape, create),
  route(
    "GET",
    "/v1/refunds",
    { ...pageShape, charge: word, created, payment_intent: word },
    (work, params) => {
      const rows = work.store
        .list("refund")
        .filter((refund) => within(refund.created, params.created))
        .filter((refund) => !params.charge || refund.charge === params.charge)
        .filter((refund) => !params.payment_intent || refund.payment_intent === params.payment_intent);
      return pageOf(rows, params, "/v1/refunds", "refund");
    },
  ),
  route("GET", "/v1/refunds/:id", {}, (work, _params, id) => find(work, id)),
  route("POST", "/v1/refunds/:id", { metadata }, (work, params, id) => {
    const before = find(work, id);
    const after = work.store.update("refund", id, {
      metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
    });
    emitChange(work, "charge.refund.updated", before, after);
    emitChange(work, "refund.updated", before, after);
    return after;
  }),
  route("POST", "/v1/refunds/:id/cancel", {}, (work, _params, id) => {
    // The sentence is recorded, for a refund that had succeeded.
    if (find(work, id).status !== "requires_action") throw refused("Canceling this refund is unsupported.");
    return cancelRefund(work, id);
  }),
];

function find(work: Work, id: string): Stripe.Refund {
  const refund = work.store.get("refund", id);
  if (!refund) throw missing("refund", id);
  return refund;
}

/** The refusals are recorded (05_refunds_disputes), but for a payment that never succeeded. */
function create(work: Work, params: Values<typeof createShape>): Stripe.Refund {
  const charge = chargeOf(work, params);
  return refundCharge(work, charge, {
    amount: params.amount,
    reason: params.reason ?? null,
    metadata: mergeMetadata({}, params.metadata),
  });
}

/** Pays a charge back, or says why not. Without an amount: all that is left of it. */
export function refundCharge(
  work: Work,
  charge: Stripe.Charge,
  terms: {
    amount: number | undefined;
    reason: "duplicate" | "fraudulent" | "requested_by_customer" | null;
    metadata: Record<string, string>;
  },
): Stripe.Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const { amount = left } = terms;
  if (withdrawnBy(work, charge.id))
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  if (charge.refunded)
    throw refused(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  if (amount < 1)
    throw invalidParameter(
      "This value must be greater than or equal to 1.",
      "amount",
      "parameter_invalid_integer",
    );
  if (amount > left)
    throw refused(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge ` +
        `(${money(left, charge.currency)})`,
      { param: "amount" },
    );
  return putRefund(work, charge, { ...terms, amount });
}

function chargeOf(work: Work, params: Values<typeof createShape>): Stripe.Charge {
  const { charge: id, payment_intent } = params;
  if (id) {
    const charge = work.store.get("charge", id);
    if (!charge) throw missing("charge", id);
    if (charge.status !== "succeeded") throw unpaid(`Charge ${id}`, charge.status);
    return charge;
  }
  if (!payment_intent)
    throw refused(
      "One of the following params should be provided for this request: payment_intent or charge.",
    );
  const intent = work.store.get("payment_intent", payment_intent);
  if (!intent) throw missing("payment_intent", payment_intent, "payment_intent");
  const charge = work.store.get("charge", idOf(intent.latest_charge) ?? "");
  if (charge?.status !== "succeeded")
    throw refused(`This PaymentIntent (${payment_intent}) does not have a successful charge to refund.`);
  return charge;
}

const unpaid = (what: string, status: string): ApiError =>
  refused(`${what} is ${status}, so there is nothing to refund.`);
