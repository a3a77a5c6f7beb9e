import type { PlanInterval } from "../catalog/prices";

/** `Starter`, and `Starter, yearly` where the interval is what tells two offers apart. */
export const offerName = (name: string, interval: PlanInterval): string =>
  interval === "year" ? `${name}, yearly` : name;
