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

/** Whether a decline says something of the card: that the bank asked and was not answered, or could not answer, does not. */
export const isOfTheCard = (code: string | null): boolean =>
  !/authentication|processing_error|issuer_not_available|try_again_later/.test(code ?? "");

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
  const renews = subscription && isLive(subscription) && !subscription.cancelAt;
  // Stripe falls back to the customer's default where the subscription's own card is gone.
  const own = cards.find((card) => card.id === subscription?.paymentMethodId)?.id;
  const renewingId = renews ? (own ?? defaultId) : null;
  return cards
    .map((card) => ({ ...card, isDefault: card.id === defaultId, paysRenewals: card.id === renewingId }))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}
