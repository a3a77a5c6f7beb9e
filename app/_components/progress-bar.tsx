import { classNames } from "./class-names";

type ProgressBarProps = {
  /** What is progressing, for those who cannot see the bar. */
  readonly label: string;
  /** What to say instead of a percentage: `Day 18 of 30`. */
  readonly text?: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly tone?: "ink" | "primary";
  readonly className?: string;
};

export function ProgressBar({ label, text, share, tone = "ink", className }: ProgressBarProps) {
  const percent = Math.round(Math.min(Math.max(share, 0), 1) * 1_000) / 10;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
      className={classNames("h-2 overflow-hidden rounded-full bg-chart-used", className)}
    >
      <div
        data-filled
        className={classNames("h-full", tone === "ink" ? "bg-chart-cycle" : "bg-primary")}
        style={{ width: `${percent}%` }}
      />
    </div>
  );
}

type Segment = { readonly key: string; readonly share: number; readonly className: string };

/** One bar in parts, such as what is used and what is left. Decoration: the numbers stand beside it as text. */
export function SegmentBar({ segments }: { readonly segments: readonly Segment[] }) {
  return (
    <div aria-hidden="true" className="segment-bar">
      {segments
        .filter((each) => each.share > 0)
        .map((each) => (
          <div key={each.key} data-filled className={each.className} style={{ flexGrow: each.share }} />
        ))}
    </div>
  );
}
