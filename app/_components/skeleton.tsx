import { classNames } from "./class-names";

/** A grey shape where something will be. It never holds a number, so nothing loading looks like zero. */
export function Skeleton({ className }: { readonly className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames("block animate-pulse rounded-control bg-sunken", className ?? "h-4 w-full")}
    />
  );
}

/** A panel that is on its way. */
export function PanelSkeleton({
  lines = 3,
  className,
}: {
  readonly lines?: number;
  readonly className?: string;
}) {
  return (
    <div className={classNames("rounded-panel border border-line bg-panel p-5 sm:p-6", className)}>
      <Skeleton className="mb-5 h-5 w-40" />
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <Skeleton key={line} className={classNames("mt-3 h-4", line % 2 === 0 ? "w-full" : "w-2/3")} />
      ))}
    </div>
  );
}

/** What stands in for a whole page; says so to those who cannot see it. */
export function PageSkeleton() {
  return (
    <div role="status" className="space-y-4">
      <span className="sr-only">Loading…</span>
      <PanelSkeleton lines={4} />
      <div className="grid gap-4 md:grid-cols-2">
        <PanelSkeleton />
        <PanelSkeleton />
      </div>
    </div>
  );
}
