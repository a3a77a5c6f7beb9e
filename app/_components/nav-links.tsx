"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { PageLink } from "./page-link";

export type NavLink = {
  readonly href: string;
  readonly label: ReactNode;
  /** The part of the site this link stands for, where that is more than the page it leads to. */
  readonly section?: string;
};

const isCurrent = (path: string, { href, section = href }: NavLink): boolean =>
  path === section || path.startsWith(`${section}/`);

/**
 * Links of which one is where we are. Those that a small screen has no room for stand in a second line: none is cut.
 *
 * A dot shows that the next page is on its way. The pages have no loading screens, because those come with content that
 * only JavaScript can reveal, and answer 200 before anybody is sent to sign in. What links look like stands in `globals.css`.
 */
export function NavLinks({
  label,
  links,
  className,
}: {
  readonly label: string;
  readonly links: readonly NavLink[];
  readonly className: "tabs" | "side-links";
}) {
  const path = usePathname();
  return (
    <nav aria-label={label}>
      <ul className={className}>
        {links.map((each) => (
          <li key={each.href}>
            <PageLink
              href={each.href}
              aria-current={isCurrent(path, each) ? (path === each.href ? "page" : "true") : undefined}
            >
              {each.label}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
