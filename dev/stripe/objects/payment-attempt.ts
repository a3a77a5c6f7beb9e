import type Stripe from "stripe";
import { idOf } from "../ids";
import { ApiError, docUrl, type ErrorBody, invalidParameter, refused } from "../wire/errors";
import type { Work } from "../work";
import {
  AUTHENTICATION_NOT_HANDLED,
  AUTHENTICATION_REQUIRED,
  challenges,
  type Decline,
  type TestMethod,
} from "./cards";
import { recordCharge } from "./charges";
import { clockOf, nowOf, schedule } from "./clock";
import { openDispute } from "./dispute-life";
import { emit } from "./events";
import { assertOwner, assertUsable, attach, declineFields, networkSide } from "./payment-methods";

export type AttemptOptions = {
  returnUrl: string | null;
  offSession: boolean;
  errorOnRequiresAction: boolean;
  useStripeSdk: boolean;
  requestChallenge: boolean;
  /** The Checkout Session to go back to after the bank's page. */
  checkoutSession?: string;
  /** Lets the bank be asked although the buyer is away: somebody will bring them back. */
  askAnyway?: boolean;
};

const CONFIRMABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

export function assertConfirmable(intent: Stripe.PaymentIntent): void {
  if (!CONFIRMABLE.includes(intent.status))
    throw unexpectedState(intent, "confirm", "confirmed", CONFIRMABLE);
}

