import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { run, type TaskList, type WorkerEvents, Logger as WorkerLogger } from "graphile-worker";
import pg from "pg";
import { type Addressed, forPg } from "../../db/address";
import { findMisfit, MISFITS } from "../../db/fits";
import type { WorkerDeps } from "../deps";
import type { Logger } from "../log";
import {
  createHeartbeat,
  HEARTBEAT_MS,
  type Heartbeat,
  takeOver,
  unlockJobsOf,
  type WorkerMode,
} from "./heartbeat";
import { reportTasks } from "./report-tasks";
import { CRONTAB, tasks } from "./tasks";

const SHORTEST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 15_000;
/** Work that goes on for so long counts: a database that is nearly full lets some in at times. */
const STEADY_MS = 2_000;
/** How long a connection that was lost gives the others to report their own. */
const LOST_MS = 1_000;
/** How long a worker that lost its database may take to let go of what it was doing. */
const PARTING_MS = 5_000;
/**
 * After so long its jobs run again, also where one of them has not ended yet: the ends of the others were not heard, and all of ours
 * may run twice. So long a call to Stripe may take.
 */
const GIVEN_BACK_MS = 20_000;
const CONCURRENCY = 4;

export type WorkerOptions = {
  readonly mode?: WorkerMode;
  /** What it can do; left out, everything there is. */
  readonly taskList?: TaskList;
  /** How long after its database was lost its jobs run again, whatever still runs. */
  readonly givenBackMs?: number;
};

/**
 * Works until the signal aborts, whatever the database does: one that is away, full or refuses the login takes the
 * worker with it, and the next begins when it can, tried again after 1 to 15 s. Says so once when it cannot work and
 * once when it can again. While it can, it leaves a heartbeat every 10 s. Never rejects.
 */
export async function keepWorking(
  deps: WorkerDeps,
  address: Addressed,
  signal: AbortSignal,
  { mode = "inline", taskList = tasks(deps, signal), givenBackMs = GIVEN_BACK_MS }: WorkerOptions = {},
): Promise<void> {
  const { log } = deps;
  const heartbeat = createHeartbeat(deps.db, mode);
  const told = reportTasks(taskList, log, heartbeat);
  const left: string[] = [];
  const pulse = keepBeating(async () => {
    await unlockJobs(deps, left, heartbeat);
    await heartbeat.beat();
    const dead = await takeOver(deps.db);
    if (dead > 0) log.warn({ workers: dead }, "a worker died: what it was doing is done again");
  }, log);
  let failures = 0;
  let awaySinceMs: number | null = null;
  const onWorking = () => {
    if (awaySinceMs !== null) {
      log.info({ awayMs: Math.round(performance.now() - awaySinceMs) }, "the worker works again");
    }
    failures = 0;
    awaySinceMs = null;
    pulse.start();
  };
  while (!signal.aborted) {
    try {
      await refuseMisfit(deps);
      await runWorker(deps, address, signal, {
        taskList: told,
        onWorking,
        left,
        givenBackMs,
        onPool: heartbeat.locksAs,
      });
    } catch (error) {
      pulse.stop();
      if (awaySinceMs === null) log.error({ err: error }, "the worker cannot work, and tries until it can");
      awaySinceMs ??= performance.now();
    }
    failures += 1;
    await sleep(waitMs(failures), undefined, { signal }).catch(() => {});
  }
  pulse.stop();
  await heartbeat.stopped().catch(() => {}); // Away: then it is missed.
}

const waitMs = (failures: number) =>
  Math.min(MAX_WAIT_MS, SHORTEST_WAIT_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);

async function refuseMisfit({ db }: WorkerDeps): Promise<void> {
  const misfit = await findMisfit(db);
  if (misfit) throw new Error(MISFITS[misfit]);
}

/**
 * Jobs whose end the database did not hear, because it was away just then, run again: they may, and would otherwise stay
 * locked for four hours.
 */
async function unlockJobs({ db }: WorkerDeps, pools: string[], heartbeat: Heartbeat): Promise<void> {
  const ids = [...pools];
  if (ids.length === 0) return;
  await unlockJobsOf(db, ids);
  heartbeat.unlocked(ids);
  pools.splice(0, ids.length);
}

