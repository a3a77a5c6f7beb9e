/** Timers by name on the wall's clock, which a test may replace. */
export class Timers {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** `lookAgainMs` is how soon a jump of the clock is noticed; it also stays below setTimeout's own limit. */
  constructor(
    private readonly now: () => number,
    private readonly lookAgainMs: number,
  ) {}

  at(name: string, atMs: number, run: () => void): void {
    clearTimeout(this.timers.get(name));
    const wait = Math.min(Math.max(0, atMs - this.now()), this.lookAgainMs);
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
