/** Stripe takes 25 calls a second of one kind; several processes may be asking. */
const MAX_AT_ONCE = 8;

/** Asks for each of them, a few at a time. The answers come in the order of the questions. */
export async function mapSome<T, R>(all: readonly T[], ask: (each: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let from = 0; from < all.length; from += MAX_AT_ONCE)
    answers.push(...(await Promise.all(all.slice(from, from + MAX_AT_ONCE).map(ask))));
  return answers;
}
