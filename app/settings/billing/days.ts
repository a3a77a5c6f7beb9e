import { addDays } from "@/lib/calendar";

const DAY_MS = 86_400_000;

/** A day of the calendar as an instant, to be counted with or written by formatters in UTC. */
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00Z`);
/** The day so many days before, or the first that can be asked for. */
export function daysBefore(day: string, days: number): string {
  const before = addDays(day, -days);
  return before < FIRST_DAY ? FIRST_DAY : before;
}
export const daysBetween = (from: string, to: string): number =>
  (startOfDay(to).getTime() - startOfDay(from).getTime()) / DAY_MS;

/**
 * Days before the first and after the last of these are none to ask for: nothing of ours happened on them, and near the
 * ends of what JavaScript and Postgres call a date, the day after one is none.
 */
const FIRST_DAY = "1970-01-01";
const LAST_DAY = "9998-12-31";

/** The day that an address names, or null where it names none that can be asked for. */
export function readDay(text: string | string[] | undefined): string | null {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  if (text < FIRST_DAY || text > LAST_DAY) return null;
  const instant = startOfDay(text);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text) ? text : null;
}
