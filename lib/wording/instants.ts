import { dateTimeFormat } from "./formatters";

/**
 * `full`: Dec 4, 2026, 09:14 GMT+1. `date`: Dec 4, 2026. `short`: Dec 4, 09:14, for lists that name the zone once.
 * `day`: Dec 4. `clock`: 09:14:05.
 */
export type InstantVariant = "full" | "date" | "short" | "day" | "clock";

const DAY = { month: "short", day: "numeric" } as const;
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const OPTIONS: Record<InstantVariant, Intl.DateTimeFormatOptions> = {
  full: { ...DAY, ...TIME, year: "numeric", timeZoneName: "short" },
  date: { ...DAY, year: "numeric" },
  short: { ...DAY, ...TIME },
  day: DAY,
  clock: { timeStyle: "medium", hourCycle: "h23" },
};

type Where = { readonly locale: string; readonly timeZone: string };

const formats = new Map<string, Intl.DateTimeFormat>();

/** Found by a short key: a page shows hundreds of instants, and writing all options out for each would be felt. */
function formatOf(variant: InstantVariant, { locale, timeZone }: Where): Intl.DateTimeFormat {
  const key = `${variant}|${locale}|${timeZone}`;
  const format = formats.get(key) ?? dateTimeFormat(locale, { ...OPTIONS[variant], timeZone });
  formats.set(key, format);
  return format;
}

/** An instant as the customer's clock and calendar show it. */
export const formatInstant = (instant: Date, where: Where, variant: InstantVariant = "full"): string =>
  formatOf(variant, where).format(instant);

/** `December`, in English like the sentences it stands in. */
export const monthName = (instant: Date, { timeZone }: Where): string =>
  dateTimeFormat("en-US", { month: "long", timeZone }).format(instant);

/** Zones that browsers and Node still call by names their places had. */
const RENAMED: Readonly<Record<string, string>> = {
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho Chi Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
};

/** A zone by its name, for people: `America/New York`. */
export const zonePlace = (timeZone: string): string => RENAMED[timeZone] ?? timeZone.replaceAll("_", " ");

/** `GMT+5:45`: how far the zone is ahead of UTC at that instant, or its own short name. */
export function zoneName({ locale, timeZone }: Where, now: Date): string {
  const parts = dateTimeFormat(locale, { timeZone, timeZoneName: "short" }).formatToParts(now);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? timeZone;
}
