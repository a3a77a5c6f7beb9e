import type { PlanView } from "../../../lib/billing/account-view";
import type { Result } from "../../../lib/result";
import type { Habits, Person } from "../person";
import type { Random } from "../random";
import type { World } from "../world";

export type Scene = {
  readonly world: World;
  readonly person: Person;
  readonly random: Random;
  /** What the person saw before they did anything. */
  readonly view: PlanView;
  /** Nothing else of this account runs at the same time, as far as people go. */
  readonly alone: boolean;
};

/** As much of a scene as what people do with plans needs. */
export type PlanScene = Pick<Scene, "random" | "view"> & {
  readonly world: Pick<World, "deps">;
  readonly person: Pick<Person, "accountId" | "userId"> & {
    readonly habits: Pick<Habits, "wealth" | "clumsiness" | "likesYears">;
  };
};

/** Something people do, how likely it is in a situation, and what came of it in a word. */
export type Deed<In = Scene> = {
  readonly name: string;
  weigh(scene: In): number;
  run(scene: In): Promise<string>;
};

/** The code of a refusal; null for what went well. */
export const codeOf = (result: Result<unknown, { readonly code: string }>): string | null =>
  result.ok ? null : result.error.code;

export const isPaying = ({ view }: Pick<Scene, "view">): boolean => view.subscription !== null;
