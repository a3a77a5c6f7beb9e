import type { PlanInterval } from "@/lib/catalog/prices";
import type { Cents } from "@/lib/money/credits";
import { formatDollars } from "@/lib/money/format";

/** `$299 a month` */
export const priceInWords = (priceCents: Cents, interval: PlanInterval, locale: string): string =>
  `${formatDollars(priceCents, locale)} a ${interval}`;

/** `Starter`, and `Starter, yearly` where the interval is what tells two offers apart. */
export const offerName = (name: string, interval: PlanInterval): string =>
  interval === "year" ? `${name}, yearly` : name;

/** The interval that an address or a form names; months are what everybody can buy. */
export const readInterval = (value: unknown): PlanInterval => (value === "year" ? "year" : "month");

/** The one value of a query's parameter. */
export const single = (value: string | string[] | undefined): string | null =>
  typeof value === "string" ? value : null;
