import { addDays, ceilQuarter, floorQuarter, quarterRuns, startOfDayIn, type TimeSpan } from "../calendar";

export type AskedDays = {
  /** Days of the zone, both included: `2026-11-25`. */
  readonly from: string;
  readonly to: string;
  /** One that Intl knows: `Asia/Kathmandu`. */
  readonly timeZone: string;
  /** Of these days, what is in it, to the millisecond: a billing cycle begins and ends within a day. Null for whole days. */
  readonly within?: TimeSpan | null;
};

/** The days of a zone as usage is added up: it is kept per quarter of an hour, as zones differ from UTC by whole ones. */
export type UsageTime = {
  readonly days: readonly string[];
  /** When each of them begins, and at last when the last one ends. */
  readonly starts: readonly Date[];
  /** What is asked for: of those days what is in `within`. Empty where nothing is. */
  readonly span: TimeSpan;
  /** The whole quarters of the span. */
  readonly quarters: TimeSpan;
  /** What of the span is left: the parts of quarters in which it begins and ends, at most two. */
  readonly parts: readonly TimeSpan[];
};

const later = (a: Date, b: Date): Date => (a > b ? a : b);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
const startOf = (day: string, timeZone: string): Date => floorQuarter(startOfDayIn(timeZone, day));

/** The asked days as a stretch of time. */
export function spanOf({ from, to, timeZone, within }: AskedDays): TimeSpan {
  const days = { start: startOf(from, timeZone), end: startOf(addDays(to, 1), timeZone) };
  const start = within ? later(days.start, within.start) : days.start;
  const end = within ? earlier(days.end, within.end) : days.end;
  return { start, end: later(start, end) };
}

export function timeOf(asked: AskedDays): UsageTime {
  const days: string[] = [];
  for (let day = asked.from; day <= asked.to; day = addDays(day, 1)) days.push(day);
  const starts = [...days, addDays(asked.to, 1)].map((day) => startOf(day, asked.timeZone));
  const span = spanOf(asked);
  const [start, end] = [ceilQuarter(span.start), floorQuarter(span.end)];
  // Within one quarter.
  if (start > end) return { days, starts, span, quarters: { start, end: start }, parts: [span] };
  const parts = [
    { start: span.start, end: start },
    { start: end, end: span.end },
  ];
  return {
    days,
    starts,
    span,
    quarters: { start, end },
    parts: parts.filter((part) => part.start < part.end),
  };
}

/** Quarters in a row of one UTC day that are of one of the asked days. */
export type Piece = {
  /** Of UTC. */
  readonly day: string;
  /** The quarter before the first, -1 where that is the day's first; and the last. */
  readonly after: number;
  readonly upTo: number;
  /** The asked day's place among them, from 1. */
  readonly number: number;
};

export const piecesOf = ({ starts, quarters }: UsageTime): readonly Piece[] =>
  starts
    .slice(1)
    .flatMap((end, index) =>
      quarterRuns(later(starts[index] ?? end, quarters.start), earlier(end, quarters.end)).map(
        ({ day, first, last }) => ({ day, after: first - 1, upTo: last, number: index + 1 }),
      ),
    );
