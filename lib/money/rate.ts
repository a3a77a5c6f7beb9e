import { type Cents, type Credits, cents, credits } from "./credits";

/** The standard rate: 80,000 credits a dollar is exactly 800 a cent, so no purchase ever rounds. */
export const CREDITS_PER_CENT = 800n;
export const CREDITS_PER_DOLLAR = CREDITS_PER_CENT * 100n;

/** Credits that so many cents buy at the standard rate; exact. */
export const creditsForCents = (amount: Cents): Credits => credits(amount * CREDITS_PER_CENT);

/** The fewest whole dollars that buy at least so many credits. */
export const dollarsToCover = (wanted: Credits): Cents =>
  cents(((wanted + CREDITS_PER_DOLLAR - 1n) / CREDITS_PER_DOLLAR) * 100n);
