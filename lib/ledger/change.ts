import type { Credits } from "../money/credits";
import type { Answer } from "./decide";
import type { Loaded } from "./load";
import type { Hold, LiveGrant, Movement } from "./state";
import type { Prepared } from "./work";

/** A command that was decided and is now written: once, with these movements. */
export type Decided = {
  readonly prepared: Prepared;
  readonly answer: Answer;
  readonly movements: readonly Movement[];
};

/** What a batch does to one account. */
export type Change = {
  readonly loaded: Loaded;
  /** What came due first, whatever was asked. */
  readonly due: readonly Movement[];
  readonly decided: readonly Decided[];
  /** In their new state, those that are new included. */
  readonly grants: readonly LiveGrant[];
  readonly holds: readonly Hold[];
  readonly balance: Balance;
};

export type Balance = {
  readonly lastSeq: bigint;
  readonly owed: Credits;
  readonly activeGrantId: string | null;
  readonly activeCredits: Credits;
  readonly stableUntil: Date | null;
};
