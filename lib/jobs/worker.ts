import { setTimeout as sleep } from "node:timers/promises";
import { run, Logger as WorkerLogger } from "graphile-worker";
import type { WorkerDeps } from "../deps";
import { CRONTAB, tasks } from "./tasks";

const RESTART_AFTER_MS = 1_000;
/** How long a worker that lost its database may take to let go of what it was doing. */
const PARTING_MS = 5_000;

/** Works until the signal aborts. A database that goes away takes the worker with it; the next starts when it is back. */
export async function keepWorking(deps: WorkerDeps, databaseUrl: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await runWorker(deps, databaseUrl, signal);
    } catch (error) {
      deps.log.error({ error: String(error) }, "the worker ended, and is started again");
    }
    await sleep(RESTART_AFTER_MS, undefined, { signal }).catch(() => {});
  }
}

/**
 * Works off jobs and the schedule until the signal aborts; then finishes what is running and returns. Rejects when
 * the database cannot be reached, at the start or later.
 */
export async function runWorker(deps: WorkerDeps, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const runner = await run({
    connectionString: databaseUrl,
    taskList: tasks(deps),
    crontab: CRONTAB,
    concurrency: 4,
    maxPoolSize: 6,
    noHandleSignals: true, // The process decides when it stops; the worker only obeys.
    logger: new WorkerLogger(() => (level, message) => {
      if (level === "error") deps.log.error({ worker: true }, message);
      else if (level === "warning") deps.log.warn({ worker: true }, message);
    }),
  });
  const stop = () => void runner.stop().catch(() => {});
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  // Left alone it would ask for the database more and more rarely, and find it up to a minute late.
  const lost = new Promise<never>((_, reject) => {
    // It listens for the errors of its connections until it is stopped: each gets the time to report its own.
    runner.events.on("pool:listen:error", ({ error }) => void setTimeout(reject, RESTART_AFTER_MS, error));
  });
  try {
    await Promise.race([runner.promise, lost]);
  } catch (error) {
    stop();
    await Promise.race([runner.promise.catch(() => {}), sleep(PARTING_MS)]);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
