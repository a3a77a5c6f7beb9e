import { type Cents, type Credits, cents } from "../money/credits";
import { creditsForCents } from "../money/rate";

export const BUNDLE_IDS = ["usd100", "usd500", "usd1000", "usd2000"] as const;
export type BundleId = (typeof BUNDLE_IDS)[number];
export type Bundle = { readonly id: BundleId; readonly priceCents: Cents; readonly credits: Credits };

const bundle = (id: BundleId, dollars: bigint): Bundle => {
  const priceCents = cents(dollars * 100n);
  return { id, priceCents, credits: creditsForCents(priceCents) };
};

/** The Quick Select cards, in the order they are shown. */
export const BUNDLES: readonly Bundle[] = [
  bundle("usd100", 100n),
  bundle("usd500", 500n),
  bundle("usd1000", 1_000n),
  bundle("usd2000", 2_000n),
];

/** The card that is chosen when the page opens. */
export const FEATURED_BUNDLE: BundleId = "usd500";

/** Looks only among our own bundles, so `__proto__`, arrays and the like find nothing. */
export const findBundle = (id: unknown): Bundle | null => BUNDLES.find((each) => each.id === id) ?? null;
