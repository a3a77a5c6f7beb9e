import type { TimeSpan } from "../calendar";

const DAY_MS = 86_400_000;

/** UTC days, both included, and to the millisecond where there is a span. */
type Days = { readonly from: string; readonly to: string; readonly within?: TimeSpan | null };

const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);
const beginsAt = (instant: Date): boolean => instant.getTime() % DAY_MS === 0;

/** The days that are in the span as wholes; where `to` is before `from`, none is. */
export function wholeDays({ from, to, within }: Days): { readonly from: string; readonly to: string } {
  if (!within) return { from, to };
  const { start, end } = within;
  const first = beginsAt(start) ? dayOf(start) : dayOf(new Date(start.getTime() + DAY_MS));
  const last = dayOf(new Date(end.getTime() - DAY_MS));
  return { from: first > from ? first : from, to: last < to ? last : to };
}

/** The days of which only a part is in the span: at most two. */
export function partialDays({ from, to, within }: Days): readonly string[] {
  if (!within) return [];
  const days = [within.start, within.end].filter((each) => !beginsAt(each)).map(dayOf);
  return [...new Set(days)].filter((day) => from <= day && day <= to);
}
