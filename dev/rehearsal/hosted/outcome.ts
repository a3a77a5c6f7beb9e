import { setTimeout as sleep } from "node:timers/promises";
import type { CardOutcome } from "../flow";

const LOOK_EVERY_MS = 200;

/**
 * Which of the three a page shows first. A page that is just being left may throw on being asked: then it is asked again.
 * Throws where it shows none of them in time, with where it was.
 */
export async function outcomeOf(
  where: () => string,
  shows: Readonly<Record<CardOutcome, () => Promise<boolean>>>,
  withinMs: number,
): Promise<CardOutcome> {
  const until = Date.now() + withinMs;
  for (;;) {
    for (const outcome of ["taken", "bank", "declined"] as const)
      if (await shows[outcome]().catch(() => false)) return outcome;
    if (Date.now() > until) throw new Error(`neither taken nor declined after ${withinMs} ms: ${where()}`);
    await sleep(LOOK_EVERY_MS);
  }
}
