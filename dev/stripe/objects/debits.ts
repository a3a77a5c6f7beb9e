import type Stripe from "stripe";
import { idOf } from "../ids";
import { ApiError } from "../wire/errors";
import type { Work } from "../work";
import type { Decline } from "./cards";
import { finishDebitCharge } from "./charges";
import { emit } from "./events";
import { followInvoice } from "./invoice-payments";
import { getInvoice, invoiceOfIntent, subscriptionIdOf } from "./invoice-rows";
import { GENERIC_BANK_FAILURE } from "./other-methods";
import { refuse } from "./payment-attempt";
import { networkSide } from "./payment-methods";
import { endUnpaid } from "./renewals";

/**
 * What the bank says about a debit, days after it was asked: https://docs.stripe.com/payments/ach-direct-debit. An intent
 * that is no longer processing stays as it is. `said` overrules what the test account would do.
 */
export function settleDebit(work: Work, id: string, said?: "paid" | "failed"): void {
  const intent = work.store.get("payment_intent", id);
  const method = work.store.get("payment_method", idOf(intent?.payment_method) ?? "");
  if (intent?.status !== "processing" || !method) return;
  const { late } = networkSide(work, method.id).card;
  if (late === "never" && !said) return;
  const failure = typeof late === "object" ? late : null;
  const decline = said === "paid" ? null : said === "failed" ? (failure ?? GENERIC_BANK_FAILURE) : failure;
  const charge = finishDebitCharge(work, idOf(intent.latest_charge) ?? "", decline);
  if (decline) failDebit(work, intent, method, decline, charge);
  else payDebit(work, intent);
}

function payDebit(work: Work, intent: Stripe.PaymentIntent): void {
  const paid = work.store.update("payment_intent", intent.id, {
    amount_received: intent.amount,
    status: "succeeded",
  });
  emit(work, "payment_intent.succeeded", paid);
  uncount(work, intent.id);
  followInvoice(work, paid, { automatic: true, offSession: true });
  finishSession(work, intent.id, true);
}

function failDebit(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  charge: string,
): void {
  const { code, message } = decline;
  const error = refuse(work, intent, method, { code, message }, charge, "invalid_request_error");
  if (!(error instanceof ApiError)) throw error;
  uncount(work, intent.id);
  followInvoice(work, intent, { automatic: true, offSession: true });
  finishSession(work, intent.id, false);
  const invoice = invoiceOfIntent(work, intent.id);
  const isGivenUp = invoice && getInvoice(work, invoice.id).next_payment_attempt === null;
  const subscription = isGivenUp ? work.store.get("subscription", subscriptionIdOf(invoice) ?? "") : null;
  if (subscription?.status === "past_due") endUnpaid(work, subscription.id);
}

/** The attempt was counted when it was made; what follows its outcome counts once more. */
function uncount(work: Work, intent: string): void {
  const invoice = invoiceOfIntent(work, intent);
  if (!invoice) return;
  const attempt_count = Math.max(0, invoice.attempt_count - 1);
  work.store.update("invoice", invoice.id, { attempt_count });
}

/** https://docs.stripe.com/checkout/fulfillment#delayed-notification: the session was completed unpaid, and is told of now. */
function finishSession(work: Work, intent: string, paid: boolean): void {
  const basket = work.store.list("basket").find((row) => row.intent === intent);
  const session = work.store.get("checkout.session", basket?.id ?? "");
  if (session?.status !== "complete") return;
  const after = paid
    ? work.store.update("checkout.session", session.id, { payment_status: "paid" })
    : session;
  emit(work, `checkout.session.async_payment_${paid ? "succeeded" : "failed"}`, after);
}
