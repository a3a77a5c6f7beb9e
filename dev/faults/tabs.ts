import type { Instance } from "./instance";
import type { Scene } from "./scene";

/** At one instance, or at both at the same time; the first to fail is told, once both have ended. */
export async function inTabs(
  { random, here, there }: Scene,
  act: (at: Instance) => Promise<unknown>,
): Promise<void> {
  const tabs = random.chance(0.35) ? [here, there] : [here];
  const ended = await Promise.allSettled(
    tabs.map(async (at) => {
      await at.turn("begins");
      return act(at);
    }),
  );
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
