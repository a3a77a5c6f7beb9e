/** Everything is tried on every entrance (`npm run test:attacks`), and not a share of it, as in `npm test`. */
export const ALL = process.env.ATTACKS === "all";

/** The values that the entrance of this number is tried with, so many of them: the next one gets those that follow. */
export function shareOf<T>(values: readonly T[], entrance: number, count: number): readonly T[] {
  if (ALL || values.length <= count) return values;
  return Array.from({ length: count }, (_, n) => values[(entrance * count + n) % values.length] as T);
}
