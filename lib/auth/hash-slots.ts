import { availableParallelism } from "node:os";

/** More wait for a password to be hashed than can be answered soon. Nothing was checked. */
export class HashingBusy extends Error {
  override name = "HashingBusy";
}

type Slots = { readonly most: number; readonly mostWaiting: number };

/**
 * Runs so many pieces of work at a time; the others wait in their order, and what comes beyond is refused with
 * `HashingBusy` at once.
 */
export function createSlots({ most, mostWaiting }: Slots) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) {
      if (waiting.length >= mostWaiting) throw new HashingBusy(`${mostWaiting} passwords wait to be hashed`);
      await new Promise<void>((resolve) => waiting.push(resolve)); // Who leaves hands over the slot.
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

const MAX_WAITING = 64;

// One set per process: the framework may load this module more than once.
const kept = globalThis as typeof globalThis & { refillHashSlots?: ReturnType<typeof createSlots> };

/**
 * Hashing takes 19 MB and a core each time, on threads that file access and look-ups of names share. Half the cores
 * are for it, so that guesses at passwords leave pages the rest.
 */
export function inHashSlot<T>(work: () => Promise<T>): Promise<T> {
  const most = Math.max(1, Math.floor(availableParallelism() / 2));
  kept.refillHashSlots ??= createSlots({ most, mostWaiting: MAX_WAITING });
  return kept.refillHashSlots(work);
}
