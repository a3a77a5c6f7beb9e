import type { PlanId } from "../../db/schema";
import type { Cents, Credits } from "../money/credits";
import { invariant } from "../result";

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
  /** A year; null where it is not sold by the year. */
  readonly yearlyPriceCents: Cents | null;
  /** A billing cycle; null where the allowance is by agreement. */
  readonly creditsPerCycle: Credits | null;
  /** Buying add-on credits is for paid plans only. */
  readonly mayBuyCredits: boolean;
  /** Nobody can choose it any more; who has it keeps it. */
  readonly isRetired: boolean;
};

/** The plan without a price has an allowance. */
export type FreePlan = Plan & { readonly creditsPerCycle: Credits };

/** A Quick Select card: so much for so many credits, at the rate. */
export type Bundle = { readonly id: string; readonly priceCents: Cents; readonly credits: Credits };

export type Category = {
  /** What the API and its callers say. */
  readonly id: string;
  /** What entries keep of it: never another category's. */
  readonly number: number;
  /** What people read. */
  readonly label: string;
  /** Nothing new can be spent under it; what was stays what it was. */
  readonly isRetired: boolean;
};

/** What is sold and what it is used for, as one checked file says (`docs/catalog.md`). */
export type Catalog = {
  /** Where it was read, for sentences about it. */
  readonly file: string;
  readonly creditsPerCent: bigint;
  /** From the smallest to the largest: going up is an upgrade. */
  readonly plans: readonly Plan[];
  readonly free: FreePlan;
  /** What a trial gives: its share of a month's allowance, or nothing. */
  readonly trialAllowance: "share" | "none";
  /** In the order in which they are shown. */
  readonly bundles: readonly Bundle[];
  /** What a typed amount may be. */
  readonly purchase: { readonly minCents: Cents; readonly maxCents: Cents };
  /** In the order in which they are shown. */
  readonly categories: readonly Category[];
};

// The framework may load this module more than once; what one process sells is one.
const kept = globalThis as typeof globalThis & { refillCatalog?: Catalog };

/** What this process goes by from now on. Said once, at its start. */
export function setCatalog(catalog: Catalog): void {
  kept.refillCatalog = catalog;
}

export function getCatalog(): Catalog {
  invariant(kept.refillCatalog, "the catalog is read when the process starts");
  return kept.refillCatalog;
}
