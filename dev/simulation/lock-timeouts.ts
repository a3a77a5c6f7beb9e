import { sqlState } from "../../db/transact";
import type { Figures } from "./figures";

const LOCK_TIMEOUT = "55P03";
const TRIES = 3;

/**
 * Whether somebody waited ten seconds for a lock in vain. Here that is a machine with too much to do: nothing was done, and the
 * product tries again: the sweep and the worker by themselves, a person by clicking again. So it is counted, and no failure. What
 * comes of it is judged like everything else: whatever was not made up for by the next calm day is found there.
 */
export const isLockTimeout = (error: unknown): boolean => sqlState(error) === LOCK_TIMEOUT;

/** Does it again where only a lock was not to be had. */
export async function despiteLockTimeouts<T>(figures: Figures, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error) || tries === TRIES) throw error;
      figures.count("lock timeouts", "read again");
    }
  }
}
