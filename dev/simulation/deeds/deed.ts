import type { PlanView } from "../../../lib/billing/account-view";
import type { Result } from "../../../lib/result";
import type { Person } from "../person";
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

/** Something people do, how likely it is in a situation, and what came of it in a word. */
export type Deed = {
  readonly name: string;
  weigh(scene: Scene): number;
  run(scene: Scene): Promise<string>;
};

/** The code of a refusal; null for what went well. */
export const codeOf = (result: Result<unknown, { readonly code: string }>): string | null =>
  result.ok ? null : result.error.code;

export const isPaying = ({ view }: Scene): boolean => view.subscription !== null;
