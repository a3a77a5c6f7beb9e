import { planInterval } from "../../db/schema";
import type { Cents } from "../money/credits";
import { listPlans, type PlanId } from "./plans";

/** What a plan can be charged for: the schema's, in its order. */
export const PLAN_INTERVALS = planInterval.enumValues;
export type PlanInterval = (typeof PLAN_INTERVALS)[number];

/** A plan somebody can subscribe to by themselves, at its price for an interval. */
export type CatalogPrice = {
  readonly plan: PlanId;
  readonly interval: PlanInterval;
  readonly priceCents: Cents;
  /** Under which the provider knows the price that is on sale. */
  readonly lookupKey: string;
};

/** Ids of the plans people subscribe to by themselves, smallest first; of those nobody can choose any more, too. */
export const listSelfServePlanIds = (): readonly PlanId[] =>
  listPlans().flatMap(({ id, kind }) => (kind === "self_serve" ? [id] : []));

export const lookupKeyOf = (plan: string, interval: PlanInterval): string => `refill_${plan}_${interval}`;

/** Every price that is for sale, smallest plan first, monthly before yearly. */
export function listCatalogPrices(): readonly CatalogPrice[] {
  return listPlans().flatMap(({ id: plan, kind, priceCents, yearlyPriceCents, isRetired }) => {
    if (kind !== "self_serve" || isRetired) return [];
    const price = (interval: PlanInterval, cents: Cents | null): CatalogPrice[] =>
      cents === null ? [] : [{ plan, interval, priceCents: cents, lookupKey: lookupKeyOf(plan, interval) }];
    return [...price("month", priceCents), ...price("year", yearlyPriceCents)];
  });
}

/** What the provider's price and product say of a plan, for prices that are not the catalog's newest any more. */
export const PRICE_METADATA = {
  plan: "refill_plan",
  /** A cycle's credits, for prices of a plan by agreement, as digits. */
  credits: "refill_credits",
} as const;

/**
 * What a change from `current` to `wanted` is: above zero an upgrade, which takes effect now; below zero a change for the end
 * of what is paid for. A yearly price is above a monthly one. A year that is paid for is cut short only by a higher plan's year,
 * with a credit for its unused time: whatever else follows it, follows it at its end.
 */
export function compareOffers(
  wanted: { readonly plan: PlanId; readonly interval: PlanInterval },
  current: { readonly plan: PlanId; readonly interval: PlanInterval },
): number {
  const place = (id: PlanId) => listPlans().findIndex((each) => each.id === id);
  const rank = (each: typeof wanted) => place(each.plan) * 2 + (each.interval === "year" ? 1 : 0);
  const higher = rank(wanted) - rank(current);
  return current.interval === "year" && wanted.interval === "month" && higher > 0 ? -higher : higher;
}
