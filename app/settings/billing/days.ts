const DAY_MS = 86_400_000;

/** The UTC day of an instant: `2026-11-25`. */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00Z`);
export const addDays = (day: string, days: number): string =>
  dayOf(new Date(startOfDay(day).getTime() + days * DAY_MS));
export const daysBetween = (from: string, to: string): number =>
  (startOfDay(to).getTime() - startOfDay(from).getTime()) / DAY_MS;

/** The day that an address names, or null where it names none. */
export function readDay(text: string | string[] | undefined): string | null {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const instant = startOfDay(text);
  return !Number.isNaN(instant.getTime()) && dayOf(instant) === text ? text : null;
}
