import { numberFormat } from "./formatters";

/** `61%`; never 0% of something that was used, never 100% while something is left. */
export function shareInWords(part: bigint, whole: bigint, locale: string): string {
  const percent = numberFormat(locale, { style: "percent" });
  if (whole === 0n || part === 0n) return percent.format(0);
  if (part === whole) return percent.format(1);
  const rounded = Number((part * 200n + whole) / (whole * 2n));
  if (rounded < 1) return `less than ${percent.format(0.01)}`;
  return percent.format(Math.min(rounded, 99) / 100);
}
