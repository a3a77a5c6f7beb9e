import { findBundle } from "../../catalog/bundles";
import { getCatalog } from "../../catalog/catalog";
import type { Cents, Credits } from "../../money/credits";
import { type AmountProblem, parseAmount } from "../../money/parse-amount";
import { creditsForCents } from "../../money/rate";
import { err, ok, type Result } from "../../result";

/** What the browser may say: which card, or which amount. Never a price, never credits. */
export type Choice =
  | { readonly kind: "bundle"; readonly bundleId: unknown }
  | { readonly kind: "custom"; readonly typed: unknown };

export type Priced = {
  readonly bundleId: string | null;
  readonly amountCents: Cents;
  readonly credits: Credits;
};

export type PricingError =
  | { readonly code: "unknown_bundle" }
  | { readonly code: "bad_amount"; readonly problem: AmountProblem };

/** Price and credits of a choice, from our catalog and its rate. */
export function priceChoice(choice: Choice): Result<Priced, PricingError> {
  if (choice.kind === "bundle") {
    const bundle = findBundle(choice.bundleId);
    if (!bundle) return err({ code: "unknown_bundle" });
    return ok({ bundleId: bundle.id, amountCents: bundle.priceCents, credits: bundle.credits });
  }
  const { purchase, creditsPerCent } = getCatalog();
  const parsed = parseAmount(choice.typed, purchase);
  if (!parsed.ok) return err({ code: "bad_amount", problem: parsed.problem });
  return ok({
    bundleId: null,
    amountCents: parsed.cents,
    credits: creditsForCents(parsed.cents, creditsPerCent),
  });
}
