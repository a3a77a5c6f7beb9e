import type { ReactNode } from "react";
import { PageLink } from "@/app/_components/page-link";

/** The box of a field that narrows a list. */
export const FILTER_BOX = "filter-box";

/** A field that narrows a list, with its name above. */
export function FilterField({
  id,
  label,
  children,
}: {
  readonly id: string;
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="filter-field">
      <label htmlFor={id}>{label}</label>
      {children}
    </div>
  );
}

type Choice = { readonly href: string; readonly label: string; readonly current: boolean };

/** Ways to narrow a list with one click. */
export function FilterLinks({
  label,
  choices,
}: {
  readonly label: string;
  readonly choices: readonly Choice[];
}) {
  return (
    <nav aria-label={label}>
      <ul className="filter-links">
        {choices.map(({ href, label: name, current }) => (
          <li key={href}>
            <PageLink href={href} {...(current && { "aria-current": "true" })}>
              {name}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
