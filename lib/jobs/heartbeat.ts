import { hostname } from "node:os";
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { type workerMode, workers, workerTasks } from "../../db/schema";
import { transact } from "../../db/transact";
import { newId } from "../ids";

/** In the web process, or in one of its own. */
export type WorkerMode = (typeof workerMode.enumValues)[number];

/** So often a worker that can work says so. */
export const HEARTBEAT_MS = 10_000;
/** One not heard of for so long is not counted on, and takes up no job any more. */
const DEAD_AFTER_MS = 3 * HEARTBEAT_MS;

export type Heartbeat = {
  /** From the next beat on it is written that this process locks jobs under these names too. */
  locksAs(pool: string): void;
  /** It has none locked under these any more. */
  unlocked(pools: readonly string[]): void;
  /** A job of this kind ended well, or failed: written with the next beat. */
  ended(task: string, well: boolean): void;
  /** Writes that this process works, and what ended since. Rejects when it could not be written; nothing is lost then. */
  beat(): Promise<void>;
  /** The last beat: it stopped because it was told to. */
  stopped(): Promise<void>;
};

type Ended = { readonly task: string; readonly well: boolean; readonly atMs: number };

/** More than ends between two beats; of what could not be written for long, the newest count. */
const MAX_KEPT = 10_000;

/** This process among the workers: a row of its own, and what it did beside what the others did. */
export function createHeartbeat(db: Database, mode: WorkerMode): Heartbeat {
  const id = newId();
  const name = `${hostname()}:${process.pid}`;
  let reported: Ended[] = [];
  let doneAtMs: number | null = null;
  const pools = new Set<string>();

  const write = async (isLast: boolean) => {
    const writing = reported;
    reported = [];
    const seen = {
      seenAt: sql`now()`,
      stoppedAt: isLast ? sql`now()` : null,
      pools: [...pools],
      ...(doneAtMs === null ? {} : { doneAt: ago(doneAtMs) }),
    };
    try {
      // All or nothing: what is told again must not have been counted.
      await transact(db, async (tx) => {
        await tx
          .insert(workers)
          .values({ id, name, mode, ...seen })
          .onConflictDoUpdate({ target: workers.id, set: seen });
        for (const task of [...new Set(writing.map((each) => each.task))].sort()) {
          await writeTask(
            tx,
            task,
            writing.filter((each) => each.task === task),
          );
        }
      });
    } catch (error) {
      reported = [...writing, ...reported].slice(-MAX_KEPT);
      throw error;
    }
  };

  return {
    locksAs: (pool) => void pools.add(pool),
    unlocked(released) {
      for (const each of released) pools.delete(each);
    },
    ended(task, well) {
      const atMs = performance.now();
      reported.push({ task, well, atMs });
      if (well) doneAtMs = atMs;
    },
    beat: () => write(false),
    stopped: () => write(true),
  };
}

/**
 * Lets go of the jobs of workers that died: the library would keep them locked for four hours. One that only could not be heard
 * may still be at a job that another begins then; all of ours may run again. So are those let go that were locked for as long
 * under a name no worker ever wrote down: whoever is killed before its first heartbeat left no word of itself. Returns how many
 * had died.
 */
export const takeOver = (db: Database): Promise<number> =>
  transact(db, async (tx) => {
    const dead = await tx
      .select({ id: workers.id, pools: workers.pools })
      .from(workers)
      .where(
        and(isNull(workers.stoppedAt), lt(workers.seenAt, LONG_AGO), sql`cardinality(${workers.pools}) > 0`),
      )
      .for("update", { skipLocked: true });
    for (const { id, pools } of dead) {
      await unlockJobsOf(tx, pools);
      await tx.update(workers).set({ pools: [] }).where(eq(workers.id, id));
    }
    const nobodys = await listNobodysLocks(tx);
    if (nobodys.length > 0) await unlockJobsOf(tx, nobodys);
    return dead.length + nobodys.length;
  });

const LONG_AGO = sql`now() - make_interval(secs => ${DEAD_AFTER_MS / 1_000}::double precision)`;

/** Names under which jobs have been locked for long, and that no worker says are its own. */
async function listNobodysLocks(tx: Pick<Tx, "execute">): Promise<readonly string[]> {
  const rows = await tx.execute<{ pool: string }>(sql`
    select distinct j.locked_by as pool from graphile_worker.jobs as j
    where j.locked_at < ${LONG_AGO} and not exists (
      select from workers as w where w.stopped_at is null and j.locked_by = any(w.pools))`);
  return rows.map(({ pool }) => pool);
}

/** Jobs that are locked under these names run again. */
export async function unlockJobsOf(db: Pick<Tx, "execute">, pools: readonly string[]): Promise<void> {
  const list = sql`array(select jsonb_array_elements_text(${JSON.stringify(pools)}::jsonb))`;
  await db.execute(sql`select graphile_worker.force_unlock_workers(${list})`);
}

async function writeTask(db: Pick<Tx, "insert">, task: string, ended: readonly Ended[]): Promise<void> {
  const done = ended.findLastIndex(({ well }) => well);
  const failedAt = ended.findLast(({ well }) => !well)?.atMs;
  const failures = ended.length - 1 - done; // All that came after the last success failed.
  const at = {
    ...(done < 0 ? {} : { doneAt: ago(ended[done]?.atMs ?? 0) }),
    ...(failedAt === undefined ? {} : { failedAt: ago(failedAt) }),
  };
  await db
    .insert(workerTasks)
    .values({ task, failures, ...at })
    .onConflictDoUpdate({
      target: workerTasks.task,
      set: { ...at, failures: done < 0 ? sql`worker_tasks.failures + ${failures}::int` : failures },
    });
}

/** By the database's clock, whatever this machine's says. */
const ago = (atMs: number) =>
  sql`now() - make_interval(secs => ${Math.max(0, performance.now() - atMs) / 1_000}::double precision)`;

/** Forgets processes that were not heard of for a week. */
export async function forgetWorkers(db: Database): Promise<void> {
  await db.delete(workers).where(lt(workers.seenAt, sql`now() - interval '7 days'`));
}
