import { setTimeout as sleep, setImmediate as tick } from "node:timers/promises";
import type { Random } from "../simulation/random";

type Waiting = { readonly who: string; readonly begin: () => void };

/** So many times in a row nothing may be under way before whoever went on is taken to have come to a halt. */
const QUIET_TICKS = 3;
/** Whoever sleeps or hangs for so long keeps nobody else waiting. */
const PATIENCE_MS = 3_000;

/**
 * Lets what is done at the same time go on one at a time, in an order that a seed decides: who goes on does so until it asks
 * Stripe the next time, or ends. No transaction is open there, so nobody waits for a lock of somebody who waits for a turn.
 */
export class Turns {
  private readonly waiting: Waiting[] = [];
  private random: Random | null = null;
  private calls = 0;
  private isGivingOut = false;

  /** `isBusy` says whether anything is being asked of a database. */
  constructor(private readonly isBusy: () => boolean) {}

  /** While it lasts turns are taken, in an order drawn from `random`. */
  async during<T>(random: Random, act: () => Promise<T>): Promise<T> {
    this.random = random;
    try {
      return await act();
    } finally {
      this.random = null;
    }
  }

  /** Resolves when it is the turn of whoever asks; at once where none are taken. */
  take(who: string): Promise<void> {
    if (!this.random) return Promise.resolve();
    return new Promise((begin) => {
      this.waiting.push({ who, begin });
      void this.giveOut();
    });
  }

  /** What is under way meanwhile: nobody else's turn comes. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    this.calls += 1;
    try {
      return await work();
    } finally {
      this.calls -= 1;
    }
  }

  private async giveOut(): Promise<void> {
    if (this.isGivingOut) return;
    this.isGivingOut = true;
    while (this.waiting.length > 0) {
      await this.untilQuiet();
      // Who came first is the machine's doing; who they are is not.
      this.waiting.sort((a, b) => (a.who < b.who ? -1 : a.who > b.who ? 1 : 0));
      const next = this.random?.whole(this.waiting.length) ?? 0;
      this.waiting.splice(next, 1)[0]?.begin();
    }
    this.isGivingOut = false;
  }

  private async untilQuiet(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let quiet = 0; quiet < QUIET_TICKS && performance.now() < deadline; ) {
      await tick();
      const isBusy = this.calls > 0 || this.isBusy();
      quiet = isBusy ? 0 : quiet + 1;
      if (isBusy) await sleep(1);
    }
  }
}
