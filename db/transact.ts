import postgres from "postgres";
import type { Result } from "../lib/result";
import type { Database, Tx } from "./client";

/** No connection was to be had: all are taken, or the database is away. Nothing was begun. */
export class DatabaseBusy extends Error {
  override name = "DatabaseBusy";
}

const ACQUIRE_MS = 2_000;
const MOST_TRIES = 4;
/** Serialization failure and deadlock: Postgres undid everything, so doing it again is safe. */
const UNDONE = new Set(["40001", "40P01"]);

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
      if (!UNDONE.has(sqlState(error) ?? "") || tries === MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, tries * 10 * (1 + Math.random())));
    }
  }
}

async function once<T>(db: Database, step: (tx: Tx) => Promise<T>): Promise<T> {
  let begun = false;
  let tooLate = false;
  const work = db.transaction(async (tx) => {
    if (tooLate) throw new DatabaseBusy("given up before a connection was free");
    begun = true;
    const result = await step(tx);
    if (isError(result)) throw new RolledBack(result);
    return result;
  });
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (begun) return;
      tooLate = true;
      reject(new DatabaseBusy(`no database connection became free within ${ACQUIRE_MS} ms`));
    }, ACQUIRE_MS);
  });
  work.catch(() => {}); // Its error reaches the caller through the race, or nobody is waiting any more.
  try {
    return await Promise.race([work, impatience]);
  } catch (error) {
    if (begun || error instanceof DatabaseBusy) throw error;
    throw new DatabaseBusy("the database gave no connection", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

const isError = (value: unknown): value is Result<never, { code: string }> =>
  typeof value === "object" && value !== null && "ok" in value && value.ok === false && "error" in value;

/** The SQLSTATE of an error of the database, also inside the ORM's wrapper; null for any other error. */
export function sqlState(error: unknown): string | null {
  if (error instanceof postgres.PostgresError) return error.code;
  if (error instanceof Error && error.cause) return sqlState(error.cause);
  return null;
}
