import {
  type Answer,
  type Command,
  decide,
  decideOn,
  type Refusal,
  settledAt,
} from "../../lib/ledger/decide";
import { Draft } from "../../lib/ledger/draft";
import type { LedgerLimits } from "../../lib/ledger/limits";
import { EMPTY, type LedgerState, type Movement } from "../../lib/ledger/state";
import { credits } from "../../lib/money/credits";
import { MODEL_LIMITS } from "./model";

export type Decided =
  | { readonly refusal: Refusal }
  | { readonly answer: Answer; readonly due: readonly Movement[]; readonly movements: readonly Movement[] };

/** The rules under test, in one of the two ways in which they are used. */
export type Subject = {
  decide(command: Command, now: Date): Decided;
  /** What is stored: what came due since is not in it. */
  stored(): LedgerState;
  /** As it is at the instant of the last command. */
  settled(now: Date): LedgerState;
};

const LIMITS: LedgerLimits = {
  mostPerCall: credits(BigInt(MODEL_LIMITS.mostPerCall)),
  captureTimesHold: BigInt(MODEL_LIMITS.captureTimesHold),
  captureFloor: credits(BigInt(MODEL_LIMITS.captureFloor)),
};

export function decidesEachAlone(): Subject {
  let state = EMPTY;
  return {
    decide(command, now) {
      const decision = decide(state, command, now, LIMITS);
      if (!decision.ok) return { refusal: decision.error };
      state = decision.value.state;
      return decision.value;
    },
    stored: () => state,
    settled: (now) => settledAt(state, now),
  };
}

/** As `commit` does: commands of one instant share a draft, which is dropped when it did nothing. */
export function decidesInBatches(): Subject {
  let state = EMPTY;
  let draft = new Draft(state, new Date(0));
  let due: readonly Movement[] = [];
  let didSomething = false;

  const begin = (now: Date) => {
    if (didSomething) state = draft.state;
    draft = new Draft(state, now);
    draft.settleDue();
    due = draft.takeMovements();
    didSomething = false;
  };
  return {
    decide(command, now) {
      if (now.getTime() !== draft.now.getTime()) begin(now);
      const answer = decideOn(draft, command, LIMITS);
      if (!answer.ok) return { refusal: answer.error };
      const movements = draft.takeMovements();
      const first = didSomething ? [] : due;
      didSomething = true;
      return { answer: answer.value, due: first, movements };
    },
    stored: () => (didSomething ? draft.state : state),
    settled: () => draft.state,
  };
}
