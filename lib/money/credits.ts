declare const creditsBrand: unique symbol;
declare const centsBrand: unique symbol;

/**
 * A whole number of credits. Never negative; what is owed is counted apart. A single amount fits an int64; sums may be
 * larger, and are exact.
 */
export type Credits = bigint & { readonly [creditsBrand]: true };
/** A whole number of US cents. */
export type Cents = bigint & { readonly [centsBrand]: true };

function whole(value: bigint, unit: string): bigint {
  if (value < 0n) throw new RangeError(`${unit} out of range: ${value}`);
  return value;
}

/** Throws RangeError below 0. How much fits, the column says that keeps it (SQLSTATE 22003). */
export const credits = (value: bigint): Credits => whole(value, "credits") as Credits;
/** Throws RangeError below 0. */
export const cents = (value: bigint): Cents => whole(value, "cents") as Cents;

/** Cents of several pieces. */
export const timesCents = (each: Cents, pieces: number): Cents => cents(each * BigInt(pieces));

export const NO_CREDITS = credits(0n);

/** Throws RangeError when b is more than a: a balance is checked before it is reduced. */
export const subtractCredits = (a: Credits, b: Credits): Credits => credits(a - b);
export const minCredits = (a: Credits, b: Credits): Credits => (a < b ? a : b);
export const maxCredits = (a: Credits, b: Credits): Credits => (a > b ? a : b);
export const sumCredits = (all: Iterable<Credits>): Credits => {
  let sum = 0n;
  for (const each of all) sum += each;
  return credits(sum);
};
