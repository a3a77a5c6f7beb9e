import type { Progress } from "./progress";

/** As a shell says of a program that a signal has ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXIT_CODES;
const SIGNALS = Object.keys(EXIT_CODES) as readonly Signal[];

/**
 * For a command that may be cut short anywhere, because the database undoes what was not committed: Ctrl-C, or being told to
 * stop, says the sentence (what stays, and how to go on) and ends it with 130 or 143.
 */
export function endWhenInterrupted(sentence: string, progress?: Pick<Progress, "end">): void {
  for (const signal of SIGNALS)
    process.on(signal, () => {
      progress?.end();
      console.error(sentence);
      process.exit(EXIT_CODES[signal]);
    });
}

export type Interruption = {
  /** Asked between two things. */
  readonly isStopped: () => boolean;
  /** What to end with; null where nobody has interrupted. */
  readonly exitCode: () => number | null;
};

/** A shell, npm and tsx may each pass on the same Ctrl-C. */
const SAME_MS = 1_000;

/** For a command that ends by itself between two things once it is told to; told again a second later, it ends at once. */
export function stopWhenInterrupted(progress?: Pick<Progress, "aside">): Interruption {
  let stopped: { readonly code: number; readonly at: number } | null = null;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (stopped && performance.now() - stopped.at > SAME_MS) process.exit(stopped.code);
      if (stopped) return;
      stopped = { code: EXIT_CODES[signal], at: performance.now() };
      const say = () => console.error("Stopping: what was begun is finished first.");
      if (progress) progress.aside(say);
      else say();
    });
  return { isStopped: () => stopped !== null, exitCode: () => stopped?.code ?? null };
}
