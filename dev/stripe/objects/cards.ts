export type Decline = {
  code:
    | "card_declined"
    | "expired_card"
    | "incorrect_cvc"
    | "processing_error"
    // Of bank accounts.
    | "account_closed"
    | "no_account"
    | "insufficient_funds"
    | "debit_not_authorized";
  declineCode: string;
  message: string;
  advice?: "try_again_later" | "do_not_try_again" | "confirm_card_data";
  networkCode?: string;
  blocked?: boolean;
};

/** When the bank wants the cardholder to approve. */
export type Challenge = "never" | "always" | "unless_set_up" | "on_session" | "on_request";

/** What only its network or bank knows of a payment method, card or not. */
export type TestMethod = {
  token: string;
  /** Refused as soon as the card is attached, set up or charged. */
  refusal?: Decline;
  /** Attaches like any card, then every charge is refused. */
  chargeRefusal?: Decline;
  challenge: Challenge;
  /** What becomes of a payment that is only processing at first; left out, it is decided at once. */
  late?: "paid" | "never" | Decline;
  /** What the payer's bank says of a payment right after it; https://docs.stripe.com/testing#disputes. */
  dispute?: { reason: "fraudulent" | "product_not_received"; isInquiry: boolean };
  /** What becomes of a refund: pending first, or failed after it succeeded; https://docs.stripe.com/testing#refunds. */
  refund?: "pending" | "fails";
};

export type TestCard = TestMethod & {
  number: string;
  brand: "visa" | "mastercard" | "amex" | "discover" | "diners" | "jcb" | "unionpay";
};

const declined = (declineCode: string, more: Partial<Decline> = {}): Decline => ({
  code: "card_declined",
  declineCode,
  message: "Your card was declined.",
  ...more,
});

export const GENERIC = declined("generic_decline", { advice: "try_again_later", networkCode: "01" });
const INSUFFICIENT = declined("insufficient_funds", {
  message: "Your card has insufficient funds.",
  advice: "try_again_later",
  networkCode: "51",
});
const LOST = declined("lost_card", { advice: "do_not_try_again", networkCode: "41" });
const STOLEN = declined("stolen_card", { advice: "do_not_try_again", networkCode: "43" });
const VELOCITY = declined("card_velocity_exceeded", {
  message:
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
  advice: "try_again_later",
  networkCode: "65",
});
const EXPIRED: Decline = {
  code: "expired_card",
  declineCode: "expired_card",
  message: "Your card has expired.",
  advice: "confirm_card_data",
  networkCode: "54",
};
const WRONG_CVC: Decline = {
  code: "incorrect_cvc",
  declineCode: "incorrect_cvc",
  message: "Your card's security code is incorrect.",
  advice: "confirm_card_data",
  networkCode: "82",
};
const PROCESSING: Decline = {
  code: "processing_error",
  declineCode: "processing_error",
  message: "An error occurred while processing your card. Try again in a little bit.",
  advice: "try_again_later",
};
const BLOCKED = declined("fraudulent", { blocked: true, advice: "do_not_try_again" });

export const AUTHENTICATION_REQUIRED = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
} as const;

export const AUTHENTICATION_NOT_HANDLED = {
  code: "card_declined",
  declineCode: "authentication_not_handled",
  message: "Your card was declined. This transaction requires authentication, which was not handled.",
} as const;

type Traits = Omit<Partial<TestCard>, "token" | "number">;
const card = (token: string, number: string, traits: Traits = {}): TestCard => ({
  token: `pm_card_${token}`,
  number,
  brand: "visa",
  challenge: "never",
  ...traits,
});

export const TEST_CARDS: readonly TestCard[] = [
  card("visa", "4242424242424242"),
  card("visa_debit", "4000056655665556"),
  card("mastercard", "5555555555554444", { brand: "mastercard" }),
  card("mastercard_debit", "5200828282828210", { brand: "mastercard" }),
  card("amex", "378282246310005", { brand: "amex" }),
  card("discover", "6011111111111117", { brand: "discover" }),
  card("diners", "3056930009020004", { brand: "diners" }),
  card("jcb", "3566002020360505", { brand: "jcb" }),
  card("unionpay", "6200000000000005", { brand: "unionpay" }),
  card("chargeDeclined", "4000000000000002", { refusal: GENERIC }),
  card("chargeDeclinedInsufficientFunds", "4000000000009995", { refusal: INSUFFICIENT }),
  card("chargeDeclinedLostCard", "4000000000009987", { refusal: LOST }),
  card("chargeDeclinedStolenCard", "4000000000009979", { refusal: STOLEN }),
  card("chargeDeclinedVelocityLimitExceeded", "4000000000006975", { refusal: VELOCITY }),
  card("chargeDeclinedExpiredCard", "4000000000000069", { refusal: EXPIRED }),
  card("chargeDeclinedIncorrectCvc", "4000000000000127", { refusal: WRONG_CVC }),
  card("chargeDeclinedProcessingError", "4000000000000119", { refusal: PROCESSING }),
  card("chargeCustomerFail", "4000000000000341", { chargeRefusal: GENERIC }),
  card("radarBlock", "4100000000000019", { chargeRefusal: BLOCKED }),
  card("authenticationRequired", "4000002760003184", { challenge: "always" }),
  card("authenticationRequiredOnSetup", "4000002500003155", { challenge: "unless_set_up" }),
  card("authenticationRequiredSetupForOffSession", "4000003800000446", { challenge: "on_session" }),
  card("authenticationRequiredChargeDeclinedInsufficientFunds", "4000008260003178", {
    challenge: "always",
    chargeRefusal: INSUFFICIENT,
  }),
  card("threeDSecure2Required", "4000000000003220", { challenge: "always" }),
  card("threeDSecureRequired", "4000000000003063", { challenge: "always" }),
  card("threeDSecureRequiredChargeDeclined", "4000008400001629", {
    challenge: "always",
    chargeRefusal: GENERIC,
  }),
  card("threeDSecureOptional", "4000000000003055", { challenge: "on_request" }),
  card("createDispute", "4000000000000259", { dispute: { reason: "fraudulent", isInquiry: false } }),
  card("createDisputeProductNotReceived", "4000000000002685", {
    dispute: { reason: "product_not_received", isInquiry: false },
  }),
  card("createDisputeInquiry", "4000000000001976", { dispute: { reason: "fraudulent", isInquiry: true } }),
  card("pendingRefund", "4000000000007726", { refund: "pending" }),
  card("refundFail", "4000000000005126", { refund: "fails" }),
];

const ALIASES: Record<string, string> = {
  pm_card_us: "pm_card_visa",
  pm_card_radarBlockAlways: "pm_card_radarBlock",
};

/** `pm_card_visa_chargeDeclined` and `pm_card_chargeDeclined` are the same card. */
export function cardOfToken(token: string): TestCard | undefined {
  const short = token.replace(/^pm_card_visa_(?=charge|auth|three)/, "pm_card_");
  const name = ALIASES[short] ?? short;
  return TEST_CARDS.find((candidate) => candidate.token === name);
}

export function cardOfNumber(number: string): TestCard | undefined {
  return TEST_CARDS.find((candidate) => candidate.number === number);
}

export function challenges(
  challenge: Challenge,
  use: { offSession: boolean; readyForOffSession: boolean; requested: boolean },
): boolean {
  if (challenge === "always") return true;
  if (challenge === "on_session") return !use.offSession;
  if (challenge === "unless_set_up") return !use.readyForOffSession;
  return challenge === "on_request" && use.requested;
}
