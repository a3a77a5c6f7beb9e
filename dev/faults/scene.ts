import type { Habits } from "../simulation/person";
import type { Random } from "../simulation/random";
import type { Instance } from "./instance";
import type { World } from "./world";

/** One account and what it did so far. */
export type Person = {
  readonly accountId: string;
  readonly userId: string;
  readonly customerId: string;
  readonly holds: string[];
  readonly cards: readonly string[];
  /** Began on Free, and subscribes; the others have a plan by agreement. */
  readonly subscribes: boolean;
  readonly habits: Pick<Habits, "wealth" | "clumsiness" | "likesYears">;
};

export type Scene = {
  readonly world: World;
  readonly person: Person;
  readonly random: Random;
  /** Where it is done, and where it may be done at the same time. */
  readonly here: Instance;
  readonly there: Instance;
};

export type Deed = (scene: Scene) => Promise<unknown>;