/** Beats at once and then every 10 s, from start to stop. What fails is told when it begins. */
function keepBeating(beat: () => Promise<void>, log: Logger): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let troubled = false;
  const once = () =>
    beat().then(
      () => {
        troubled = false;
      },
      (error: unknown) => {
        if (!troubled) log.warn({ err: error }, "the worker's heartbeat could not be written");
        troubled = true;
      },
    );
  return {
    start() {
      if (timer) return;
      void once();
      timer = setInterval(once, HEARTBEAT_MS);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

type RunOptions = {
  readonly taskList?: TaskList;
  /** Called when it got through to the jobs, and for two seconds after. */
  readonly onWorking?: () => void;
  /** Gets the name under which it locked jobs, once none of them runs any more, or `givenBackMs` after its database was lost. */
  readonly left?: string[];
  readonly givenBackMs?: number;
  /** Told the name under which it locks jobs, before it locks any. */
  readonly onPool?: (pool: string) => void;
};

/**
 * Works off jobs and the schedule until the signal aborts; then finishes what is running and returns. Rejects when
 * the database cannot be reached, or lets nobody in, at the start or later.
 */
export async function runWorker(
  deps: WorkerDeps,
  address: Addressed,
  signal: AbortSignal,
  options: RunOptions = {},
): Promise<void> {
  const { taskList = tasks(deps, signal), onWorking = () => {}, left = [], onPool = () => {} } = options;
  const events: WorkerEvents = new EventEmitter();
  const { lost, why, stopWatching } = watchFor(events, onWorking);
  events.on("pool:create", ({ workerPool }) => {
    onPool(workerPool.id);
    const giveBack = () => void left.push(workerPool.id);
    events.on("pool:release", giveBack);
    lost.catch(() => setTimeout(giveBack, options.givenBackMs ?? GIVEN_BACK_MS).unref());
  });
  const pool = openPool(address);
  let stop = () => {};
  let ended: Promise<unknown> = Promise.resolve();
  try {
    const runner = await run({
      pgPool: pool,
      taskList,
      crontab: CRONTAB,
      concurrency: CONCURRENCY,
      events,
      noHandleSignals: true, // The process decides when it stops; the worker only obeys.
      logger: new WorkerLogger(() => (level, message, meta) => tellOf(deps.log, level, message, meta)),
      // With a delay, a job's end that the database refuses ends the worker. Without one the library does not look at
      // what becomes of it, and the process dies of the rejection.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    ended = runner.promise.catch(() => {});
    stop = () => void runner.stop().catch(() => {});
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    await Promise.race([
      runner.promise,
      lost.catch(async (error: unknown) => {
        stop();
        await Promise.race([ended, sleep(PARTING_MS)]);
        throw error;
      }),
    ]);
    if (!signal.aborted) throw why();
  } finally {
    stopWatching();
    signal.removeEventListener("abort", stop);
    const closed = ended.then(() => pool.end());
    if (signal.aborted) await closed;
  }
}

/** The library's own would let go of the errors of connections while they still close, and the process would die of one. */
function openPool(address: Addressed): pg.Pool {
  const pool = new pg.Pool({ ...forPg(address), max: 6, application_name: "refill worker" });
  const told = () => {}; // By the query it was under, or the loss of the connection that listens.
  pool.on("error", told);
  pool.on("connect", (client) => client.on("error", told));
  return pool;
}

/**
 * Rejects `lost` when the connection that hears of new jobs is lost, or nobody gets a job any more. Left alone, the
 * library would ask again and again without a pause, or more and more rarely and find the database a minute late.
 */
function watchFor(events: WorkerEvents, onWorking: () => void) {
  let over = false;
  let steady: NodeJS.Timeout | undefined;
  let refused = 0;
  let reason: unknown = new Error("the worker ended by itself");
  const stopWatching = () => {
    over = true;
    clearTimeout(steady);
  };
  const lost = new Promise<never>((_, reject) => {
    const lose = (error: unknown) => {
      if (over) return;
      stopWatching();
      reason = error;
      setTimeout(reject, LOST_MS, error);
    };
    events.on("pool:listen:error", ({ error }) => lose(error));
    events.on("pool:fatalError", ({ error }) => lose(error));
    events.on("worker:getJob:error", ({ error }) => {
      refused += 1;
      if (refused === CONCURRENCY) lose(error);
    });
  });
  lost.catch(() => {}); // Nobody waits for it when the worker ended otherwise.
  const works = () => {
    refused = 0;
    if (!over) steady ??= setTimeout(onWorking, STEADY_MS);
  };
  events.on("worker:getJob:empty", works);
  events.on("job:start", works);
  return { lost, why: () => reason, stopWatching };
}

/** Jobs are told of where they run, and a database that lets nobody in where the worker ends. */
function tellOf(
  log: Logger,
  level: string,
  message: string,
  meta: Readonly<Record<string, unknown>> = {},
): void {
  const error = meta.error ?? meta.fatalError;
  const isReported =
    meta.failure === true || message.startsWith("Runner stopping") || (error && isRefusal(error));
  const line = { worker: true, ...(error ? { err: error } : {}) };
  if (level === "error") log[isReported ? "debug" : "error"](line, message);
  else if (level === "warning") log[isReported ? "debug" : "warn"](line, message);
}

/** Connection, login, resources, intervention (SQLSTATE classes 08, 28, 53, 57), or no word from the server at all. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code !== "string" || /^(08|28|53|57)[0-9A-Z]{3}$/.test(code) || /^E[A-Z]+$/.test(code);
}
