import { Credits } from "@/app/_components/amounts";
import { type Column, DataTable } from "@/app/_components/data-table";
import { formatInstant } from "@/app/_components/format-instant";
import { StackedBars } from "@/app/_components/stacked-bars";
import type { UsageFilter, UsageView } from "@/lib/ledger/usage";
import { credits } from "@/lib/money/credits";
import { formatCredits, formatCreditsShort } from "@/lib/money/format";
import { shareInWords } from "../words";
import { type Bar, ticksFor, toBars } from "./bars";
import { CATEGORIES } from "./categories";
import { startOfDay } from "./usage-query";

type Props = { readonly usage: UsageView; readonly filter: UsageFilter; readonly locale: string };

/** What was used day by day, drawn on the server, and the same numbers as a table. */
export function UsageChart({ usage, filter, locale }: Props) {
  const { unit, bars } = toBars(usage, filter);
  const highest = bars.reduce((most, bar) => (bar.total > most ? bar.total : most), 0n);
  return (
    <>
      <Legend usage={usage} filter={filter} locale={locale} />
      <StackedBars
        label={`Credits used per ${unit}, by category. The numbers are in the table that follows.`}
        bars={bars.map((bar) => ({
          key: bar.from,
          label: dayName(bar.from, locale, "day"),
          title: describe(bar, locale),
          parts: CATEGORIES.map(({ key, className }) => ({ key, className, value: bar.parts[key] })),
        }))}
        ticks={ticksFor(highest).map((value) => ({
          value,
          label: formatCreditsShort(credits(value), locale),
        }))}
      />
      <details>
        <summary className="w-fit text-accent text-sm underline">Show the numbers as a table</summary>
        <div className="mt-3">
          <DataTable
            caption={`Credits used per ${unit}, by category`}
            columns={columns(unit, filter, locale)}
            rows={bars.filter((bar) => bar.total > 0n)}
            rowKey={(bar) => bar.from}
          />
        </div>
      </details>
    </>
  );
}

const shown = ({ category }: UsageFilter) => CATEGORIES.filter(({ key }) => (category ?? key) === key);

function Legend({ usage, filter, locale }: Props) {
  const used = (key: string) =>
    usage.days.reduce((sum, each) => (each.category === key ? sum + each.credits : sum), 0n);
  return (
    <ul className="mt-4 mb-2 flex flex-wrap gap-x-6 gap-y-1.5 text-sm">
      {shown(filter).map(({ key, label, className }) => (
        <li key={key} className="flex items-center gap-2" data-category={key}>
          <span aria-hidden="true" data-filled className={`size-3 shrink-0 rounded-[3px] ${className}`} />
          <span className="text-muted">{label}</span>
          <Credits value={used(key)} locale={locale} />
          <span className="text-muted">{shareInWords(used(key), usage.credits, locale)}</span>
        </li>
      ))}
    </ul>
  );
}

function columns(unit: "day" | "week", filter: UsageFilter, locale: string): Column<Bar>[] {
  const amount = (key: string, header: string, of: (bar: Bar) => bigint): Column<Bar> => ({
    key,
    header,
    align: "end",
    cell: (bar) => <Credits value={of(bar)} locale={locale} />,
  });
  const categories = shown(filter);
  return [
    { key: "days", header: unit === "day" ? "Day" : "Week", cell: (bar) => daysOf(bar, locale) },
    ...categories.map(({ key, label }) => amount(key, label, (bar) => bar.parts[key])),
    ...(categories.length > 1 ? [amount("total", "Total", (bar) => bar.total)] : []),
  ];
}

function describe(bar: Bar, locale: string): string {
  const parts = CATEGORIES.filter(({ key }) => bar.parts[key] > 0n).map(
    ({ key, label }) => `${label}: ${formatCredits(credits(bar.parts[key]), locale)}`,
  );
  return [daysOf(bar, locale), ...(parts.length > 0 ? parts : ["Nothing used"])].join("\n");
}

const daysOf = ({ from, to }: Bar, locale: string): string =>
  from === to ? dayName(from, locale) : `${dayName(from, locale)} – ${dayName(to, locale)}`;

/** The name of a UTC day. */
export const dayName = (day: string, locale: string, variant: "date" | "day" = "date"): string =>
  formatInstant(startOfDay(day), { locale, timeZone: "UTC" }, variant);
