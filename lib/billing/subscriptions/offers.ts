import { getPlan, type Plan } from "../../catalog/plans";
import { type CatalogPrice, listCatalogPrices, type PlanInterval } from "../../catalog/prices";
import type { Cents, Credits } from "../../money/credits";
import { err, invariant, ok, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import type { PricedPlan } from "../plan-gateway";

export type Offer = {
  readonly plan: Plan;
  readonly interval: PlanInterval;
  /** An interval. */
  readonly priceCents: Cents;
  /** A month. */
  readonly creditsPerCycle: Credits;
};

/** What can be chosen: every plan on sale with its monthly and, where the operator configured one, yearly price. */
export const listOffers = (): readonly Offer[] => listCatalogPrices().map(toOffer);

function toOffer({ plan: id, interval, priceCents }: CatalogPrice): Offer {
  const plan = getPlan(id);
  invariant(plan.creditsPerCycle, `${id} gives credits`);
  return { plan, interval, priceCents, creditsPerCycle: plan.creditsPerCycle };
}

export type OfferError =
  | { readonly code: "unknown_plan" }
  /** Stripe has no such price, or another amount: the operator has to run the setup. */
  | { readonly code: "not_for_sale" }
  | { readonly code: "provider_unavailable" };

const findOwn = (plan: string, interval: string): Offer | undefined =>
  listOffers().find((each) => each.plan.id === plan && each.interval === interval);

/** Whether it is one of ours at all, whatever the provider has of it. */
export const isOffer = (plan: string, interval: string): boolean => findOwn(plan, interval) !== undefined;

/** Looks only among our own offers, and for the provider's price of it: what the browser says is only a name. */
export async function findOffer(
  deps: Pick<BillingDeps, "plans" | "log">,
  plan: string,
  interval: string,
): Promise<Result<{ readonly offer: Offer; readonly price: PricedPlan }, OfferError>> {
  const offer = findOwn(plan, interval);
  if (!offer) return err({ code: "unknown_plan" });
  const asked = await deps.plans.listPlanPrices();
  if (asked.kind !== "answered") return err({ code: "provider_unavailable" });
  const price = asked.value.find((each) => each.plan === offer.plan.id && each.interval === offer.interval);
  if (price && price.priceCents === offer.priceCents) return ok({ offer, price });
  deps.log.error({ plan, interval }, "Stripe does not have this price; run the setup of the catalog again");
  return err({ code: "not_for_sale" });
}
