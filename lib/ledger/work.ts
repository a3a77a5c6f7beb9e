import type { Answer, Command } from "./decide";
import type { Keyed } from "./keys";

/** A command with what identifies it among an account's commands, and what makes it the same as another. */
export type Prepared = Keyed & {
  readonly id: string;
  readonly fingerprint: string;
  /** Whoever opens its account was asked: it is decided on what is there. */
  readonly wasOpened?: boolean;
};

/** What one account is asked for in a batch. */
export type Work = { readonly accountId: string; readonly commands: readonly Prepared[] };

export type Done = { readonly answer: Answer; readonly at: Date; readonly seq: bigint };
/** What a key was used for. */
export type Known = { readonly fingerprint: string; readonly done: (command: Command) => Done };
