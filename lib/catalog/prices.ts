import type { Cents } from "../money/credits";
import { listPlans, type PlanId } from "./plans";

export type PlanInterval = "month" | "year";

/** A plan somebody can subscribe to by themselves, at its price for an interval. */
export type CatalogPrice = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  readonly priceCents: Cents;
  /** Under which the provider knows the price that is on sale. */
  readonly lookupKey: string;
};

/** Ids of the plans people subscribe to by themselves, cheapest first. */
export const listSelfServePlanIds = (): readonly PlanId[] =>
  listPlans().flatMap(({ id, kind }) => (kind === "self_serve" ? [id] : []));

/** Yearly prices by plan id, in cents. They are the operator's choice; null or absent where a plan has none. */
export type AnnualPrices = Readonly<Record<string, Cents | null>>;

export const lookupKeyOf = (plan: string, interval: PlanInterval): string => `refill_${plan}_${interval}`;

/** Every price that is for sale, cheapest plan first, monthly before yearly. */
export function listCatalogPrices(annual: AnnualPrices): readonly CatalogPrice[] {
  return listPlans().flatMap(({ id: plan, kind, priceCents }) => {
    if (kind !== "self_serve") return [];
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
  /** A cycle's credits, for prices of a plan by agreement, as digits. */
  credits: "refill_credits",
} as const;

const rankOf = (id: PlanId): number => listPlans().findIndex((each) => each.id === id);

/** An upgrade takes effect now, everything else at the end of the cycle. A yearly price is above a monthly one. */
export function compareOffers(
  a: { readonly plan: PlanId; readonly interval: PlanInterval },
  b: { readonly plan: PlanId; readonly interval: PlanInterval },
): number {
  const rank = (each: typeof a) => rankOf(each.plan) * 2 + (each.interval === "year" ? 1 : 0);
  return rank(a) - rank(b);
}
