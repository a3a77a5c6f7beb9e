const BRANDS: Readonly<Record<string, string>> = {
  visa: "Visa",
  mastercard: "Mastercard",
  amex: "Amex",
  american_express: "Amex",
  discover: "Discover",
  diners: "Diners Club",
  diners_club: "Diners Club",
  jcb: "JCB",
  unionpay: "UnionPay",
  cartes_bancaires: "Cartes Bancaires",
  eftpos_australia: "eftpos",
  interac: "Interac",
};

const brandName = (brand: string): string => (Object.hasOwn(BRANDS, brand) && BRANDS[brand]) || "Card";

/** `Visa •••• 4242` */
export const cardName = (card: { readonly brand: string; readonly last4: string }): string =>
  `${brandName(card.brand)} •••• ${card.last4}`;

/** `12/30`: the last month in which a card is good. */
export const cardEnd = (card: { readonly expMonth: number; readonly expYear: number }): string =>
  `${String(card.expMonth).padStart(2, "0")}/${String(card.expYear % 100).padStart(2, "0")}`;

/** `Visa •••• 4242, 12/30` */
export const cardNameAndExpiry = (card: Parameters<typeof cardName>[0] & Parameters<typeof cardEnd>[0]) =>
  `${cardName(card)}, ${cardEnd(card)}`;
