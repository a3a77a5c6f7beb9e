import type { Offer } from "../../lib/billing/allowances/facts";
import { type BillingPeriod, monthsAfter } from "../../lib/calendar";

/** What a subscription item sells: one cent buys one credit. */
export type Sold = { offer: Offer; quantity: number };

export const MONTHS = { month: 1, year: 12 } as const;

export const priceId = ({ plan, interval }: Offer): string => `price_${plan}_${interval}`;
export const price = ({ offer, quantity }: Sold): bigint =>
  offer.creditsPerMonth * BigInt(quantity * MONTHS[offer.interval]);
export const length = ({ start, end }: BillingPeriod): bigint => BigInt(end.getTime() - start.getTime());

export function nextBoundary(anchor: Date, from: Date, months: number): Date {
  let passed = 0;
  while (monthsAfter(anchor, passed) <= from) passed += months;
  return monthsAfter(anchor, passed);
}
