import { setTimeout as sleep } from "node:timers/promises";
import { isDraining, onDraining } from "../draining";

export type LaneLimits = {
  /** Whoever waits longer is asked to try again. */
  readonly patienceMs: number;
  /** Per person and process; of more, one chosen by lot has to go, so that a crowd keeps nobody out for good. */
  readonly mostPerPerson: number;
  /** In this process, for all people together. */
  readonly mostInAll: number;
};

/**
 * Takes the next turn of this person for all processes, after which there is none for `delayMs`. How many milliseconds
 * until there is one; 0 when it was taken.
 */
export type TakeTurn = (person: string, delayMs: number) => Promise<number>;

type Waiter = {
  readonly address: string;
  readonly delayMs: number;
  settle(outcome: "turn" | "busy"): void;
  fail(error: unknown): void;
};

/**
 * Where tries wait for their turn, one at a time for each person. Who waits holds a promise and a timer: no connection
 * and no slot for hashing. Each address has one place; coming again it gives up the one before. A process that was told to
 * stop lets nobody wait, as its grace is shorter than people's patience.
 */
export function createSlowLane(
  takeTurn: TakeTurn,
  limits: LaneLimits,
  stopping = { isDraining, onDraining },
) {
  const lanes = new Map<string, Waiter[]>();
  let inAll = 0;

  const remove = (waiters: Waiter[], waiter: Waiter): boolean => {
    const at = waiters.indexOf(waiter);
    if (at >= 0) {
      waiters.splice(at, 1);
      inAll -= 1;
    }
    return at >= 0;
  };
  const choose = (waiters: readonly Waiter[]) => waiters[Math.floor(Math.random() * waiters.length)];

  const work = async (person: string, waiters: Waiter[]) => {
    try {
      while (waiters.length > 0) {
        const waitMs = await takeTurn(person, Math.max(...waiters.map((each) => each.delayMs)));
        if (waitMs > 0) {
          await sleep(Math.min(waitMs, limits.patienceMs));
          continue;
        }
        const next = choose(waiters);
        if (next && remove(waiters, next)) next.settle("turn");
      }
    } catch (error) {
      for (const each of waiters.slice()) if (remove(waiters, each)) each.fail(error);
    } finally {
      lanes.delete(person);
    }
  };

  const join = (person: string, waiter: Waiter): Waiter[] => {
    const known = lanes.get(person);
    const waiters = known ?? [];
    const before = waiters.find((each) => each.address === waiter.address);
    if (before && remove(waiters, before)) before.settle("busy");
    waiters.push(waiter);
    inAll += 1;
    const loser = waiters.length > limits.mostPerPerson ? choose(waiters) : undefined;
    if (loser && remove(waiters, loser)) loser.settle("busy");
    if (!known) {
      lanes.set(person, waiters);
      void work(person, waiters);
    }
    return waiters;
  };

  stopping.onDraining(() => {
    for (const waiters of lanes.values())
      for (const each of waiters.slice()) if (remove(waiters, each)) each.settle("busy");
  });

  /** Resolves when it is this one's turn, or with `busy` when it has to come again. Rejects when no turn can be taken. */
  return async (person: string, address: string, delayMs: number): Promise<"turn" | "busy"> => {
    if (stopping.isDraining() || inAll >= limits.mostInAll) return "busy";
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<"turn" | "busy">((settle, fail) => {
        const waiter: Waiter = { address, delayMs, settle, fail };
        const waiters = join(person, waiter);
        timer = setTimeout(() => remove(waiters, waiter) && settle("busy"), limits.patienceMs);
      });
    } finally {
      clearTimeout(timer);
    }
  };
}
