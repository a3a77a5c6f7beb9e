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

/** Those who wait for one person's turns. */
class Lane {
  readonly #waiters: Waiter[] = [];

  constructor(private readonly count: (change: 1 | -1) => void) {}

  /** Gives an address its one place, and where there are too many one chosen by lot has to go. */
  join(waiter: Waiter, most: number): void {
    const before = this.#waiters.find((each) => each.address === waiter.address);
    if (before && this.remove(before)) before.settle("busy");
    this.#waiters.push(waiter);
    this.count(1);
    const loser = this.#waiters.length > most ? this.#choose() : undefined;
    if (loser && this.remove(loser)) loser.settle("busy");
  }

  /** False when it does not wait here any more. */
  remove(waiter: Waiter): boolean {
    const at = this.#waiters.indexOf(waiter);
    if (at < 0) return false;
    this.#waiters.splice(at, 1);
    this.count(-1);
    return true;
  }

  clear(tell: (waiter: Waiter) => void): void {
    for (const each of this.#waiters.slice()) if (this.remove(each)) tell(each);
  }

  /** Gives turns, to one chosen by lot each, until nobody waits: `over` is called in that instant, before anybody else can come. */
  async work(
    takeTurn: (delayMs: number) => Promise<number>,
    { patienceMs, over }: { readonly patienceMs: number; readonly over: () => void },
  ): Promise<void> {
    try {
      while (this.#waiters.length > 0) {
        const waitMs = await takeTurn(Math.max(...this.#waiters.map((each) => each.delayMs)));
        if (waitMs > 0) {
          await sleep(Math.min(waitMs, patienceMs));
          continue;
        }
        const next = this.#choose();
        if (next && this.remove(next)) next.settle("turn");
      }
    } catch (error) {
      this.clear((each) => each.fail(error));
    } finally {
      over();
    }
  }

  #choose(): Waiter | undefined {
    return this.#waiters[Math.floor(Math.random() * this.#waiters.length)];
  }
}

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
  const lanes = new Map<string, Lane>();
  let inAll = 0;
  const count = (change: 1 | -1) => {
    inAll += change;
  };

  const join = (person: string, waiter: Waiter): Lane => {
    const known = lanes.get(person);
    const lane = known ?? new Lane(count);
    lane.join(waiter, limits.mostPerPerson);
    if (!known) {
      lanes.set(person, lane);
      const over = () => lanes.delete(person);
      void lane.work((delayMs) => takeTurn(person, delayMs), { patienceMs: limits.patienceMs, over });
    }
    return lane;
  };

  stopping.onDraining(() => {
    for (const lane of lanes.values()) lane.clear((each) => each.settle("busy"));
  });

  /** Resolves when it is this one's turn, or with `busy` when it has to come again. Rejects when no turn can be taken. */
  return async (person: string, address: string, delayMs: number): Promise<"turn" | "busy"> => {
    if (stopping.isDraining() || inAll >= limits.mostInAll) return "busy";
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<"turn" | "busy">((settle, fail) => {
        const waiter: Waiter = { address, delayMs, settle, fail };
        const lane = join(person, waiter);
        timer = setTimeout(() => lane.remove(waiter) && settle("busy"), limits.patienceMs);
      });
    } finally {
      clearTimeout(timer);
    }
  };
}
