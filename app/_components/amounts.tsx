import { type Cents, credits as toCredits } from "@/lib/money/credits";
import { formatCents, formatCredits, formatCreditsShort, formatDollars } from "@/lib/money/format";

type CreditsProps = {
  readonly value: bigint;
  readonly locale: string;
  /**
   * `24M` in place of `24,000,000`: for estimates, and where the exact number stands close by. A title would not do, as who has
   * no mouse cannot see it.
   */
  readonly short?: boolean;
  readonly className?: string;
};

/** So many credits, as the customer's locale writes numbers. The exact number is in `data-credits`. */
export function Credits({ value, locale, short = false, className }: CreditsProps) {
  const size = toCredits(value < 0n ? -value : value);
  const sign = value < 0n ? "−" : "";
  return (
    <span data-credits={value.toString()} {...(className && { className })}>
      {sign + (short ? formatCreditsShort(size, locale) : formatCredits(size, locale))}
    </span>
  );
}

type MoneyProps = {
  readonly cents: Cents;
  readonly locale: string;
  /** `$500` in place of `$500.00`: for prices that are usually whole dollars. */
  readonly short?: boolean;
  readonly className?: string;
};

/** US dollars. The exact number of cents is in `data-cents`. */
export function Money({ cents, locale, short = false, className }: MoneyProps) {
  return (
    <span data-cents={cents.toString()} {...(className && { className })}>
      {short ? formatDollars(cents, locale) : formatCents(cents, locale)}
    </span>
  );
}
