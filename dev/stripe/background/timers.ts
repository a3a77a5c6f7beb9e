const LONGEST_MS = 60_000;

/** Timers by name on the simulator's own clock, which a test may move. */
export class Timers {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly now: () => number) {}

  at(name: string, atMs: number, run: () => void): void {
    clearTimeout(this.timers.get(name));
    // Looking again now and then follows a clock that jumps, and stays below setTimeout's own limit.
    const wait = Math.min(Math.max(0, atMs - this.now()), LONGEST_MS);
    const timer = setTimeout(() => {
      this.timers.delete(name);
      if (this.now() < atMs) this.at(name, atMs, run);
      else run();
    }, wait);
    this.timers.set(name, timer);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
