/** As a shell says of a program that a signal has ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof EXIT_CODES;

/**
 * Runs `end` once this program is told to stop, and ends it when that is done. Not `process.once`: a shell, npm and tsx may each pass
 * on the same Ctrl-C, and the second would find nobody who listens and end the process in the middle of it; so would the launcher
 * of its database, before its folder is gone.
 */
export function endWhenTold(end: (signal: Signal) => Promise<unknown> | unknown): {
  readonly isTold: () => boolean;
} {
  let isTold = false;
  const stop = async (signal: Signal) => {
    if (isTold) return;
    isTold = true;
    try {
      await end(signal);
    } catch (error) {
      console.error(error);
    }
    process.exit(EXIT_CODES[signal]);
  };
  for (const signal of Object.keys(EXIT_CODES) as Signal[]) process.on(signal, () => void stop(signal));
  return { isTold: () => isTold };
}
