/** What no page of ours would send as the value of a field; null: the field is left out. */
export type Values = readonly (string | null | readonly string[])[];

export const TEXTS: Values = ["", " ", "\u0000", "a\u202eb", "x".repeat(9_000)];
export const UUIDS: Values = ["", "1", "__proto__", "' or 1=1 --", "0".repeat(36), null];
export const IDS: Values = [
  "",
  "x",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "\u0000",
  "a\u202eb",
  "../../x",
  "a".repeat(9_000),
  null,
];
export const CARDS_OF_NOBODY: Values = [
  "x",
  "__proto__",
  "pm_unknown",
  "' or 1=1 --",
  "\u0000",
  "pm_".padEnd(300, "x"),
];
export const INVOICES_OF_NOBODY: Values = ["", "\u0000", "a\u202eb", "a".repeat(9_000), null];
export const CENTS: Values = ["", "-1", "1.5", "1e3", "NaN", "9".repeat(30), null];
export const PLANS_OF_NOBODY: Values = [
  "",
  "free",
  "custom",
  "gold",
  "__proto__",
  "toString",
  "' or 1=1 --",
  null,
];
export const INTERVALS: Values = ["", "week", "__proto__", "constructor", null];
