/** What a history may break, numbered as the ledger's invariants are. */
export const GUARANTEES = {
  I1: "I1: every movement goes from one bucket to another, names its grant unless it is owed, and the books add up to nothing",
  I2: "I2: every part of every grant, and the debt, is what the movements say",
  I3: "I3: nothing is negative, and no rule contradicts another",
  I4: "I4: of every grant, granted = remaining + held + spent + expired + revoked, and what is held is in open holds",
  I5: "I5: nothing is taken from a grant that has not begun, is over or is frozen, swept or not",
  I6: "I6: plan credits go first, and no grant is touched before those in front of it are empty",
  I12: "I12: a hold ends once, on time, and what was not captured goes back to the grants it came from",
  life: "life: no grant ever ends earlier than was said, and what is over does not come back",
  debt: "debt: while anything is owed nothing can be spent, and what comes in pays it first",
  whole: "whole: a command does all it was asked, or is refused for a reason and leaves no trace",
  usage: "usage: what was used says what for, and nothing else does",
  sweep: "sweep: a sweep changes nothing that can be spent, now or later",
  model: "model: every answer, refusal and state is the reference model's",
} as const;

export type Guarantee = keyof typeof GUARANTEES;

/** A guarantee that did not hold. */
export class Broken extends Error {
  constructor(
    readonly guarantee: Guarantee,
    detail: string,
  ) {
    super(`${guarantee}: ${detail}`);
  }
}

/** Throws `Broken` unless it holds. The detail is only put into words when it does not. */
export function holds(guarantee: Guarantee, condition: boolean, detail: () => string): asserts condition {
  if (!condition) throw new Broken(guarantee, detail());
}
