const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Clocks are at most so far ahead of UTC, and so far behind it. */
const FURTHEST_AHEAD_MS = 14 * HOUR_MS;
const FURTHEST_BEHIND_MS = 12 * HOUR_MS;

/** Making a format costs far more than using it; zones are few. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const numbers = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  } as const;
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", { ...numbers, second: "numeric", hourCycle: "h23", timeZone });
  clocks.set(timeZone, clock);
  return clock;
}

/** What a clock in the zone shows at an instant, as milliseconds like those of an instant. Throws for what is no zone. */
function shownAt(timeZone: string, instant: number): number {
  if (timeZone === "UTC") return instant;
  const [month = 0, day, year = 0, hour, minute, second] = clockOf(timeZone)
    .format(instant)
    .split(/[^\d]+/, 6)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
}

const offsetAt = (timeZone: string, instant: number): number => shownAt(timeZone, instant) - instant;

/** The calendar's day in a zone at an instant: `2026-11-25`. */
export const dayIn = (timeZone: string, instant: Date): string =>
  new Date(shownAt(timeZone, instant.getTime())).toISOString().slice(0, 10);

/** The day so many days after another, before it where they are negative. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

const starts = new Map<string, number>();
/** Some years of days in some hundred zones. */
const MAX_STARTS = 100_000;

/**
 * The instant at which a day begins in a zone: midnight, or where the clocks are put forward over it, when that is. A day
 * has 23 hours where they are put forward within it, and 25 where they are put back.
 */
export function startOfDayIn(timeZone: string, day: string): Date {
  const key = `${timeZone}|${day}`;
  let start = starts.get(key);
  if (start === undefined) {
    start = findStart(timeZone, Date.parse(`${day}T00:00:00Z`));
    if (starts.size >= MAX_STARTS) starts.clear();
    starts.set(key, start);
  }
  return new Date(start);
}

function findStart(timeZone: string, midnight: number): number {
  const before = offsetAt(timeZone, midnight - FURTHEST_AHEAD_MS - HOUR_MS);
  const after = offsetAt(timeZone, midnight + FURTHEST_BEHIND_MS + HOUR_MS);
  // Put back, midnight comes twice: the day begins with the first.
  for (const offset of [before, after])
    if (offsetAt(timeZone, midnight - offset) === offset) return midnight - offset;
  return firstInstant(midnight - after, midnight - before, (at) => shownAt(timeZone, at) >= midnight);
}

/** The first minute for which something is true that is false before: not at `from`, and at `to`. */
function firstInstant(from: number, to: number, isTrue: (instant: number) => boolean): number {
  let [not, yes] = [from, to];
  while (yes - not > MINUTE_MS) {
    const middle = not + Math.floor((yes - not) / 2 / MINUTE_MS) * MINUTE_MS;
    if (isTrue(middle)) yes = middle;
    else not = middle;
  }
  return yes;
}
