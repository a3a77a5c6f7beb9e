import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { ApiError, docUrl, type ErrorBody, invalidParameter, refused } from "../wire/errors";
import type { Work } from "../work";
import { challenges } from "./cards";
import { emit } from "./events";
import { assertUsable, attach, declineFields, networkSide } from "./payment-methods";

export type SetupOptions = {
  returnUrl: string | null;
  useStripeSdk: boolean;
  checkoutSession: string | null;
};

const CONFIRMABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** Saves the card for later use; may need the bank, may be refused (402, kept). */
export function attemptSetup(
  work: Work,
  intent: Stripe.SetupIntent,
  options: SetupOptions,
): Stripe.SetupIntent {
  if (!CONFIRMABLE.includes(intent.status))
    throw refused(
      `You cannot confirm this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of ` +
        `the following statuses may be confirmed: ${CONFIRMABLE.join(", ")}.`,
      { code: "setup_intent_unexpected_state", setup_intent: intent },
    );
  const method = methodOf(work, intent);
  const { row, card } = networkSide(work, method.id);
  if (!method.customer) assertUsable(row);
  assertReturnUrl(intent, options);
  if (card.refusal) {
    const { message, ...why } = card.refusal;
    throw refuse(work, intent, method, { ...declineFields(why), message, type: "card_error" });
  }
  const use = { offSession: false, readyForOffSession: row.readyForOffSession, requested: false };
  const eased = card.challenge === "on_session" ? "never" : card.challenge;
  return challenges(eased, use) ? askBank(work, intent, options) : finish(work, intent, method);
}

export function finishSetupAuthentication(
  work: Work,
  id: string,
  approved: boolean,
): Stripe.SetupIntent | undefined {
  const intent = work.store.get("setup_intent", id);
  if (intent?.status !== "requires_action") return intent;
  const method = methodOf(work, intent);
  if (approved) return finish(work, intent, method);
  refuse(work, intent, method, AUTHENTICATION_FAILED);
  return work.store.get("setup_intent", id);
}

const AUTHENTICATION_FAILED = {
  code: "setup_intent_authentication_failure",
  message:
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
  type: "invalid_request_error",
} as const;

function methodOf(work: Work, intent: Stripe.SetupIntent): Stripe.PaymentMethod {
  const method = work.store.get("payment_method", idOf(intent.payment_method) ?? "");
  if (method) return method;
  const message =
    "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent " +
    "with a payment method and then confirm it again, or confirm it again directly with a payment method.";
  throw refused(message, { code: "setup_intent_unexpected_state", setup_intent: intent });
}

function assertReturnUrl(intent: Stripe.SetupIntent, options: SetupOptions): void {
  const automatic = intent.automatic_payment_methods;
  if (options.returnUrl || options.checkoutSession || options.useStripeSdk) return;
  if (!automatic?.enabled || automatic.allow_redirects === "never") return;
  throw invalidParameter(
    "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment " +
      "methods might redirect your customer off of your page, you must provide a `return_url`.",
  );
}

function askBank(work: Work, intent: Stripe.SetupIntent, options: SetupOptions): Stripe.SetupIntent {
  const url = `${work.publicUrl}/authenticate/${intent.id}`;
  const { returnUrl, checkoutSession } = options;
  const next_action: Stripe.SetupIntent.NextAction =
    returnUrl && !options.useStripeSdk
      ? { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } }
      : { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url } };
  work.store.put("attempt", { id: intent.id, returnUrl, checkoutSession });
  const patch = { last_setup_error: null, next_action, status: "requires_action" as const };
  const waiting = work.store.update("setup_intent", intent.id, patch);
  emit(work, "setup_intent.requires_action", waiting);
  return waiting;
}

function finish(work: Work, intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): Stripe.SetupIntent {
  const customer = idOf(intent.customer);
  if (customer && !method.customer) attach(work, method, customer);
  work.store.update("card", method.id, { readyForOffSession: true });
  const done = work.store.update("setup_intent", intent.id, {
    last_setup_error: null,
    latest_attempt: recordSetupAttempt(work, intent, method, "succeeded"),
    next_action: null,
    status: "succeeded",
  });
  emit(work, "setup_intent.succeeded", done);
  return done;
}

type Why = Pick<
  ErrorBody,
  "code" | "decline_code" | "advice_code" | "network_decline_code" | "message" | "type"
>;

function refuse(work: Work, intent: Stripe.SetupIntent, method: Stripe.PaymentMethod, why: Why): ApiError {
  const details = { ...why, payment_method: method };
  const failed = work.store.update("setup_intent", intent.id, {
    last_setup_error: {
      ...details,
      doc_url: docUrl(why.code ?? ""),
    } as unknown as Stripe.SetupIntent.LastSetupError,
    latest_attempt: recordSetupAttempt(work, intent, method, "failed"),
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(work, "setup_intent.setup_failed", failed);
  return new ApiError(402, { ...details, setup_intent: failed }, { keep: true, shouldRetry: false });
}

function recordSetupAttempt(
  work: Work,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  status: "succeeded" | "failed",
): string {
  return work.store.put("setup_attempt", {
    id: newId("setatt"),
    object: "setup_attempt",
    application: null,
    created: work.now,
    customer: idOf(intent.customer),
    customer_account: null,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: detailsOf(method),
    setup_error: null,
    setup_intent: intent.id,
    status,
    usage: intent.usage,
  }).id;
}

function detailsOf(method: Stripe.PaymentMethod): Stripe.SetupAttempt.PaymentMethodDetails {
  if (!method.card) return { type: method.type, [method.type]: {} };
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card;
  const face = { brand, country, exp_month, exp_year, fingerprint, funding, last4 };
  return {
    type: "card",
    card: { ...face, checks: null, network: brand, three_d_secure: null, wallet: null },
  };
}
