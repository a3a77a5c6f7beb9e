import { findBundle } from "../../catalog/bundles";
import { getCatalog } from "../../catalog/catalog";
import type { Cents, Credits } from "../../money/credits";
import { type AmountNotation, type ParsedAmount, parseAmount } from "../../money/parse-amount";
import { creditsForCents } from "../../money/rate";
import { err, ok, type Result } from "../../result";

/** What the browser may say: which card, or which amount. Never a price, never credits. */
export type Choice =
  | { readonly kind: "bundle"; readonly bundleId: unknown }
  | {
      readonly kind: "custom";
      readonly typed: unknown;
      /** How the person writes numbers; left out, as English does. */
      readonly notation?: AmountNotation;
      /** In cents: which reading of an amount in another notation they accepted. It counts only if it is that reading. */
      readonly accepted?: string | undefined;
    };

export type Priced = {
  readonly bundleId: string | null;
  readonly amountCents: Cents;
  readonly credits: Credits;
};

export type PricingError =
  | { readonly code: "unknown_bundle" }
  | ({ readonly code: "bad_amount" } & Exclude<ParsedAmount, { ok: true }>);

/** Price and credits of a choice, from our catalog and its rate. */
export function priceChoice(choice: Choice): Result<Priced, PricingError> {
  if (choice.kind === "bundle") {
    const bundle = findBundle(choice.bundleId);
    if (!bundle) return err({ code: "unknown_bundle" });
    return ok({ bundleId: bundle.id, amountCents: bundle.priceCents, credits: bundle.credits });
  }
  const { purchase, creditsPerCent } = getCatalog();
  const parsed = parseAmount(choice.typed, purchase, choice.notation);
  if (!parsed.ok && !isAccepted(parsed, choice.accepted)) return err({ code: "bad_amount", ...parsed });
  const amountCents = parsed.ok ? parsed.cents : parsed.reading;
  return ok({ bundleId: null, amountCents, credits: creditsForCents(amountCents, creditsPerCent) });
}

const isAccepted = (
  parsed: Exclude<ParsedAmount, { ok: true }>,
  accepted: string | undefined,
): parsed is Extract<ParsedAmount, { problem: "another_notation" }> =>
  parsed.problem === "another_notation" && parsed.reading.toString() === accepted;
