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

/** A white card with a heading: what every page is made of. It looks as `globals.css` says. */
export function Panel(props: PanelProps) {
  const { title, isPage = false, description, actions, id, tone = "plain", className, children } = props;
  const headingId = title && id ? `${id}-title` : undefined;
  const Heading = isPage ? PageHeading : "h2";
  return (
    <section
      id={id}
      aria-labelledby={headingId}
      className={classNames("panel", tone === "danger" && "danger", className)}
    >
      {(title || actions) && (
        <div className="panel-head">
          <div>
            {title && <Heading id={headingId}>{title}</Heading>}
            {description && <p>{description}</p>}
          </div>
          {actions && <div>{actions}</div>}
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
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
