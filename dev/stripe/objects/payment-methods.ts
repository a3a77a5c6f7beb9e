import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import type { CardRow } from "../tables";
import { ApiError, invalidParameter, missing, refused } from "../wire/errors";
import type { Work } from "../work";
import { type BillingDetails, billingDetails } from "./billing-details";
import { cardOfNumber, cardOfToken, type Decline, TEST_CARDS, type TestCard, type TestMethod } from "./cards";
import { emit, emitChange } from "./events";
import { OTHER_METHODS, otherOfToken } from "./other-methods";
import { changeSubscription, subscriptionsOf } from "./subscription-rows";

export function createCard(
  work: Work,
  card: TestCard,
  given: {
    expMonth?: number;
    expYear?: number;
    cvc?: boolean;
    billing?: BillingDetails;
    metadata?: Record<string, string>;
  } = {},
): Stripe.PaymentMethod {
  const id = newId("pm");
  work.store.put("card", { id, testCard: card.token, readyForOffSession: false, usedUp: false });
  return work.store.put("payment_method", {
    id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billingDetails(given.billing),
    card: {
      brand: card.brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: given.cvc === false ? null : "unchecked",
      },
      country: "US",
      display_brand: card.brand === "amex" ? "american_express" : card.brand,
      exp_month: given.expMonth ?? 12,
      exp_year: given.expYear ?? new Date(work.nowMs).getUTCFullYear() + 3,
      fingerprint: fingerprintOf(card),
      funding: card.token.endsWith("_debit") ? "debit" : "credit",
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: work.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: given.metadata ?? {},
    type: "card",
  });
}

/** A card from its number, refused like Stripe refuses numbers that are not test cards. */
export function cardFromNumber(number: string): TestCard {
  const digits = number.replaceAll(/[\s-]/g, "");
  if (!/^\d{12,19}$/.test(digits) || !luhn(digits))
    throw wrongCard("incorrect_number", "Your card number is incorrect.", "card[number]");
  const card = cardOfNumber(digits);
  if (card) return card;
  const message = "Your card was declined. Your request was in test mode, but used a non test card.";
  throw new ApiError(402, {
    type: "card_error",
    code: "card_declined",
    decline_code: "test_mode_live_card",
    message,
    param: "card[number]",
  });
}

