import type Stripe from "stripe";
import type { Reduction } from "./discounts";

type Line = Stripe.InvoiceLineItem;
/** What discounts and taxes an invoice's lines are reckoned with. */
export type Terms = { reductions: Reduction[]; ratesOf: (line: Line) => Stripe.TaxRate[] };

/**
 * Lines with what is taken off and what tax is put on. `amount` and `subtotal` of a line stay as before discounts; a
 * proration has its discounts in its amount already (documentation, "Flexible billing mode", `proration_discounts`).
 */
export function reckon(lines: Line[], { reductions, ratesOf }: Terms): Line[] {
  const off = lines.map((): Stripe.InvoiceLineItem.DiscountAmount[] => []);
  const left = lines.map(({ amount, discountable }) => (discountable ? Math.max(0, amount) : 0));
  for (const reduction of reductions) {
    for (const [index, amount] of takenOff(left, reduction).entries()) {
      if (amount === 0) continue;
      left[index] = (left[index] ?? 0) - amount;
      off[index]?.push({ amount, discount: reduction.discount });
    }
  }
  return lines.map((line, index) => {
    const discount_amounts = off[index] ?? [];
    const net = line.amount - sumOf(discount_amounts);
    const pretax_credit_amounts = discount_amounts.map(toPretaxCredit);
    return { ...line, discount_amounts, pretax_credit_amounts, taxes: taxesOn(net, ratesOf(line)) };
  });
}

/** The same again, as Stripe names it beside credit grants (recorded: pay-rails/pay, coupons). */
function toPretaxCredit({ amount, discount }: Stripe.InvoiceLineItem.DiscountAmount) {
  return { amount, discount: String(discount), type: "discount" as const };
}

/** A percentage of each line, or an amount spread over them by their size; what rounding leaves is the last one's. */
function takenOff(left: number[], { amount_off, percent_off }: Reduction): number[] {
  if (percent_off !== null) return left.map((amount) => Math.round((amount * percent_off) / 100));
  const sum = left.reduce((a, b) => a + b, 0);
  const pool = Math.min(amount_off ?? 0, sum);
  const last = left.findLastIndex((amount) => amount > 0);
  const shares = left.map((amount) => (sum === 0 ? 0 : Math.floor((pool * amount) / sum)));
  const rest = pool - shares.reduce((a, b) => a + b, 0);
  return shares.map((share, index) => (index === last ? share + rest : share));
}

/** What is inclusive is in the price already, and what is exclusive is put on what is left of it. */
function taxesOn(amount: number, rates: Stripe.TaxRate[]): Stripe.InvoiceLineItem.Tax[] {
  const inside = rates.filter(({ inclusive }) => inclusive).reduce((sum, rate) => sum + rate.percentage, 0);
  const base = amount / (1 + inside / 100);
  const taxable_amount = Math.round(base);
  return rates.map(({ id, inclusive, percentage }) => ({
    amount: Math.round((base * percentage) / 100),
    tax_behavior: inclusive ? "inclusive" : "exclusive",
    tax_rate_details: { tax_rate: id },
    taxability_reason: "not_available",
    taxable_amount,
    type: "tax_rate_details",
  }));
}

type Sums = Pick<
  Stripe.Invoice,
  | "subtotal"
  | "subtotal_excluding_tax"
  | "total"
  | "total_discount_amounts"
  | "total_excluding_tax"
  | "total_pretax_credit_amounts"
  | "total_taxes"
>;

/** What lines come to: `total` is what is to be paid, before credit of the customer. */
export function sumsOf(lines: Line[]): Sums {
  const subtotal = sumOf(lines);
  const discounts = gathered(
    lines.flatMap((line) => line.discount_amounts ?? []),
    ({ discount }) => String(discount),
  );
  const taxes = gathered(
    lines.flatMap((line) => line.taxes ?? []),
    ({ tax_rate_details }) => String(tax_rate_details?.tax_rate),
  );
  const within = sumOf(taxes.filter(({ tax_behavior }) => tax_behavior === "inclusive"));
  const added = sumOf(taxes) - within;
  const total = subtotal - sumOf(discounts) + added;
  return {
    subtotal,
    subtotal_excluding_tax: subtotal - within,
    total,
    total_discount_amounts: discounts,
    total_excluding_tax: total - added - within,
    total_pretax_credit_amounts: discounts.map(toPretaxCredit),
    total_taxes: taxes.map((tax) => ({
      ...tax,
      taxable_amount: lines
        .flatMap((line) => line.taxes ?? [])
        .filter((each) => each.tax_rate_details?.tax_rate === tax.tax_rate_details?.tax_rate)
        .reduce((sum, each) => sum + (each.taxable_amount ?? 0), 0),
    })),
  };
}

function gathered<T extends { amount: number }>(rows: T[], nameOf: (row: T) => string): T[] {
  const found = new Map<string, T>();
  for (const row of rows) {
    const name = nameOf(row);
    const known = found.get(name);
    found.set(name, known ? { ...known, amount: known.amount + row.amount } : row);
  }
  return [...found.values()];
}

const sumOf = (rows: { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);
