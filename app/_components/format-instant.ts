/**
 * `full`: Dec 4, 2026, 09:14 GMT+1. `date`: Dec 4, 2026. `short`: Dec 4, 09:14, for lists that name the zone once.
 * `day`: Dec 4.
 */
export type InstantVariant = "full" | "date" | "short" | "day";

const DAY = { month: "short", day: "numeric" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const OPTIONS: Record<InstantVariant, Intl.DateTimeFormatOptions> = {
  full: { ...DAY, ...TIME, year: "numeric", timeZoneName: "short" },
  date: { ...DAY, year: "numeric" },
  short: { ...DAY, ...TIME },
  day: DAY,
};

const formatters = new Map<string, Intl.DateTimeFormat>();

/** An instant as the customer's clock and calendar show it. */
export function formatInstant(
  instant: Date,
  where: { readonly locale: string; readonly timeZone: string },
  variant: InstantVariant = "full",
): string {
  const key = `${where.locale}|${where.timeZone}|${variant}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(where.locale, { ...OPTIONS[variant], timeZone: where.timeZone });
    formatters.set(key, formatter);
  }
  return formatter.format(instant);
}
