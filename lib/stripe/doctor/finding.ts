/** What is looked at, in the order in which it is told. */
export const TOPICS = [
  "key",
  "account",
  "database",
  "clock",
  "payment methods",
  "catalog",
  "portal",
  "webhook",
  "deliveries",
] as const;
export type Topic = (typeof TOPICS)[number];

/** One thing that was looked at, and what it is like. */
export type Finding = {
  readonly topic: Topic;
  readonly state:
    | "good"
    /** Something of the product does not work until it is mended. */
    | "bad"
    /** Works, and somebody should know of it. */
    | "note"
    /** Stripe did not say: no answer, or the key may not ask. */
    | "unknown";
  /** A sentence for an operator. */
  readonly says: string;
  /** What to do about it. */
  readonly todo?: string;
};

/** Makes the findings of one topic. */
export const about = (topic: Topic) => {
  const make =
    (state: Finding["state"]) =>
    (says: string, todo?: string): Finding => ({ topic, state, says, ...(todo && { todo }) });
  return { good: make("good"), bad: make("bad"), note: make("note"), unknown: make("unknown") };
};
