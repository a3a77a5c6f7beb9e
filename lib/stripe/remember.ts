/** Asks once in so many milliseconds, however many want to know. A failure is not remembered. */
export function rememberFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let kept: { readonly answer: Promise<T>; readonly until: number } | null = null;
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
