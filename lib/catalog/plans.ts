import type { PlanId } from "../../db/schema";
import { invariant } from "../result";
import { type FreePlan, getCatalog, type Plan } from "./catalog";

export type { FreePlan, Plan, PlanId };

/** Every plan somebody may choose or be on, from the smallest to the largest; retired ones too. */
export const listPlans = (): readonly Plan[] => getCatalog().plans;

/** What somebody outside called a plan: one of the catalog's, or null. */
export const findPlan = (id: unknown): Plan | null => listPlans().find((each) => each.id === id) ?? null;

/** The plan with this id, which the catalog has. Throws where it does not. */
export function getPlan(id: PlanId): Plan {
  const plan = findPlan(id);
  invariant(plan, `the catalog has a plan ${id}`);
  return plan;
}

/** What history says of a plan. */
export type NamedPlan = Pick<Plan, "id" | "name">;

/** What a plan of long ago is called, which nobody has any more and the catalog may have no more: then its id. */
export const namePlan = (id: PlanId): NamedPlan => findPlan(id) ?? { id, name: id };

/** The id of the plan that the catalog calls so. Throws where it has none: for what is written in code, not for what people send. */
export function planIdOf(text: string): PlanId {
  const plan = findPlan(text);
  invariant(plan, `the catalog has a plan ${text}`);
  return plan.id;
}

export const freePlan = (): FreePlan => getCatalog().free;
export const isFree = (id: PlanId): boolean => getPlan(id).kind === "free";
