const QUARTER_MS = 900_000;
const QUARTERS_PER_DAY = 96;
const DAY_MS = QUARTERS_PER_DAY * QUARTER_MS;

/** A quarter of an hour by its UTC day and its number in that, 0 to 95. */
export type Quarter = { readonly day: string; readonly quarter: number };

export function quarterAt(instant: Date): Quarter {
  const midnight = Math.floor(instant.getTime() / DAY_MS) * DAY_MS;
  const quarter = Math.floor((instant.getTime() - midnight) / QUARTER_MS);
  return { day: new Date(midnight).toISOString().slice(0, 10), quarter };
}

/** The quarter of an hour an instant is in begins then; one that begins one is that itself. */
export const floorQuarter = (instant: Date): Date =>
  new Date(Math.floor(instant.getTime() / QUARTER_MS) * QUARTER_MS);

/** The first quarter of an hour that begins then or later. */
export const ceilQuarter = (instant: Date): Date =>
  new Date(Math.ceil(instant.getTime() / QUARTER_MS) * QUARTER_MS);

/** Quarters in a row of one UTC day, first and last included. */
export type QuarterRun = { readonly day: string; readonly first: number; readonly last: number };

/** A stretch of time as runs of quarters, one per UTC day. Both ends must be a quarter's beginning. */
export function quarterRuns(start: Date, end: Date): readonly QuarterRun[] {
  const runs: QuarterRun[] = [];
  for (let next = start; next < end; ) {
    const { day, quarter: first } = quarterAt(next);
    const left = (end.getTime() - next.getTime()) / QUARTER_MS;
    const last = Math.min(first + left, QUARTERS_PER_DAY) - 1;
    runs.push({ day, first, last });
    next = new Date(next.getTime() + (last + 1 - first) * QUARTER_MS);
  }
  return runs;
}
