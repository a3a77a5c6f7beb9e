import { isLive, type SubscriptionRow } from "../subscription-row";

/** Whether a card ends with this month or the next one, or has ended. Cards are good to the end of their month. */
export function cardExpiry(
  { expMonth, expYear }: { readonly expMonth: number; readonly expYear: number },
  now: Date,
): "fine" | "soon" | "over" {
  const months = (expYear - now.getUTCFullYear()) * 12 + expMonth - 1 - now.getUTCMonth();
  if (months < 0) return "over";
  return months <= 1 ? "soon" : "fine";
}

/**
 * `cardExpiry` of the card that renews a plan: `fine` also where it is still good on the day the plan renews, as nothing has to be
 * done before then.
 */
export function renewalCardExpiry(
  card: Parameters<typeof cardExpiry>[0],
  { renewsAt, now }: { readonly renewsAt: Date; readonly now: Date },
): ReturnType<typeof cardExpiry> {
  const isGoodThen = renewsAt.getTime() < Date.UTC(card.expYear, card.expMonth, 1);
  return isGoodThen ? "fine" : cardExpiry(card, now);
}

/**
 * Stripe's codes by which a bank, or Stripe for it, turns a card down. Left out are those that say nothing of the card: that the
 * bank asked its customer and was not answered, could not answer, or took the payment for a repeated one.
 */
const CARD_CODES: ReadonlySet<string> = new Set([
  "allowed_card_not_supported",
  "call_issuer",
  "card_decline_rate_limit_exceeded",
  "card_declined",
  "card_not_supported",
  "card_velocity_exceeded",
  "currency_not_supported",
  "do_not_honor",
  "do_not_try_again",
  "expired_card",
  "fraudulent",
  "generic_decline",
  "highest_risk_level",
  "incorrect_address",
  "incorrect_cvc",
  "incorrect_number",
  "incorrect_pin",
  "incorrect_zip",
  "insufficient_funds",
  "invalid_account",
  "invalid_cvc",
  "invalid_expiry_month",
  "invalid_expiry_year",
  "invalid_number",
  "invalid_pin",
  "lost_card",
  "merchant_blacklist",
  "new_account_information_available",
  "no_action_taken",
  "not_permitted",
  "pickup_card",
  "pin_try_exceeded",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "service_not_allowed",
  "stolen_card",
  "stop_payment_order",
  "testmode_decline",
  "transaction_not_allowed",
  "withdrawal_count_limit_exceeded",
]);

/** Whether a decline says something of the card. A request that was refused, so that no card was asked, says nothing of one. */
export const isOfTheCard = (code: string | null): boolean => code !== null && CARD_CODES.has(code);

export type CardView = {
  readonly id: string;
  /** Stripe's word: `visa`, `mastercard`, `amex`. */
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly isDefault: boolean;
  /** A plan's renewals are charged to it. */
  readonly paysRenewals: boolean;
  /** The newest payment with it in the running cycle was declined: when, and Stripe's code. */
  readonly declined: { readonly at: Date; readonly code: string | null } | null;
};

export type SavedCard = Omit<CardView, "isDefault" | "paysRenewals" | "declined">;

/** As the database builds it. */
export type SavedCardJson = SavedCard & { declined: { at: string; code: string | null } | null };

export const toSavedCard = ({
  declined,
  ...card
}: SavedCardJson): SavedCard & Pick<CardView, "declined"> => ({
  ...card,
  declined: declined && { ...declined, at: new Date(declined.at) },
});

export function toCardViews<Card extends { readonly id: string }>(
  cards: readonly Card[],
  defaultId: string | null,
  subscription: SubscriptionRow | null,
): readonly (Card & Pick<CardView, "isDefault" | "paysRenewals">)[] {
  // What is sent by mail is charged to none.
  const renews = subscription && isLive(subscription) && !subscription.cancelAt && !subscription.sendsInvoice;
  // Stripe falls back to the customer's default where the subscription's own card is gone.
  const own = cards.find((card) => card.id === subscription?.paymentMethodId)?.id;
  const renewingId = renews ? (own ?? defaultId) : null;
  return cards
    .map((card) => ({ ...card, isDefault: card.id === defaultId, paysRenewals: card.id === renewingId }))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}
