export type LateAnswer<T> = {
  /** Answers late the first time, and from then on with what is so by then. */
  readonly ask: () => Promise<T>;
  /** Resolves when it was asked for the first time. */
  readonly asked: Promise<void>;
  /** Lets the first answer be heard. */
  readonly release: () => void;
};

/** An answer that was read at Stripe at once and is heard only later. */
export function answerLater<T>(answer: T, afterwards: () => T | Promise<T>): LateAnswer<T> {
  let wasAsked = () => {};
  let release = () => {};
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asks = 0;
  const ask = async () => {
    asks += 1;
    if (asks > 1) return afterwards();
    wasAsked();
    await held;
    return answer;
  };
  return { ask, asked, release };
}
