import { PAYMENTS_UNAVAILABLE_CODE } from "../billing/gateway";

/** An attempt that did not go through, as an order's or a plan's payment keeps it. */
type Declined = { readonly status: string; readonly declineCode: string | null };

const GENERIC_DECLINE =
  "Your bank declined the payment and did not say why. Contact your bank, or use another card.";

/** Codes of requests that Stripe refused before any bank was asked: of something that is not there, or as it may not be. */
const NO_BANKS =
  /^(resource|parameter|customer|invoice|subscription|schedule|price|product|coupon|payment_method|payment_intent|tax)_|^(invalid_request_error|refused)$/;

/**
 * What a buyer reads for Stripe's code. Codes that tell of theft or fraud read exactly like the generic one: who
 * holds a stolen card must not learn that it is known.
 */
export function declineSentence(attempt: Declined | undefined): string {
  if (attempt?.declineCode === PAYMENTS_UNAVAILABLE_CODE)
    return "Payments are unavailable right now, so your card was not charged. We know about it; please try again later.";
  if (attempt?.status === "canceled")
    return "The payment was stopped before it went through. You can pay again.";
  switch (attempt?.declineCode) {
    case "change_planned":
      return "Another change of your plan is already scheduled, so this one was not made and nothing was charged. If you want something else, please contact us.";
    case "insufficient_funds":
    case "withdrawal_count_limit_exceeded":
    case "card_velocity_exceeded":
      return "The card has insufficient funds, or has reached its limit. Use another card, or try again later.";
    case "expired_card":
    case "invalid_expiry_month":
    case "invalid_expiry_year":
      return "The card has expired, or its expiry date is wrong. Add it again with the right date, or use another card.";
    case "incorrect_cvc":
    case "invalid_cvc":
      return "The card's security code is wrong. Add the card again with the right code, or use another card.";
    case "incorrect_number":
    case "invalid_number":
      return "The card's number is wrong. Add the card again with the right number, or use another card.";
    case "incorrect_zip":
    case "incorrect_address":
      return "The card's billing address is not the one your bank knows. Add the card again with the right address, or use another card.";
    case "authentication_required":
    case "authentication_not_handled":
    case "payment_intent_authentication_failure":
      return "Your bank wants you to confirm this payment, and that did not succeed. Pay again and complete your bank's step, or use another card.";
    case "processing_error":
    case "issuer_not_available":
    case "reenter_transaction":
    case "try_again_later":
      return "Your bank could not process the payment right now. Try again in a few minutes; if it keeps happening, contact your bank.";
    case "card_not_supported":
    case "currency_not_supported":
      return "This card cannot be used for this kind of payment. Use another card.";
    case "duplicate_transaction":
      return "Your bank took this for a repeated payment of the same amount. Check under History whether it already went through before you pay again.";
    case "lost_card":
    case "stolen_card":
    case "fraudulent":
    case "merchant_blacklist":
    case "pickup_card":
    case "restricted_card":
    case "highest_risk_level":
    case "generic_decline":
    case "card_declined":
    case "do_not_honor":
    case "call_issuer":
    case "transaction_not_allowed":
      return GENERIC_DECLINE;
    default:
      return attempt?.status === "failed" || NO_BANKS.test(attempt?.declineCode ?? "")
        ? "The payment could not be made. Try again, or use another card."
        : GENERIC_DECLINE;
  }
}
