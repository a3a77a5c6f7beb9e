type StackedBar = {
  readonly key: string;
  /** What stands under the bar, where there is room for it. */
  readonly label: string;
  /** What a pointer over the bar is told. */
  readonly title: string;
  /** From the bottom up. */
  readonly parts: readonly { readonly key: string; readonly value: number; readonly className: string }[];
};

type StackedBarsProps = {
  /** What the chart shows and where its numbers stand as text, for those who cannot see it. */
  readonly label: string;
  readonly bars: readonly StackedBar[];
  /** Round values from zero to the top of the chart. */
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
};

const MAX_LABELS = 6;

/** A bar chart that needs no script. The numbers must stand beside it as text, too. It looks as `globals.css` says. */
export function StackedBars({ label, bars, ticks }: StackedBarsProps) {
  const top = ticks.at(-1)?.value ?? 1;
  const every = Math.ceil(bars.length / MAX_LABELS);
  return (
    <div role="img" aria-label={label} className="stacked-bars">
      <div>
        {ticks.map((tick) => (
          <span key={tick.value} style={{ bottom: percent(tick.value, top) }}>
            {tick.label}
          </span>
        ))}
      </div>
      <div>
        {ticks.map(({ value }) => (
          <hr key={value} style={{ bottom: percent(value, top) }} />
        ))}
        <div>
          {bars.map((bar, index) => (
            <Bar key={bar.key} bar={bar} top={top} isLabelled={index % every === 0} />
          ))}
        </div>
      </div>
    </div>
  );
}

type BarProps = { readonly bar: StackedBar; readonly top: number; readonly isLabelled: boolean };

function Bar({ bar: { title, parts, label }, top, isLabelled }: BarProps) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  return (
    <div title={title} className="stacked-bar">
      <div style={{ height: percent(total, top) }}>
        {parts.map(
          ({ key, value, className }) =>
            value > 0 && <div key={key} className={className} style={{ flexGrow: share(value, total) }} />,
        )}
      </div>
      {isLabelled && <span>{label}</span>}
    </div>
  );
}

/** To four digits: more than a screen has pixels. */
const share = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.floor((part / whole) * 10_000) / 100;
const percent = (part: number, whole: number): string => `${share(part, whole)}%`;
