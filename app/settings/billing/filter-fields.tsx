import type { ReactNode } from "react";
import { PageLink } from "@/app/_components/page-link";

/** The box of a field that narrows a list. */
export const FILTER_BOX =
  "min-h-11 w-full rounded-control border border-line-strong bg-panel px-2.5 py-2 text-base text-ink sm:text-[0.9375rem]";

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
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
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
      <ul className="flex flex-wrap gap-1">
        {choices.map(({ href, label: name, current }) => (
          <li key={href}>
            <PageLink
              href={href}
              aria-current={current ? "true" : undefined}
              className="block rounded-control px-2.5 py-1.5 text-muted text-sm hover:bg-sunken hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink data-pending:animate-pulse"
            >
              {name}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
