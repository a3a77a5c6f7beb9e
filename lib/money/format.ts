import type { Cents, Credits } from "./credits";

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}|${JSON.stringify(options)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, options);
    formatters.set(key, found);
  }
  return found;
}

/** `12345678` → `12,345,678` as the locale groups digits. */
export const formatCredits = (amount: Credits, locale: string): string =>
  formatter(locale, {}).format(amount);

/** `24000000` → `24M`; at most one decimal, rounded down so that nobody is promised more than there is. */
export function formatCreditsShort(amount: Credits, locale: string): string {
  return formatter(locale, {
    notation: "compact",
    maximumFractionDigits: 1,
    roundingMode: "trunc",
  } as Intl.NumberFormatOptions).format(amount);
}

/** `1234` → `$12.34`. Formats from the decimal string, so no amount passes through a float. */
export function formatCents(amount: Cents, locale: string): string {
  return currency(amount, formatter(locale, { style: "currency", currency: "USD" }));
}

/** `50000` → `$500`, but `1234` → `$12.34`: for prices that are usually whole dollars. */
export function formatDollars(amount: Cents, locale: string): string {
  return currency(
    amount,
    formatter(locale, {
      style: "currency",
      currency: "USD",
      minimumFractionDigits: amount % 100n === 0n ? 0 : 2,
    }),
  );
}

function currency(amount: Cents, to: Intl.NumberFormat): string {
  const exact = `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`;
  return to.format(exact as Intl.StringNumericLiteral);
}

/**
 * What Stripe counts in whole units and in thousandths; everything else, also what is spent without hundredths (HUF, ISK, UGX), it
 * counts in hundredths: docs.stripe.com/currencies.
 */
const WHOLE_UNITS = /^(BIF|CLP|DJF|GNF|JPY|KMF|KRW|MGA|PYG|RWF|VND|VUV|XAF|XOF|XPF)$/;
const THOUSANDTHS = /^(BHD|JOD|KWD|OMR|TND)$/;
const digitsOf = (code: string) => (WHOLE_UNITS.test(code) ? 0 : THOUSANDTHS.test(code) ? 3 : 2);

/**
 * Any currency's units as Stripe counts them: `(1234n, "eur")` → `€12.34`, `(1234n, "jpy")` → `¥1,234`. May be less than nothing.
 * Where nobody knows the currency, its code stands before hundredths.
 */
export function formatMinor(amount: bigint, currency: string, locale: string): string {
  const code = /^[a-z]{3}$/i.test(currency) ? currency.toUpperCase() : "XXX";
  const digits = digitsOf(code);
  const exactly = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const to = formatter(locale, { style: "currency", currency: code, ...exactly });
  const size = amount < 0n ? -amount : amount;
  const unit = 10n ** BigInt(digits);
  const fraction = digits > 0 ? `.${String(size % unit).padStart(digits, "0")}` : "";
  return to.format(`${amount < 0n ? "-" : ""}${size / unit}${fraction}` as Intl.StringNumericLiteral);
}
