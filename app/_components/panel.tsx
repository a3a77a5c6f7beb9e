import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { PageHeading } from "./page-heading";

export type PanelProps = {
  readonly title?: ReactNode;
  /** The title is the page's: its one `h1`. `PagePanel` says it in the browser's tab too. */
  readonly isPage?: boolean;
  /** A sentence under the title. */
  readonly description?: ReactNode;
  /** What stands at the right of the title: a button, when it was updated. */
  readonly actions?: ReactNode;
  /** Names the region for `aria-labelledby`; needed where a title is given and must be unique on the page. */
  readonly id?: string;
  /** Danger: something has to be done. */
  readonly tone?: "plain" | "danger";
  readonly className?: string;
  readonly children?: ReactNode;
};

/** A white card with a heading: what every page is made of. */
export function Panel(props: PanelProps) {
  const { title, isPage = false, description, actions, id, tone = "plain", className, children } = props;
  const headingId = title && id ? `${id}-title` : undefined;
  const Heading = isPage ? PageHeading : "h2";
  return (
    <section
      id={id}
      aria-labelledby={headingId}
      className={classNames(
        "min-w-0 rounded-panel border bg-panel p-5 sm:p-6",
        tone === "danger" ? "border-danger-line" : "border-line",
        className,
      )}
    >
      {(title || actions) && (
        <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <div className="min-w-0">
            {title && (
              <Heading id={headingId} className="w-fit font-semibold text-base">
                {title}
              </Heading>
            )}
            {description && <p className="mt-0.5 text-muted text-sm">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-x-4 gap-y-2">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

/** Rows of a name and what it is, the name left and the value right. */
export function Facts({
  children,
  className,
}: {
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return <dl className={classNames("space-y-1.5", className)}>{children}</dl>;
}

export function Fact({ label, children }: { readonly label: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4">
      <dt className="text-muted">{label}</dt>
      <dd className="ml-auto min-w-0 break-words text-right">{children}</dd>
    </div>
  );
}
