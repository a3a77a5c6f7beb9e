import type { PlanId } from "../../db/schema";
import { type Cents, type Credits, cents, credits } from "../money/credits";
import { invariant } from "../result";

export type { PlanId };

/** What part a plan plays. Code asks for the part, never for a plan by its id. */
export type PlanKind =
  /** The one every account is on that has no other. */
  | "free"
  /** People subscribe to it by themselves, at the catalog's prices. */
  | "self_serve"
  /** Price and allowance are agreed with each customer. */
  | "agreement";

export type Plan = {
  readonly id: PlanId;
  readonly kind: PlanKind;
  readonly name: string;
  /** A month; null where the price is by agreement. */
  readonly priceCents: Cents | null;
  /** A billing cycle; null where the allowance is by agreement. */
  readonly creditsPerCycle: Credits | null;
  /** Buying add-on credits is for paid plans only. */
  readonly mayBuyCredits: boolean;
};

/** The plan without a price has an allowance. */
export type FreePlan = Plan & { readonly creditsPerCycle: Credits };

const FREE: FreePlan = {
  id: "free" as PlanId,
  kind: "free",
  name: "Free",
  priceCents: cents(0n),
  creditsPerCycle: credits(1_000_000n),
  mayBuyCredits: false,
};

/** From the smallest to the largest. */
const PLANS: readonly Plan[] = [
  FREE,
  {
    id: "starter" as PlanId,
    kind: "self_serve",
    name: "Starter",
    priceCents: cents(299_00n),
    creditsPerCycle: credits(24_000_000n),
    mayBuyCredits: true,
  },
  {
    id: "premium" as PlanId,
    kind: "self_serve",
    name: "Premium",
    priceCents: cents(499_00n),
    creditsPerCycle: credits(40_000_000n),
    mayBuyCredits: true,
  },
  {
    id: "custom" as PlanId,
    kind: "agreement",
    name: "Custom",
    priceCents: null,
    creditsPerCycle: null,
    mayBuyCredits: true,
  },
];

/** Every plan, in the catalog's order: from the smallest to the largest. */
export const listPlans = (): readonly Plan[] => PLANS;

/** What somebody outside called a plan: one of the catalog's, or null. */
export const findPlan = (id: unknown): Plan | null => PLANS.find((each) => each.id === id) ?? null;

/** The plan with this id, which the catalog has. Throws where it does not. */
export function getPlan(id: PlanId): Plan {
  const plan = findPlan(id);
  invariant(plan, `the catalog has a plan ${id}`);
  return plan;
}

/** The id of the plan that the catalog calls so. Throws where it has none: for what is written in code, not for what people send. */
export function planIdOf(text: string): PlanId {
  const plan = findPlan(text);
  invariant(plan, `the catalog has a plan ${text}`);
  return plan.id;
}

export const freePlan = (): FreePlan => FREE;
export const isFree = (id: PlanId): boolean => getPlan(id).kind === "free";
