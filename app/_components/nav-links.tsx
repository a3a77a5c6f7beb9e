"use client";

import { usePathname } from "next/navigation";
import { classNames } from "./class-names";
import { PageLink } from "./page-link";

export type NavLink = {
  readonly href: string;
  readonly label: string;
  /** The part of the site this link stands for, where that is more than the page it leads to. */
  readonly section?: string;
};

const isCurrent = (path: string, { href, section = href }: NavLink): boolean =>
  path === section || path.startsWith(`${section}/`);

const LOOKS = {
  tabs: {
    list: "flex gap-6 border-line border-b",
    link: "relative -mb-px block whitespace-nowrap border-b-2 py-2.5",
    current: "border-soft-line text-ink",
    other: "border-transparent text-muted hover:text-ink",
  },
  sidebar: {
    list: "flex gap-1 md:flex-col",
    link: "relative block whitespace-nowrap rounded-control px-2.5 py-1.5",
    current: "bg-soft text-ink",
    other: "text-muted hover:bg-sunken hover:text-ink",
  },
} as const;

/**
 * Shows that the next page is on its way. The pages have no loading screens, because those come with content that
 * only JavaScript can reveal, and answer 200 before anybody is sent to sign in.
 */
const Pending = () => (
  <span
    aria-hidden="true"
    className="absolute top-1 right-0 size-1.5 rounded-full bg-soft-line opacity-0 transition-opacity delay-150 group-data-pending:animate-pulse group-data-pending:opacity-100"
  />
);

/** Links of which one is where we are. Too many for a phone scroll sideways by themselves. */
export function NavLinks({
  label,
  look,
  links,
}: {
  readonly label: string;
  readonly look: keyof typeof LOOKS;
  readonly links: readonly NavLink[];
}) {
  const path = usePathname();
  const { list, link, current, other } = LOOKS[look];
  return (
    <nav aria-label={label} className="-m-1 overflow-x-auto p-1 [scrollbar-width:none]">
      <ul className={classNames(list, "min-w-max")}>
        {links.map((each) => {
          const here = isCurrent(path, each);
          return (
            <li key={each.href}>
              <PageLink
                href={each.href}
                aria-current={here ? (path === each.href ? "page" : "true") : undefined}
                className={classNames("group", link, here ? current : other)}
              >
                {each.label}
                <Pending />
              </PageLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
