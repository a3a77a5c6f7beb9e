import { Credits } from "@/app/_components/amounts";
import type { UsageFilter, UsageView } from "@/lib/ledger/usage";
import { credits } from "@/lib/money/credits";
import { formatCredits, formatCreditsShort } from "@/lib/money/format";
import { formatInstant } from "@/lib/wording/instants";
import { shareInWords } from "@/lib/wording/shares";
import { startOfDay } from "../days";
import { type Bar, ticksFor, toBars } from "./bars";
import { listUsageCategories } from "./categories";
import { UsageBars, type Written } from "./usage-bars";

type Props = { readonly usage: UsageView; readonly filter: UsageFilter; readonly locale: string };

/** What was used day by day, drawn without a script, and the same numbers as a table. */
export function UsageChart({ usage, filter, locale }: Props) {
  const { unit, bars } = toBars(usage, filter);
  const highest = bars.reduce((most, bar) => (bar.total > most ? bar.total : most), 0n);
  const categories = shown(filter);
  const written = (used: bigint): Written => [String(used), formatCredits(credits(used), locale)];
  return (
    <>
      <Legend usage={usage} filter={filter} locale={locale} />
      <UsageBars
        unit={unit}
        categories={categories.map(({ label, className }) => ({ label, className }))}
        bars={bars.map((bar) => ({
          days: daysOf(bar, locale),
          label: dayName(bar.from, locale, "day"),
          total: written(bar.total),
          used: bar.parts
            .filter(({ category: { key } }) => (filter.category ?? key) === key)
            .map((each) => written(each.credits)),
        }))}
        ticks={ticksFor(highest).map((value) => ({
          value: Number(value),
          label: formatCreditsShort(credits(value), locale),
        }))}
      />
    </>
  );
}

const shown = ({ category }: UsageFilter) =>
  listUsageCategories().filter(({ key }) => (category ?? key) === key);

function Legend({ usage, filter, locale }: Props) {
  const used = (key: string) =>
    usage.days.reduce((sum, each) => (each.category === key ? sum + each.credits : sum), 0n);
  return (
    <ul className="legend wide mt-4 mb-2">
      {shown(filter).map(({ key, label, className }) => (
        <li key={key} data-category={key}>
          <span aria-hidden="true" data-filled className={className} />
          {label}
          <Credits value={used(key)} locale={locale} />
          {shareInWords(used(key), usage.credits, locale)}
        </li>
      ))}
    </ul>
  );
}

const daysOf = ({ from, to }: Bar, locale: string): string =>
  from === to ? dayName(from, locale) : `${dayName(from, locale)} – ${dayName(to, locale)}`;

/** The name of a day of the calendar. */
export const dayName = (day: string, locale: string, variant: "date" | "day" = "date"): string =>
  formatInstant(startOfDay(day), { locale, timeZone: "UTC" }, variant);
