import type { Role } from "@/lib/auth/session";

/** Who may spend the account's money and change its cards. */
export const BUYERS: readonly Role[] = ["owner", "billing"];

export const mayManageBilling = (customer: { readonly role: Role }): boolean =>
  BUYERS.includes(customer.role);
