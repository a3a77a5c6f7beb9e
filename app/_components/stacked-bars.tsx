import type { ReactNode } from "react";
import { classNames } from "./class-names";

type StackedBar = {
  readonly key: string;
  /** What stands under the bar, where there is room for it. */
  readonly label: string;
  /** What a pointer over the bar is told. */
  readonly title: string;
  /** From the bottom up. */
  readonly parts: readonly { readonly key: string; readonly value: bigint; readonly className: string }[];
};

type StackedBarsProps = {
  /** What the chart shows and where its numbers stand as text, for those who cannot see it. */
  readonly label: string;
  readonly bars: readonly StackedBar[];
  /** Round values from zero to the top of the chart. */
  readonly ticks: readonly { readonly value: bigint; readonly label: ReactNode }[];
};

const MAX_LABELS = 6;

/** A bar chart that needs no script. The numbers must stand beside it as text, too. Bars look as `globals.css` says. */
export function StackedBars({ label, bars, ticks }: StackedBarsProps) {
  const top = ticks.at(-1)?.value ?? 1n;
  const every = Math.ceil(bars.length / MAX_LABELS);
  return (
    <div role="img" aria-label={label} className="flex gap-3 pt-3 pb-7 text-muted text-xs tabular-nums">
      <div className="relative h-52 w-9 shrink-0 sm:h-60">
        {ticks.map((tick) => (
          <span
            key={String(tick.value)}
            className="absolute right-0 translate-y-1/2 leading-none"
            style={{ bottom: percent(tick.value, top) }}
          >
            {tick.label}
          </span>
        ))}
      </div>
      <div className="relative h-52 min-w-0 flex-1 sm:h-60">
        {ticks.map((tick) => (
          <div
            key={String(tick.value)}
            className={classNames(
              "absolute inset-x-0 border-t",
              tick.value === 0n ? "border-line-strong" : "border-line",
            )}
            style={{ bottom: percent(tick.value, top) }}
          />
        ))}
        <div className="absolute inset-0 flex">
          {bars.map((bar, index) => (
            <Bar key={bar.key} bar={bar} top={top} isLabelled={index % every === 0} />
          ))}
        </div>
      </div>
    </div>
  );
}

function Bar({
  bar,
  top,
  isLabelled,
}: {
  readonly bar: StackedBar;
  readonly top: bigint;
  readonly isLabelled: boolean;
}) {
  const parts = bar.parts.filter((each) => each.value > 0n);
  const total = parts.reduce((sum, each) => sum + each.value, 0n);
  return (
    <div title={bar.title} className="stacked-bar">
      <div style={{ height: percent(total, top) }}>
        {parts.map((part) => (
          <div key={part.key} className={part.className} style={{ flexGrow: share(part.value, total) }} />
        ))}
      </div>
      {isLabelled && <span>{bar.label}</span>}
    </div>
  );
}

/** To four digits: more than a screen has pixels. */
const share = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Number((part * 10_000n) / whole) / 100;
const percent = (part: bigint, whole: bigint): string => `${share(part, whole)}%`;
