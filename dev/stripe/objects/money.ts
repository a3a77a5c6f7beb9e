import { invalidParameter } from "../wire/errors";

/** Smallest charge in minor units, where it is not the usual 50. */
const MINIMUM: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};
const MAXIMUM = 99_999_999;

export function assertAmount(amount: number, currency: string): void {
  if (amount < 1)
    throw invalidParameter(
      "This value must be greater than or equal to 1.",
      "amount",
      "parameter_invalid_integer",
    );
  const least = minimumCharge(currency);
  if (amount < least)
    throw invalidParameter(`Amount must be at least ${shown(least, currency)}`, "amount", "amount_too_small");
  if (amount > MAXIMUM)
    throw invalidParameter(
      `Amount must be no more than ${shown(MAXIMUM, currency)}`,
      "amount",
      "amount_too_large",
    );
}

/** Minor units: less than this cannot be charged. */
export function minimumCharge(currency: string): number {
  return MINIMUM[currency] ?? 50;
}

export function readCurrency(text: string): string {
  const currency = text.toLowerCase();
  if (!(currency in MINIMUM))
    throw invalidParameter(
      `Invalid currency: ${text}. Stripe currently supports these currencies: ${Object.keys(MINIMUM).join(", ")}`,
      "currency",
    );
  return currency;
}

/** "$5.00 usd", as Stripe words its messages. */
export function shown(amount: number, currency: string): string {
  return `${money(amount, currency)} ${currency}`;
}

/** "$5.00", as some others of its messages have it. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency: currency.toUpperCase() });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
