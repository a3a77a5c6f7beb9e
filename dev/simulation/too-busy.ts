import { DatabaseBusy, sqlState } from "../../db/transact";
import type { Figures } from "./figures";

const LOCK_TIMEOUT = "55P03";
const TRIES = 3;

/**
 * Whether somebody waited ten seconds for a lock, or two for a connection, in vain. Here that is a machine with too much to do:
 * nothing was done, and the product tries again: the sweep and the worker by themselves, a person by clicking again. So it is counted,
 * and no failure. What comes of it is judged like everything else: whatever was not made up for by the next calm day is found there.
 */
export function isTooBusy(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof DatabaseBusy) return true;
  return sqlState(error) === LOCK_TIMEOUT;
}

/** Does it again where only a lock or a connection was not to be had. */
export async function thoughBusy<T>(figures: Figures, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isTooBusy(error) || tries === TRIES) throw error;
      figures.count("too busy", "read again");
    }
  }
}
