import { type OwnStack, startOwnStack } from "./own-stack";
import { test as base, expect, visit } from "./test";

export { expect };

type Later = {
  /** Lets everything happen up to an instant (Unix seconds), at Stripe and here. */
  goTo(second: number): Promise<void>;
};

/** For stories that move the clock: on a stack of their own, as everybody on a stack shares its time. */
export const test = base.extend<Later, { own: OwnStack }>({
  own: [
    async ({ browserName: _ }, use) => {
      const own = await startOwnStack();
      await use(own);
      await own.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  world: [async ({ own }, use) => visit(own.facts, use), { scope: "worker" }],
  baseURL: async ({ own }, use) => use(own.facts.url),
  goTo: async ({ own }, use) => use((second) => own.stack.simulator.clock.moveTo(second * 1_000)),
});
