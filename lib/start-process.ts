import { setTimeout as sleep } from "node:timers/promises";
import { recordPeerAddresses } from "./auth/peer-address";
import { deps } from "./deps";
import { BadEnvironment, env } from "./env";
import { runWorker } from "./jobs/worker";

/** Checks the environment, or ends the process saying what is wrong with it; then starts the worker beside the pages. */
export async function startProcess(): Promise<void> {
  try {
    env();
  } catch (error) {
    if (!(error instanceof BadEnvironment)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  recordPeerAddresses();
  if (env().WORKER === "inline") startInlineWorker();
}

const RESTART_AFTER_MS = 2_000;

function startInlineWorker(): void {
  const stop = new AbortController();
  const ended = keepWorking(stop.signal);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  waitBeforeExit(stop.signal, ended);
}

/** A database that goes away takes the worker with it; it comes back when the database does. */
async function keepWorking(stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await runWorker(deps(), env().DATABASE_URL, stopping);
    } catch (error) {
      deps().log.error({ error: String(error) }, "the worker ended, and is started again");
      await sleep(RESTART_AFTER_MS, undefined, { signal: stopping }).catch(() => {});
    }
  }
}

/** The framework ends the process as soon as its last request is answered; a running job may need a moment more. */
function waitBeforeExit(stopping: AbortSignal, ended: Promise<void>): void {
  const exit = process.exit.bind(process);
  stopping.addEventListener("abort", () => {
    process.exit = ((code?: number) => void ended.finally(() => exit(code))) as typeof process.exit;
  });
}
