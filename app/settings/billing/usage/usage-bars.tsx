"use client";

import { StackedBars } from "@/app/_components/stacked-bars";

/** Credits: their exact number and how it is written. */
export type Written = readonly [exact: string, text: string];

type UsageBar = {
  /** Its days, and in short what stands below it. */
  readonly days: string;
  readonly label: string;
  readonly total: Written;
  /** In the order of the categories. */
  readonly used: readonly Written[];
};

type Props = {
  readonly unit: "day" | "week";
  readonly bars: readonly UsageBar[];
  readonly categories: readonly { readonly label: string; readonly className: string }[];
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
};

/**
 * The bars of `UsageChart` and their numbers as a table. Both are made of the same few texts, and that is why they are made
 * here: their elements would be sent twice by the server and be most of what the page costs it.
 */
export function UsageBars({ unit, bars, categories, ticks }: Props) {
  const titleOf = ({ days, used }: UsageBar) => {
    const parts = categories.flatMap(({ label }, index) => {
      const [exact, text] = used[index] ?? ["0"];
      return exact === "0" ? [] : [`${label}: ${text}`];
    });
    return [days, ...(parts.length > 0 ? parts : ["Nothing used"])].join("\n");
  };
  return (
    <>
      <StackedBars
        label={`Credits used per ${unit}, by category. The numbers are in the table that follows.`}
        bars={bars.map((bar) => ({
          key: bar.days,
          label: bar.label,
          title: titleOf(bar),
          parts: categories.map(({ label, className }, index) => ({
            key: label,
            className,
            value: Number(bar.used[index]?.[0] ?? 0),
          })),
        }))}
        ticks={ticks}
      />
      <details>
        <summary className="w-fit text-accent text-sm underline">Show the numbers as a table</summary>
        <Numbers unit={unit} bars={bars} categories={categories} />
      </details>
    </>
  );
}

/** Many rows: a plain table, which scrolls by itself where there is not enough room. */
function Numbers({ unit, bars, categories }: Omit<Props, "ticks">) {
  const caption = `Credits used per ${unit}, by category`;
  const isTotalled = categories.length > 1;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section tabIndex={0} aria-label={caption} className="mt-3 overflow-x-auto">
      <table className="numbers">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{unit === "day" ? "Day" : "Week"}</th>
            {isTotalled && <th scope="col">Total</th>}
            {categories.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars
            .filter(({ total: [exact] }) => exact !== "0")
            .map(({ days, total, used }) => (
              <tr key={days}>
                <th scope="row">{days}</th>
                {(isTotalled ? [total, ...used] : used).map(([exact, text], column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column has its place for good
                  <td key={column} data-credits={exact}>
                    {text}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
