"use client";

import { usePathname } from "next/navigation";
import { type NavLink, NavLinks } from "../_components/nav-links";

const HOME = "/admin";
/** Beside the front page. */
const LINKS: readonly NavLink[] = [
  { href: "/admin/find", label: "Find" },
  { href: "/admin/events", label: "Events" },
  { href: "/admin/money", label: "Money" },
  { href: "/admin/reconciliation", label: "Reconciliation" },
  { href: "/admin/acts", label: "Acts" },
];

/** The areas of the desk. Its front page stands for itself alone, though its address begins all others. */
export function DeskLinks() {
  const isHome = usePathname() === HOME;
  const home = { href: HOME, label: "Home", section: isHome ? HOME : `${HOME}/home` };
  return <NavLinks label="Desk" links={[home, ...LINKS]} className="side-links" />;
}
