import type Stripe from "stripe";
import { randomText } from "../ids";
import { missing } from "../wire/errors";
import type { Work } from "../work";
import { emit } from "./events";
import { unexpectedState } from "./payment-attempt";
import { defaultMethods, typesOf } from "./payment-method-configurations";

const CANCELABLE = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
];

export function cancelIntent(
  work: Work,
  id: string,
  reason: Stripe.PaymentIntent["cancellation_reason"],
): Stripe.PaymentIntent {
  const intent = work.store.get("payment_intent", id);
  if (!intent) throw missing("payment_intent", id);
  if (!CANCELABLE.includes(intent.status)) throw unexpectedState(intent, "cancel", "canceled", CANCELABLE);
  const canceled = work.store.update("payment_intent", id, {
    canceled_at: work.now,
    cancellation_reason: reason,
    next_action: null,
    status: "canceled",
  });
  emit(work, "payment_intent.canceled", canceled);
  return canceled;
}

export function blankIntent(work: Work, id: string): Stripe.PaymentIntent {
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: 0,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}_secret_${randomText(25)}`,
    confirmation_method: "automatic",
    created: work.now,
    currency: "usd",
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: typesOf(defaultMethods(work)),
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_group: null,
  };
}
