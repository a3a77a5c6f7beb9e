type Kept<T> = { readonly answer: Promise<T>; readonly until: number };

/**
 * Asks once in so many milliseconds, however many want to know. A failure is not remembered. `known` is an answer that was
 * heard just now.
 */
export function rememberFor<T>(ms: number, ask: () => Promise<T>, known?: T): () => Promise<T> {
  let kept: Kept<T> | null =
    known === undefined ? null : { answer: Promise.resolve(known), until: Date.now() + ms };
  return () => {
    if (kept && Date.now() < kept.until) return kept.answer;
    const answer = ask();
    const mine = { answer, until: Date.now() + ms };
    kept = mine;
    answer.catch(() => {
      if (kept === mine) kept = null;
    });
    return answer;
  };
}
