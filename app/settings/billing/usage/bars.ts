import { addDays } from "@/lib/calendar";
import type { SpendCategory } from "@/lib/ledger/state";
import type { UsageFilter, UsageView } from "@/lib/ledger/usage";
import { daysBetween, startOfDay } from "../days";
import { listUsageCategories, type UsageCategory } from "./categories";

/** What was used on some days in a row, both included. */
export type Bar = {
  readonly from: string;
  readonly to: string;
  readonly total: bigint;
  /** In the order of the categories. */
  readonly parts: readonly { readonly category: UsageCategory; readonly credits: bigint }[];
};

type Bars = { readonly unit: "day" | "week"; readonly bars: readonly Bar[] };

/** More bars than this could not be told apart. */
const MAX_DAY_BARS = 92;

/** A bar for every day, also for those without usage; a bar for every week, from Monday on, where days are too many. */
export function toBars({ days }: UsageView, { from, to }: Pick<UsageFilter, "from" | "to">): Bars {
  const unit = daysBetween(from, to) < MAX_DAY_BARS ? "day" : "week";
  const bars: Bar[] = [];
  for (let first = from; first <= to; ) {
    const end = unit === "day" ? first : addDays(first, 6 - daysSinceMonday(first));
    const last = end < to ? end : to;
    bars.push(toBar(days, first, last));
    first = addDays(last, 1);
  }
  return { unit, bars };
}

const daysSinceMonday = (day: string): number => (startOfDay(day).getUTCDay() + 6) % 7;

function toBar(days: UsageView["days"], from: string, to: string): Bar {
  const own = days.filter(({ day }) => from <= day && day <= to);
  const used = (category: SpendCategory): bigint =>
    own.reduce((sum, each) => (each.category === category ? sum + each.credits : sum), 0n);
  const parts = listUsageCategories().map((category) => ({ category, credits: used(category.key) }));
  return { from, to, parts, total: own.reduce((sum, each) => sum + each.credits, 0n) };
}

/** Round numbers from zero to at least the highest bar, at most five of them. */
export function ticksFor(highest: bigint): readonly bigint[] {
  const step = roundStep((highest + 3n) / 4n);
  const ticks = [0n];
  for (let tick = step; ticks.length < 2 || (ticks.at(-1) ?? 0n) < highest; tick += step) ticks.push(tick);
  return ticks;
}

/** The smallest of 1, 2, 5, 10, 20, 50 … that is not below. */
function roundStep(least: bigint): bigint {
  for (let power = 1n; ; power *= 10n) {
    for (const digit of [1n, 2n, 5n]) if (digit * power >= least) return digit * power;
  }
}
