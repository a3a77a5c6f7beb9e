import type Stripe from "stripe";
import { idOf, newId, randomText } from "../ids";
import { documentLink } from "../links";
import { missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { book } from "./balance";
import type { Decline } from "./cards";
import { schedule } from "./clock";
import { emit, emitChange } from "./events";
import { otherDetails } from "./other-methods";

/** Puts one attempt on record, whether the bank said yes or no. */
export function recordCharge(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  result: { decline: Decline | null; authenticated: boolean; isDebit?: boolean },
): Stripe.Charge {
  const id = newId("ch");
  const isDebit = result.isDebit ?? false;
  const paid = result.decline === null && !isDebit;
  const charge = work.store.put("charge", {
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: "STRIPE SIMULATOR",
    captured: paid,
    created: work.now,
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: result.decline?.code ?? null,
    failure_message: result.decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(result.decline),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: method.card
      ? { type: "card", card: cardDetails(intent, method, result.authenticated) }
      : otherDetails(method),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: paid ? receiptOf(work, id) : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: isDebit ? "pending" : paid ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: intent.transfer_group,
  });
  emit(work, isDebit ? "charge.pending" : paid ? "charge.succeeded" : "charge.failed", charge);
  if (paid) bookLater(work, id);
  return charge;
}

function receiptOf(work: Work, charge: string): string {
  return documentLink(`${work.publicUrl}/receipts/${charge}`, work.nowMs);
}

function bookLater(work: Work, charge: string): void {
  const atMs = work.nowMs + work.balanceDelayMs;
  schedule(work, { kind: "settle_charge", target: charge, atMs, clock: null });
}

/** A pending charge becomes paid or failed. */
export function finishDebitCharge(work: Work, id: string, decline: Decline | null): string {
  const pending = work.store.get("charge", id);
  if (!pending) throw new Error(`no charge ${id}`);
  const after = work.store.update("charge", id, {
    amount_captured: decline ? 0 : pending.amount,
    captured: !decline,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    outcome: outcomeOf(decline),
    paid: !decline,
    receipt_url: decline ? null : receiptOf(work, id),
    status: decline ? "failed" : "succeeded",
  });
  emit(work, decline ? "charge.failed" : "charge.succeeded", after);
  if (!decline) bookLater(work, id);
  return id;
}

function outcomeOf(decline: Decline | null): Stripe.Charge.Outcome {
  const common = { network_advice_code: null, risk_level: "normal", risk_score: 24 };
  if (!decline)
    return {
      ...common,
      advice_code: null,
      network_decline_code: null,
      network_status: "approved_by_network",
      reason: null,
      seller_message: "Payment complete.",
      type: "authorized",
    };
  const { blocked = false } = decline;
  return {
    ...common,
    advice_code: decline.advice ?? null,
    network_decline_code: decline.networkCode ?? null,
    network_status: blocked ? "not_sent_to_network" : "declined_by_network",
    reason: blocked ? "highest_risk_level" : decline.declineCode,
    risk_level: blocked ? "highest" : "normal",
    risk_score: blocked ? 92 : 24,
    seller_message: blocked
      ? "Stripe blocked this payment as too risky."
      : "The bank did not accept the payment; see the decline code.",
    type: blocked ? "blocked" : "issuer_declined",
  };
}

function cardDetails(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.Charge.PaymentMethodDetails.Card {
  const card = method.card;
  if (!card) throw new Error(`${method.id} is not a card`);
  return {
    amount_authorized: intent.amount,
    authorization_code: null,
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    extended_authorization: { status: "disabled" },
    fingerprint: card.fingerprint,
    funding: card.funding,
    incremental_authorization: { status: "unavailable" },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: "unavailable" },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: randomText(15),
    overcapture: { maximum_amount_capturable: intent.amount, status: "unavailable" },
    regulated_status: "unregulated",
    three_d_secure: authenticated ? AUTHENTICATED : null,
    transaction_link_id: null,
    wallet: null,
  };
}

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: "challenge",
  electronic_commerce_indicator: "05",
  exemption_indicator: null,
  result: "authenticated",
  result_reason: null,
  transaction_id: null,
  version: "2.2.0",
};

/** Stripe books the money a little after the payment: 2.9 % + 30 in fees. */
export function settleCharge(work: Work, id: string): void {
  const charge = work.store.get("charge", id);
  if (!charge || charge.balance_transaction) return;
  const fee = Math.round((charge.amount * 29) / 1000) + 30;
  const transaction = book(work, {
    amount: charge.amount,
    currency: charge.currency,
    fee: { amount: fee, description: "Stripe processing fees" },
    type: "charge",
    category: "charge",
    description: charge.description,
    source: id,
    created: charge.created,
  });
  emitChange(
    work,
    "charge.updated",
    charge,
    work.store.update("charge", id, { balance_transaction: transaction.id }),
  );
}

export const chargeRoutes: Route[] = [
  route(
    "GET",
    "/v1/charges",
    { ...pageShape, created, customer: word, payment_intent: word },
    (work, params) => {
      const rows = work.store
        .listFor("charge", params)
        .filter((charge) => within(charge.created, params.created))
        .filter((charge) => !params.payment_intent || charge.payment_intent === params.payment_intent);
      return pageOf(rows, params, "/v1/charges", "charge");
    },
  ),
  route("GET", "/v1/charges/:id", {}, (work, _params, id) => {
    const charge = work.store.get("charge", id);
    if (!charge) throw missing("charge", id);
    return charge;
  }),
];
