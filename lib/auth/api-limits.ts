import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

export type Allowance = {
  readonly allowed: boolean;
  /** Requests in a window of one second. */
  readonly most: number;
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
};

export type ApiLimits = { count(keyId: string): Promise<Allowance> };

/** Counts requests per key and second in this process's memory: with n processes a key may do n times as much. */
export function createApiLimits(requestsPerSecond: number): ApiLimits {
  const limiter = new RateLimiterMemory({ points: requestsPerSecond, duration: 1 });
  const allowance = (allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Allowance => ({
    allowed,
    most: requestsPerSecond,
    remaining: remainingPoints,
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  });
  return {
    count: (keyId) =>
      limiter.consume(keyId).then(
        (counted) => allowance(true, counted),
        (refused: unknown) => {
          if (refused instanceof RateLimiterRes) return allowance(false, refused);
          throw refused;
        },
      ),
  };
}
