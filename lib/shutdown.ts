import { beginDraining, closeIdleConnections, countOpenAnswers } from "./draining";
import type { Logger } from "./log";

type Signal = "SIGTERM" | "SIGINT";
const EXIT_CODES: Record<Signal, number> = { SIGTERM: 143, SIGINT: 130 };

export type Shutdown = {
  readonly log: Logger;
  /** Then the process ends, whatever it still does. */
  readonly graceMs: number;
  /** Called at once: no new work is begun. */
  readonly onSignal: () => void;
  /** Called when no request is being answered any more; the process ends when it settles. */
  readonly finish: () => Promise<unknown>;
};

/** Of the grace: so long a balancer has to see that this process is not ready, while it still takes connections. */
const NOTICE_PART = 10;

/**
 * A web process that is told to stop: first it is not ready, and every answer closes its connection; a tenth of the
 * grace later it takes no more connections, and ends once all answers and `finish` are over, or when the grace is. The
 * framework's own handling of the signals, which would wait for busy connections for ever, only closes its server.
 * An interrupt (Ctrl-C) gives nobody notice.
 */
export function drainOnSignals(shutdown: Shutdown): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const theirs = process.listeners(signal);
    process.removeAllListeners(signal);
    process.on(signal, () => stop(shutdown, signal, theirs));
  }
}

let stopping = false;

function stop(shutdown: Shutdown, signal: Signal, theirs: NodeJS.SignalsListener[]): void {
  if (stopping) return; // A shell and npm may both pass on the same Ctrl-C.
  stopping = true;
  const { log, graceMs, onSignal, finish } = shutdown;
  const exit = process.exit.bind(process);
  log.info({ signal, openAnswers: countOpenAnswers() }, "told to stop: finishing what was begun");
  setTimeout(() => {
    log.error(
      { signal, graceMs, openAnswers: countOpenAnswers() },
      "the grace is over: what still ran was cut off",
    );
    exit(1);
  }, graceMs);
  let ending = false;
  // The framework calls this when it has answered everything.
  const end = (code: number = EXIT_CODES[signal]) => {
    if (ending) return;
    ending = true;
    finish()
      .catch((error: unknown) => log.error({ err: error }, "the end did not go as it should"))
      .finally(() => exit(code));
  };
  process.exit = end as typeof process.exit;
  beginDraining();
  onSignal();
  const noticeMs = signal === "SIGTERM" ? graceMs / NOTICE_PART : 0;
  setTimeout(() => {
    for (const each of theirs) each(signal);
    closeIdleConnections();
    // A framework told to leave the signals alone (NEXT_MANUAL_SIG_HANDLE) has no listener.
    if (theirs.length === 0) endWhenAnswered(end);
  }, noticeMs);
}

/** How often to look whether everything was answered. */
const LOOK_EVERY_MS = 100;

function endWhenAnswered(end: () => void): void {
  const looking = setInterval(() => {
    if (countOpenAnswers() > 0) return;
    clearInterval(looking);
    end();
  }, LOOK_EVERY_MS);
}
