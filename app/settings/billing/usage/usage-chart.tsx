import { Fragment } from "react";
import { Credits } from "@/app/_components/amounts";
import { StackedBars } from "@/app/_components/stacked-bars";
import type { UsageFilter, UsageView } from "@/lib/ledger/usage";
import { credits } from "@/lib/money/credits";
import { formatCredits, formatCreditsShort } from "@/lib/money/format";
import { formatInstant } from "@/lib/wording/instants";
import { shareInWords } from "@/lib/wording/shares";
import { startOfDay } from "../days";
import { type Bar, type Bars, ticksFor, toBars } from "./bars";
import { listUsageCategories } from "./categories";

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
          parts: bar.parts.map(({ category: { key, className }, credits: value }) => ({
            key,
            className,
            value,
          })),
        }))}
        ticks={ticksFor(highest).map((value) => ({
          value,
          label: formatCreditsShort(credits(value), locale),
        }))}
      />
      <details>
        <summary className="w-fit text-accent text-sm underline">Show the numbers as a table</summary>
        <NumbersTable unit={unit} bars={bars} filter={filter} locale={locale} />
      </details>
    </>
  );
}

const shown = ({ category }: UsageFilter) =>
  listUsageCategories().filter(({ key }) => (category ?? key) === key);

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

/** Many rows: a plain table, which scrolls by itself where there is not enough room. */
function NumbersTable({
  unit,
  bars,
  filter,
  locale,
}: Bars & { readonly filter: UsageFilter; readonly locale: string }) {
  const caption = `Credits used per ${unit}, by category`;
  const categories = shown(filter);
  const amount = (value: bigint) => (
    <td data-credits={String(value)}>{formatCredits(credits(value), locale)}</td>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section tabIndex={0} aria-label={caption} className="mt-3 overflow-x-auto">
      <table className="w-full text-sm tabular-nums [&_td]:border-line [&_td]:border-t [&_td]:py-1.5 [&_td]:pl-4 [&_td]:text-right [&_th]:whitespace-nowrap [&_th]:py-1.5 [&_th]:pl-4 [&_th]:text-right [&_th]:font-normal [&_th]:text-muted [&_th]:first:pl-0 [&_th]:first:text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{unit === "day" ? "Day" : "Week"}</th>
            {categories.length > 1 && <th scope="col">Total</th>}
            {categories.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars
            .filter((bar) => bar.total > 0n)
            .map((bar) => (
              <tr key={bar.from}>
                <th scope="row" className="border-line border-t">
                  {daysOf(bar, locale)}
                </th>
                {categories.length > 1 && amount(bar.total)}
                {bar.parts
                  .filter(({ category: { key } }) => (filter.category ?? key) === key)
                  .map(({ category: { key }, credits: used }) => (
                    <Fragment key={key}>{amount(used)}</Fragment>
                  ))}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function describe(bar: Bar, locale: string): string {
  const parts = bar.parts
    .filter((each) => each.credits > 0n)
    .map(({ category, credits: used }) => `${category.label}: ${formatCredits(credits(used), locale)}`);
  return [daysOf(bar, locale), ...(parts.length > 0 ? parts : ["Nothing used"])].join("\n");
}

const daysOf = ({ from, to }: Bar, locale: string): string =>
  from === to ? dayName(from, locale) : `${dayName(from, locale)} – ${dayName(to, locale)}`;

/** The name of a day of the calendar. */
export const dayName = (day: string, locale: string, variant: "date" | "day" = "date"): string =>
  formatInstant(startOfDay(day), { locale, timeZone: "UTC" }, variant);
