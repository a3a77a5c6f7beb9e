import type { Cents } from "../money/credits";
import { getPlan, type PlanId } from "./plans";

export type PlanInterval = "month" | "year";

/** A plan somebody can subscribe to by themselves, at its price for an interval. */
export type CatalogPrice = {
  readonly plan: SelfServePlanId;
  readonly interval: PlanInterval;
  readonly priceCents: Cents;
  /** Under which the provider knows the price that is on sale. */
  readonly lookupKey: string;
};

export const SELF_SERVE_PLAN_IDS = ["starter", "premium"] as const satisfies readonly PlanId[];
export type SelfServePlanId = (typeof SELF_SERVE_PLAN_IDS)[number];

/** Yearly prices are the operator's choice; null where a plan has none. */
export type AnnualPrices = Readonly<Record<SelfServePlanId, Cents | null>>;

export const lookupKeyOf = (plan: SelfServePlanId, interval: PlanInterval): string =>
  `refill_${plan}_${interval}`;

/** Every price that is for sale, cheapest plan first, monthly before yearly. */
export function listCatalogPrices(annual: AnnualPrices): readonly CatalogPrice[] {
  return SELF_SERVE_PLAN_IDS.flatMap((plan) => {
    const { priceCents } = getPlan(plan);
    const prices: CatalogPrice[] = [];
    if (priceCents)
      prices.push({ plan, interval: "month", priceCents, lookupKey: lookupKeyOf(plan, "month") });
    const yearly = annual[plan];
    if (yearly)
      prices.push({ plan, interval: "year", priceCents: yearly, lookupKey: lookupKeyOf(plan, "year") });
    return prices;
  });
}

/** What the provider's price and product say of a plan, for prices that are not the catalog's newest any more. */
export const PRICE_METADATA = {
  plan: "refill_plan",
  /** A cycle's credits, for prices by agreement (plan `custom`), as digits. */
  credits: "refill_credits",
} as const;

const RANK: Readonly<Record<PlanId, number>> = { free: 0, starter: 1, premium: 2, custom: 3 };

/** An upgrade takes effect now, everything else at the end of the cycle. A yearly price is above a monthly one. */
export function compareOffers(
  a: { readonly plan: PlanId; readonly interval: PlanInterval },
  b: { readonly plan: PlanId; readonly interval: PlanInterval },
): number {
  const rank = (each: typeof a) => RANK[each.plan] * 2 + (each.interval === "year" ? 1 : 0);
  return rank(a) - rank(b);
}
