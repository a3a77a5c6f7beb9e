import { monthOf, withinMonth } from "@/lib/desk/money/month";
import { MONEY } from "../areas";

export function monthBefore(month: string): string {
  const before = new Date(withinMonth(month).from.getTime() - 1);
  return monthOf(before);
}

/** `November 2026`. */
export const monthName = (month: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    withinMonth(month).from,
  );

export const moneyPath = (month: string): string => `${MONEY}?month=${month}`;
export type MoneyFile = "days" | "sold" | "credits";
export const moneyFilePath = (file: MoneyFile, month: string): string =>
  `${MONEY}/export?${new URLSearchParams({ file, ...(file !== "credits" && { month }) })}`;
