import type { Role } from "@/lib/auth/session";

export const ROLES: readonly Role[] = ["owner", "billing", "member"];

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: "Owner",
  billing: "Billing",
  member: "Member",
};

/** What each may do, as the actions enforce it. */
export const ROLE_RIGHTS: Readonly<Record<Role, string>> = {
  owner: "Everything billing can do, and inviting, changing and removing colleagues.",
  billing: "Buying credits, changing the plan, paying invoices and managing cards.",
  member: "Looking at the plan, balance, usage and history. Members change nothing and pay nothing.",
};

export const COLLEAGUES = "/settings/colleagues";
export const colleaguePath = (publicId: string): string => `${COLLEAGUES}/person?id=${publicId}`;

export const COLLEAGUES_DONE = ["invited", "withdrawn", "role", "removed"] as const;
export type ColleaguesDone = (typeof COLLEAGUES_DONE)[number];

export const DONE_SENTENCES: Readonly<Record<ColleaguesDone, string>> = {
  invited: "The invitation is on its way. The link in it works once, for a week.",
  withdrawn: "The invitation is withdrawn. The link in it no longer works.",
  role: "The role is changed, from now on.",
  removed: "They are removed, and signed out of this account.",
};
