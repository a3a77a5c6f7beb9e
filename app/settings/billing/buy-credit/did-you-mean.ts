/** Of an amount in another notation than this person's. In a file of its own, as the browser needs it too. */
export const didYouMean = (reading: string): string => `Did you mean ${reading}?`;
