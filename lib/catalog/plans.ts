import { type Cents, type Credits, cents, credits } from "../money/credits";

export const PLAN_IDS = ["free", "starter", "premium", "custom"] as const;
export type PlanId = (typeof PLAN_IDS)[number];

export type Plan = {
  readonly id: PlanId;
  readonly name: string;
  /** A month; null where the price is by agreement. */
  readonly priceCents: Cents | null;
  /** A billing cycle; null where the allowance is by agreement. */
  readonly creditsPerCycle: Credits | null;
  /** Buying add-on credits is for paid plans only. */
  readonly mayBuyCredits: boolean;
};

const PLANS: Readonly<Record<PlanId, Plan>> = {
  free: {
    id: "free",
    name: "Free",
    priceCents: cents(0n),
    creditsPerCycle: credits(1_000_000n),
    mayBuyCredits: false,
  },
  starter: {
    id: "starter",
    name: "Starter",
    priceCents: cents(299_00n),
    creditsPerCycle: credits(24_000_000n),
    mayBuyCredits: true,
  },
  premium: {
    id: "premium",
    name: "Premium",
    priceCents: cents(499_00n),
    creditsPerCycle: credits(40_000_000n),
    mayBuyCredits: true,
  },
  custom: { id: "custom", name: "Custom", priceCents: null, creditsPerCycle: null, mayBuyCredits: true },
};

export const getPlan = (id: PlanId): Plan => PLANS[id];
export const listPlans = (): readonly Plan[] => PLAN_IDS.map(getPlan);