export function unexpectedState(
  intent: Stripe.PaymentIntent,
  verb: string,
  done: string,
  allowed: string[],
): ApiError {
  const message =
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with ` +
    `one of the following statuses may be ${done}: ${allowed.join(", ")}.`;
  return refused(message, { code: "payment_intent_unexpected_state", payment_intent: intent });
}

/** Tries to take the money. A refusal is thrown as a 402, with intent and failed charge kept. */
export function attempt(
  work: Work,
  intent: Stripe.PaymentIntent,
  options: AttemptOptions,
): Stripe.PaymentIntent {
  assertConfirmable(intent);
  const method = methodOf(work, intent);
  const { row, card } = networkSide(work, method.id);
  assertOwner(method, idOf(intent.customer), "PaymentIntent");
  if (!method.customer) assertUsable(row);
  assertReturnUrl(intent, options);

  const { readyForOffSession } = row;
  const use = { offSession: options.offSession, readyForOffSession, requested: options.requestChallenge };
  if (!card.refusal && challenges(card.challenge, use)) {
    if (options.offSession && !options.askAnyway)
      throw refuse(work, intent, method, AUTHENTICATION_REQUIRED, null);
    if (options.errorOnRequiresAction) throw refuse(work, intent, method, AUTHENTICATION_NOT_HANDLED, null);
    return askBank(work, intent, options);
  }
  return take(work, intent, method, false);
}

/** What the bank answered on its page. Answering an intent that is no longer waiting changes nothing. */
export function finishAuthentication(
  work: Work,
  id: string,
  approved: boolean,
): Stripe.PaymentIntent | undefined {
  const intent = work.store.get("payment_intent", id);
  if (intent?.status !== "requires_action") return intent;
  const method = methodOf(work, intent);
  try {
    if (approved) return take(work, intent, method, true);
    refuse(work, intent, method, AUTHENTICATION_FAILED, null, "invalid_request_error");
  } catch (error) {
    if (!(error instanceof ApiError && error.traits.keep)) throw error;
  }
  return work.store.get("payment_intent", id);
}

const AUTHENTICATION_FAILED = {
  code: "payment_intent_authentication_failure",
  message:
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
};

function methodOf(work: Work, intent: Stripe.PaymentIntent): Stripe.PaymentMethod {
  const method = work.store.get("payment_method", idOf(intent.payment_method) ?? "");
  if (method) return method;
  const message =
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the " +
    "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.";
  throw refused(message, { code: "payment_intent_unexpected_state", payment_intent: intent });
}

function assertReturnUrl(intent: Stripe.PaymentIntent, options: AttemptOptions): void {
  const automatic = intent.automatic_payment_methods;
  if (options.returnUrl || options.offSession || options.errorOnRequiresAction) return;
  if (!automatic?.enabled || automatic.allow_redirects === "never" || options.useStripeSdk) return;
  throw invalidParameter(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these " +
      "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't " +
      "want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and " +
      "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
  );
}

function askBank(work: Work, intent: Stripe.PaymentIntent, options: AttemptOptions): Stripe.PaymentIntent {
  const url = `${work.publicUrl}/authenticate/${intent.id}`;
  const byRedirect = options.returnUrl && !options.useStripeSdk;
  const next_action: Stripe.PaymentIntent.NextAction = byRedirect
    ? { type: "redirect_to_url", redirect_to_url: { return_url: options.returnUrl, url } }
    : { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect", stripe_js: url } };
  const { returnUrl, checkoutSession = null } = options;
  work.store.put("attempt", { id: intent.id, returnUrl, checkoutSession });
  const waiting = work.store.update("payment_intent", intent.id, {
    last_payment_error: null,
    next_action,
    status: "requires_action",
  });
  emit(work, "payment_intent.requires_action", waiting);
  return waiting;
}

function take(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.PaymentIntent {
  const { card } = networkSide(work, method.id);
  if (card.late) return beginDebit(work, intent, method);
  const decline = card.refusal ?? card.chargeRefusal ?? null;
  const charge = recordCharge(work, intent, method, { decline, authenticated });
  if (decline) throw refuse(work, intent, method, decline, charge.id);
  // Recorded: a dispute card's events come between those of the charge and of the intent.
  if (card.dispute) openDispute(work, charge, { amount: charge.amount, ...ofCard(card.dispute) });
  keepMethod(work, intent, method, authenticated);
  const paid = work.store.update("payment_intent", intent.id, {
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    status: "succeeded",
  });
  emit(work, "payment_intent.succeeded", paid);
  return paid;
}

const ofCard = ({ reason, isInquiry }: NonNullable<TestMethod["dispute"]>) => ({
  reason,
  kind: isInquiry ? ("inquiry" as const) : ("chargeback" as const),
});

/** The bank was asked, and will answer in days; https://docs.stripe.com/payments/ach-direct-debit says up to four. */
function beginDebit(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const charge = recordCharge(work, intent, method, { decline: null, authenticated: false, isDebit: true });
  keepMethod(work, intent, method, false);
  const waiting = work.store.update("payment_intent", intent.id, {
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    status: "processing",
  });
  emit(work, "payment_intent.processing", waiting);
  const customer = idOf(intent.customer);
  const atMs = nowOf(work, customer) * 1000 + work.bankDebitDelayMs;
  schedule(work, { kind: "settle_debit", target: intent.id, atMs, clock: clockOf(work, customer) });
  return waiting;
}

/** A card that nobody owns can pay once; asking for future use attaches it to the customer. */
function keepMethod(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
) {
  const customer = idOf(intent.customer);
  if (!method.customer && customer && intent.setup_future_usage) attach(work, method, customer);
  else if (!method.customer) work.store.update("card", method.id, { usedUp: true });
  if (authenticated && intent.setup_future_usage === "off_session")
    work.store.update("card", method.id, { readyForOffSession: true });
}

type Refusal = { code: string; message: string } & Partial<
  Pick<Decline, "declineCode" | "advice" | "networkCode">
>;

export function refuse(
  work: Work,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  why: Refusal,
  charge: string | null,
  type: "card_error" | "invalid_request_error" = "card_error",
): ApiError {
  const { declineCode, ...rest } = why;
  const fields = declineCode ? declineFields({ ...rest, declineCode }) : { code: why.code };
  const details = {
    ...fields,
    ...(charge ? { charge } : {}),
    message: why.message,
    payment_method: method,
    type,
  };
  const failed = work.store.update("payment_intent", intent.id, {
    last_payment_error: {
      ...details,
      doc_url: docUrl(why.code),
    } as unknown as Stripe.PaymentIntent.LastPaymentError,
    latest_charge: charge ?? intent.latest_charge,
    next_action: null,
    payment_method: null,
    status: "requires_payment_method",
  });
  emit(work, "payment_intent.payment_failed", failed);
  const body: ErrorBody = { ...details, payment_intent: failed };
  return new ApiError(402, body, { keep: true, shouldRetry: false });
}
