import type { TimeSpan } from "@/lib/calendar";
import { dateTimeFormat } from "@/lib/wording/formatters";
import { formatInstant } from "@/lib/wording/instants";

/** `Nov 4 – Dec 4`, with years where they differ. */
export function spanInWords(
  { start, end }: TimeSpan,
  where: { readonly locale: string; readonly timeZone: string },
): string {
  const [first, last] = [formatInstant(start, where, "day"), formatInstant(end, where, "day")];
  const year = (at: Date) =>
    dateTimeFormat("en-US", { year: "numeric", timeZone: where.timeZone }).format(at);
  if (year(start) === year(end)) return `${first} – ${last}`;
  return `${formatInstant(start, where, "date")} – ${formatInstant(end, where, "date")}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `12 days`, `47 hours`, `1 minute`: rounded down, so that nobody is promised more time than there is; hours below three days. */
export function timeInWords(ms: number): string {
  const [size, unit] =
    ms >= 3 * DAY_MS ? [DAY_MS, "day"] : ms >= HOUR_MS ? [HOUR_MS, "hour"] : [MINUTE_MS, "minute"];
  const count = Math.floor(ms / (size as number));
  if (count < 1) return "less than a minute";
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
