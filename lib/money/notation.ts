import { type AmountNotation, POINT } from "./parse-amount";

const known = new Map<string, AmountNotation>();

/**
 * How a locale writes numbers, as `Intl` has it. Where the decimal sign is a comma a space groups as well, whatever the locale
 * prefers (ISO 80000-1), and nothing else can be meant by it.
 */
export function notationOf(locale: string): AmountNotation {
  let notation = known.get(locale);
  if (!notation) {
    const parts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).formatToParts(1_234_567.5);
    const decimal = parts.find(({ type }) => type === "decimal")?.value === "," ? "," : ".";
    const said = parts.find(({ type }) => type === "group")?.value ?? "";
    const group = said.replace(/\s/, " ").replace("\u2019", "'");
    const groups = new Set([group || POINT.groups, ...(decimal === "," ? [" "] : [])]);
    groups.delete(decimal);
    notation = { decimal, groups: [...groups].join("") };
    known.set(locale, notation);
  }
  return notation;
}
