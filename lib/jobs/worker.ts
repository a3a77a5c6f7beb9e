import { run, Logger as WorkerLogger } from "graphile-worker";
import type { Deps } from "../deps";
import { CRONTAB, tasks } from "./tasks";

/**
 * Works off jobs and the schedule until the signal aborts; then finishes what is running and returns. Rejects when
 * the database cannot be reached at the start.
 */
export async function runWorker(deps: Deps, databaseUrl: string, signal: AbortSignal): Promise<void> {
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
  await runner.promise;
}
