import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 180_000;

/** Again until it succeeds. Throws what came last where that takes longer than anything may be in doubt. */
export async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
