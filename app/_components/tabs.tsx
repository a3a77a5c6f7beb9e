import { type NavLink, NavLinks } from "./nav-links";

/** The pages of one area, side by side. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly NavLink[] }) {
  return <NavLinks label={label} links={tabs} className="tabs" />;
}
