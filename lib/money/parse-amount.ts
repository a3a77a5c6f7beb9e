import { type Cents, cents } from "./credits";

export type AmountLimits = { readonly minCents: Cents; readonly maxCents: Cents };

export type AmountProblem =
  | "missing"
  | "not_an_amount"
  | "thousands_separator"
  | "too_many_decimals"
  | "too_small"
  | "too_large";

export type ParsedAmount =
  | { readonly ok: true; readonly cents: Cents }
  | { readonly ok: false; readonly problem: AmountProblem };

const AMOUNT = /^\$?([0-9]+)(?:\.([0-9]+))?$/;
const WITH_SEPARATORS = /^\$?[0-9]{1,3}(?:[,_' ][0-9]{3})+(?:\.[0-9]*)?$|^\$?[0-9]+,[0-9]+$/;
/** Longer digit strings are over any limit; refusing them first keeps the work bounded. */
const MAX_DIGITS = 12;

/**
 * Reads a dollar amount as a person types it: ASCII digits, optionally a leading `$` and one or two decimals
 * after a point (`12`, `12.5`, `$12.50`). Separators are refused rather than guessed at: `1,000` is a thousand
 * in one country and one in another. Anything that is not a string is `not_an_amount`.
 */
export function parseAmount(typed: unknown, limits: AmountLimits): ParsedAmount {
  if (typed === undefined || typed === null) return { ok: false, problem: "missing" };
  if (typeof typed !== "string" || typed.length > 64) return { ok: false, problem: "not_an_amount" };
  const text = typed.trim();
  if (text === "") return { ok: false, problem: "missing" };
  const match = AMOUNT.exec(text);
  if (!match) {
    return { ok: false, problem: WITH_SEPARATORS.test(text) ? "thousands_separator" : "not_an_amount" };
  }
  const [, dollars = "", decimals = ""] = match;
  if (decimals.length > 2) return { ok: false, problem: "too_many_decimals" };
  if (dollars.length > MAX_DIGITS) return { ok: false, problem: "too_large" };
  const value = BigInt(dollars) * 100n + BigInt(decimals.padEnd(2, "0"));
  if (value < limits.minCents) return { ok: false, problem: "too_small" };
  if (value > limits.maxCents) return { ok: false, problem: "too_large" };
  return { ok: true, cents: cents(value) };
}
