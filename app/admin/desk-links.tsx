"use client";

import { usePathname } from "next/navigation";
import { type NavLink, NavLinks } from "../_components/nav-links";

const HOME = "/admin";
const FIND = { href: "/admin/find", label: "Find" };
/** Beside the front page and Find. */
const LINKS: readonly NavLink[] = [
  { href: "/admin/events", label: "Events" },
  { href: "/admin/money", label: "Money" },
  { href: "/admin/reconciliation", label: "Reconciliation" },
  { href: "/admin/acts", label: "Acts" },
  { href: "/admin/keys", label: "Keys" },
];

/** What waits, which the front page counts; and what is found. */
const WAITING = /^\/admin(\/(queues|attention)\/[^/]+)?$/;
const FOUND = /^\/admin\/(accounts|orders)\/[^/]+/;

/** The areas of the desk: queues and what waits in them are Home's, accounts and orders are Find's. */
export function DeskLinks() {
  const path = usePathname();
  const home = { href: HOME, label: "Home", section: WAITING.test(path) ? path : `${HOME}/home` };
  const find = FOUND.test(path) ? { ...FIND, section: path } : FIND;
  return <NavLinks label="Desk" links={[home, find, ...LINKS]} className="side-links" />;
}
