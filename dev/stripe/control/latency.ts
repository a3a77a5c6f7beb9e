export const LATENCY_PROFILES = ["none", "real"] as const;
export type LatencyProfile = (typeof LATENCY_PROFILES)[number];

/**
 * How long answers take. `real` is what an application far from Stripe sees: 300 to 800 ms for what writes and for lists, 80
 * to 250 ms for one object (design note "Latency"; the telemetry in pay-rails/pay's recordings has 110 to 190 and 200 to 560
 * ms, and 2 s for paying an invoice). Two runs with the same seed and the same requests in the same order wait the same.
 */
export class Latency {
  profile: LatencyProfile = "none";
  private state = 1;

  set(profile: LatencyProfile, seed = 1): void {
    this.profile = profile;
    this.state = seed;
  }

  /** Milliseconds before the work is done, and after it: an event may overtake the answer. */
  next(method: string, path: string): { before: number; after: number } | null {
    if (this.profile === "none") return null;
    const isSingle = method === "GET" && /_[A-Za-z0-9]{6,}$/.test(path);
    const [least, most] = isSingle ? [80, 250] : [300, 800];
    const ms = Math.round(least + this.random() * (most - least));
    const before = Math.round(ms * 0.6);
    return { before, after: ms - before };
  }

  /** mulberry32: small, seeded and good enough to spread waits. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
