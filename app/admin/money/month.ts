import { monthAfter } from "@/lib/desk/money/credit-months";
import type { Within } from "@/lib/desk/money/revenue";
import { MONEY } from "../areas";

/** `2026-11` as somebody gave it, or null: of four digits for the year, and one that was. */
export const readMonth = (text: string): string | null =>
  /^2\d{3}-(0[1-9]|1[0-2])$/.test(text) ? text : null;

export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** From its first instant up to the next month's, UTC. */
export const within = (month: string): Within => ({
  from: new Date(`${month}-01T00:00:00Z`),
  to: new Date(`${monthAfter(month)}-01T00:00:00Z`),
});

export function monthBefore(month: string): string {
  const before = new Date(within(month).from.getTime() - 1);
  return monthOf(before);
}

/** `November 2026`. */
export const monthName = (month: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    within(month).from,
  );

export const moneyPath = (month: string): string => `${MONEY}?month=${month}`;
export type MoneyFile = "days" | "sold" | "credits";
export const moneyFilePath = (file: MoneyFile, month: string): string =>
  `${MONEY}/export?${new URLSearchParams({ file, ...(file !== "credits" && { month }) })}`;
