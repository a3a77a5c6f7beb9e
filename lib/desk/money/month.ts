import { monthAfter } from "./credit-months";
import type { Within } from "./revenue";

/** `2026-11` as somebody gave it, or null: of four digits for the year, and one that was. */
export const readMonth = (text: string): string | null =>
  /^2\d{3}-(0[1-9]|1[0-2])$/.test(text) ? text : null;

/** The month of an instant, UTC. */
export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** From its first instant up to the next month's, UTC. */
export const withinMonth = (month: string): Within => ({
  from: new Date(`${month}-01T00:00:00Z`),
  to: new Date(`${monthAfter(month)}-01T00:00:00Z`),
});
