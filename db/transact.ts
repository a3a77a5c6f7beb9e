import postgres from "postgres";
import type { Result } from "../lib/result";
import type { Database, Raw, Tx } from "./client";
import { crashPoint } from "./crash-point";
import { ACQUIRE_MS, DatabaseBusy, databaseIsAway, type Reserved } from "./pool";

export { DatabaseBusy };

const TOO_BUSY = `no database connection became free within ${ACQUIRE_MS} ms`;
const MAX_TRIES = 4;
/** Serialization failure and deadlock: Postgres undid everything, so doing it again is safe. */
const UNDONE = new Set(["40001", "40P01"]);

/** What a transaction will tell once it has committed; on the transaction, as the framework may load this module twice. */
const TO_TELL = Symbol.for("refill.told-after-commit");
type Telling = { [TO_TELL]?: unknown[] };

/**
 * Tells whoever listens to the database (`onCommitted`) of something, once the transaction it happened in has committed, and
 * never where it is rolled back. Outside of a transaction, where each statement commits by itself, at once.
 */
export function tellWhenCommitted(on: object, event: unknown): void {
  const waiting = (on as Telling)[TO_TELL];
  if (waiting) waiting.push(event);
  else (on as Partial<Database>).onCommitted?.(event);
}

/** Forgets what the transaction would have told: it went back to where nothing had happened. */
export function tellNothing(tx: object): void {
  const waiting = (tx as Telling)[TO_TELL];
  if (waiting) waiting.length = 0;
}

class RolledBack extends Error {
  constructor(readonly result: Result<never, { code: string }>) {
    super("rolled back");
  }
}

/**
 * Runs `step` in one READ COMMITTED transaction. A `Result` that is an error rolls back and is returned; a throw
 * rolls back and is thrown. Deadlocks are retried, so `step` may run more than once and must not reach outside
 * the database. Throws `DatabaseBusy` when no connection is to be had within 2 s.
 */
export async function transact<T>(db: Database, step: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await once(db, step);
    } catch (error) {
      if (error instanceof RolledBack) return error.result as T;
      if (!UNDONE.has(sqlState(error) ?? "") || tries === MAX_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, tries * 10 * (1 + Math.random())));
    }
  }
}

/** Sends the commit behind what was just sent, and resolves when all of it is done; rejects when none of it is. */
export type Finish = (writes: Promise<unknown>) => Promise<void>;

/**
 * As `transact`, in fewer round trips: `begin` goes out with the first statement of `step` and `commit` with its last,
 * because `step` hands the promise of its writes to `finish` instead of waiting for them. A step that never calls
 * `finish` is rolled back.
 */
export async function transactAtOnce<T>(
  db: Database,
  step: (raw: Raw, finish: Finish) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const connection = await db.pool.reserve();
    try {
      const result = await runAtOnce(connection, (raw, finish) =>
        step(raw, (writes) => {
          writes.catch(() => {}); // Where it crashes here, nobody else waits for them.
          crashPoint("before_commit", db);
          return finish(writes);
        }),
      );
      crashPoint("after_commit", db);
      return result;
    } catch (error) {
      if (!UNDONE.has(sqlState(error) ?? "") || tries === MAX_TRIES) throw error;
    } finally {
      connection.release();
    }
    await new Promise((resolve) => setTimeout(resolve, tries * 10 * (1 + Math.random())));
  }
}

async function runAtOnce<T>(
  connection: Reserved,
  step: (raw: Raw, finish: Finish) => Promise<T>,
): Promise<T> {
  const begun = connection.unsafe("begin");
  begun.catch(() => {}); // Its error is the first statement's as well.
  let finished = false;
  const finish: Finish = async (writes) => {
    finished = true;
    writes.catch(() => {}); // Told below, after the commit's own.
    // After a statement that failed, this undoes the others.
    const [outcome] = await Promise.allSettled([connection.unsafe("commit")]);
    await writes;
    if (outcome.status === "rejected") throw outcome.reason;
  };
  try {
    return await step(connection as Raw, finish);
  } catch (error) {
    throw connection.reasonFor(error);
  } finally {
    if (!finished) await undo(connection);
  }
}

/** A connection that is lost cannot be asked, and the database has undone what was open on it. */
async function undo(connection: Reserved): Promise<void> {
  try {
    await connection.unsafe("rollback");
  } catch (error) {
    if (!databaseIsAway(error)) throw error;
  }
}

async function once<T>(db: Database, step: (tx: Tx) => Promise<T>): Promise<T> {
  let begun = false;
  let tooLate = false;
  const events: unknown[] = [];
  const work = db.transaction(async (tx) => {
    if (tooLate) throw new DatabaseBusy("given up before a connection was free");
    begun = true;
    (tx as Telling)[TO_TELL] = events;
    const result = await step(tx);
    if (isError(result)) throw new RolledBack(result);
    crashPoint("before_commit", db);
    return result;
  });
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (begun) return;
      tooLate = true;
      reject(new DatabaseBusy(TOO_BUSY));
    }, ACQUIRE_MS);
  });
  work.catch(() => {}); // Its error reaches the caller through the race, or nobody is waiting any more.
  try {
    const result = await Promise.race([work, impatience]);
    crashPoint("after_commit", db);
    tellCommitted(db, events);
    return result;
  } catch (error) {
    if (begun || error instanceof DatabaseBusy) throw error;
    throw new DatabaseBusy("the database gave no connection", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What was committed stays so, whatever becomes of telling of it. */
function tellCommitted(db: Database, events: readonly unknown[]): void {
  for (const event of events) {
    try {
      db.onCommitted?.(event);
    } catch {
      // Whoever listens tells of its own errors.
    }
  }
}

const isError = (value: unknown): value is Result<never, { code: string }> =>
  typeof value === "object" && value !== null && "ok" in value && value.ok === false && "error" in value;

/** A disk that is full, and a database that somebody or a failover made read-only. */
const NOT_WRITING = new Set(["53100", "25006"]);

/** Whether the database answers and cannot write: what was asked did not happen, and will once somebody made room or let it write. */
export const cannotWrite = (error: unknown): boolean => NOT_WRITING.has(sqlState(error) ?? "");

/** The SQLSTATE of an error of the database, also inside the ORM's wrapper; null for any other error. */
export function sqlState(error: unknown): string | null {
  if (error instanceof postgres.PostgresError) return error.code;
  if (error instanceof Error && error.cause) return sqlState(error.cause);
  return null;
}
