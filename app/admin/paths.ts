import { env, isLiveKey } from "@/lib/env";

export const FIND = "/admin/find";

/** The pages of one account, by its public id. */
export const accountPath = (id: string): string => `/admin/accounts/${id}`;
export const timelinePath = (id: string): string => `${accountPath(id)}/timeline`;
export const ledgerPath = (id: string): string => `${accountPath(id)}/ledger`;
export const deskOrderPath = (id: string): string => `/admin/orders/${id}`;

export type DashboardKind = "customers" | "payments" | "invoices" | "subscriptions" | "disputes";

/** Where Stripe's dashboard shows an object, in test or in live mode, as our key is. */
export const dashboardUrl = (kind: DashboardKind, id: string): string =>
  `https://dashboard.stripe.com/${isLiveKey(env().STRIPE_SECRET_KEY) ? "" : "test/"}${kind}/${encodeURIComponent(id)}`;