export function wrongCard(code: string, message: string, param: string): ApiError {
  return new ApiError(402, { type: "card_error", code, message, param });
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function fingerprintOf(card: TestCard): string {
  return `sim${card.number.slice(-12)}x`;
}

/** Finds a payment method, or makes a fresh one from a `pm_card_…` test token. */
export function resolvePaymentMethod(work: Work, id: string, param = "payment_method"): Stripe.PaymentMethod {
  const token = cardOfToken(id);
  if (token) return createCard(work, token);
  const other = otherOfToken(work, id);
  if (other) return other;
  const found = work.store.get("payment_method", id);
  if (!found) throw missing("PaymentMethod", id, param);
  return found;
}

export function networkSide(work: Work, paymentMethod: string): { row: CardRow; card: TestMethod } {
  const row = work.store.get("card", paymentMethod);
  const card = [...TEST_CARDS, ...OTHER_METHODS].find(({ token }) => token === row?.testCard);
  if (!row || !card) throw new Error(`no card behind ${paymentMethod}`);
  return { row, card };
}

export function attach(work: Work, method: Stripe.PaymentMethod, customer: string): Stripe.PaymentMethod {
  const { row, card } = networkSide(work, method.id);
  const owner = idOf(method.customer);
  if (owner === customer) return method;
  if (owner)
    throw refused("The payment method you provided has already been attached to a customer.", {
      code: "payment_method_unexpected_state",
    });
  assertUsable(row);
  if (card.refusal) throw declineWithoutIntent(card.refusal);
  const checks = { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" };
  const attached = work.store.update("payment_method", method.id, {
    customer,
    card: method.card ? { ...method.card, checks } : undefined,
  });
  emit(work, "payment_method.attached", attached);
  return attached;
}

/** The network says that a saved card has other numbers now; whoever uses it goes on using it. */
export function updateAutomatically(
  work: Work,
  id: string,
  given: { expMonth: number; expYear: number; last4?: string },
): Stripe.PaymentMethod {
  const before = work.store.get("payment_method", id);
  if (!before?.card || !before.customer) throw missing("PaymentMethod", id);
  assertExpiry(work, given.expMonth, given.expYear);
  const { last4 = before.card.last4 } = given;
  const card = { ...before.card, exp_month: given.expMonth, exp_year: given.expYear, last4 };
  const after = work.store.update("payment_method", id, { card });
  emitChange(work, "payment_method.automatically_updated", before, after);
  return after;
}

export function detach(work: Work, method: Stripe.PaymentMethod): Stripe.PaymentMethod {
  const owner = idOf(method.customer);
  if (!owner)
    throw refused(
      "The payment method you provided is not attached to a customer so detachment is impossible.",
    );
  work.store.update("card", method.id, { usedUp: true });
  const detached = work.store.update("payment_method", method.id, { customer: null });
  emitChange(work, "payment_method.detached", method, detached);
  forgetDefault(work, owner, method.id);
  return detached;
}

/**
 * Its subscriptions go on without a card of their own. The customer's `invoice_settings.default_payment_method` is *not*
 * cleared and goes on naming what can no longer pay (community reports; the design's stripe.md §13).
 */
function forgetDefault(work: Work, owner: string, method: string): void {
  for (const { id, default_payment_method } of subscriptionsOf(work, owner))
    if (default_payment_method === method) changeSubscription(work, id, { default_payment_method: null });
}

export function assertUsable(row: CardRow): void {
  if (!row.usedUp) return;
  throw refused(
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared " +
      "with a connected account without Customer attachment, or was detached from a Customer. It may not be used " +
      "again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
  );
}

/** The method may pay for this customer: it is theirs, or nobody's. */
export function assertOwner(method: Stripe.PaymentMethod, customer: string | null, intent: string): void {
  const owner = idOf(method.customer);
  if (!owner || owner === customer) return;
  if (!customer)
    throw refused(
      `The PaymentMethod ${method.id} belongs to the Customer ${owner}. Please include the Customer in the ` +
        `\`customer\` parameter on the ${intent}.`,
      // Recorded for SetupIntents at 2026-08-26; for PaymentIntents taken to be the same.
      { param: "payment_method" },
    );
  throw refused(
    `The provided PaymentMethod ${method.id} does not belong to the Customer you supplied. Please use this ` +
      "PaymentMethod with the Customer to which it belongs, or use another PaymentMethod.",
    { param: "payment_method" },
  );
}

/** An intent takes the methods it lists, and says so of any other. */
export function assertTaken(method: Stripe.PaymentMethod, types: readonly string[], intent: string): void {
  if (types.includes(method.type)) return;
  throw refused(
    `The PaymentMethod provided (${method.type}) is not allowed for this ${intent}. To see a list of allowed ` +
      `PaymentMethods for this ${intent}, please check the \`payment_method_types\` property on the ${intent}.`,
    { code: "payment_intent_incompatible_payment_method", param: "payment_method" },
  );
}

export function declineWithoutIntent(decline: Decline): ApiError {
  return new ApiError(402, { type: "card_error", ...declineFields(decline), message: decline.message });
}

export function declineFields(
  decline: Pick<Decline, "declineCode" | "advice" | "networkCode"> & { code: string },
) {
  return {
    code: decline.code,
    decline_code: decline.declineCode,
    ...(decline.advice ? { advice_code: decline.advice } : {}),
    ...(decline.networkCode ? { network_decline_code: decline.networkCode } : {}),
  };
}

export function assertExpiry(work: Work, month: number, year: number): void {
  if (month < 1 || month > 12)
    throw wrongCard("invalid_expiry_month", "Your card's expiration month is invalid.", "card[exp_month]");
  const today = new Date(work.nowMs);
  const thisYear = today.getUTCFullYear();
  if (year < thisYear || year > thisYear + 50 || (year === thisYear && month < today.getUTCMonth() + 1))
    throw wrongCard("invalid_expiry_year", "Your card's expiration year is invalid.", "card[exp_year]");
}

export function cardOfPaymentToken(token: string): TestCard {
  const card = cardOfToken(token.replace(/^tok_/, "pm_card_"));
  if (!card) throw invalidParameter(`No such token: '${token}'`, "card[token]", "resource_missing");
  return card;
}
