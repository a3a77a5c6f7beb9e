import { type Cents, type Credits, cents, credits } from "./credits";

/** Credits that so many cents buy; exact, because a cent buys a whole number of them (`creditsPerCent` of the catalog). */
export const creditsForCents = (amount: Cents, creditsPerCent: bigint): Credits =>
  credits(amount * creditsPerCent);

/** The fewest cents that buy at least so many credits. */
export const centsToCover = (wanted: bigint, creditsPerCent: bigint): Cents =>
  cents((wanted + creditsPerCent - 1n) / creditsPerCent);

/** The fewest whole dollars that buy at least so many credits. */
export function dollarsToCover(wanted: Credits, creditsPerCent: bigint): Cents {
  const perDollar = creditsPerCent * 100n;
  return cents(((wanted + perDollar - 1n) / perDollar) * 100n);
}
