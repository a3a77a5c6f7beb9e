import { INVOICES_A_DAY } from "../control/limits";
import { idOf } from "../ids";
import { rateLimited } from "../wire/errors";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { subscriptionIdOf } from "./invoice-rows";
import type { Subscription } from "./subscription-rows";

/** A subscription gets at most 20 new invoices a day from requests: https://docs.stripe.com/rate-limits */
export function assertFewInvoices(work: Work, subscription: Subscription): void {
  const since = nowOf(work, idOf(subscription.customer)) - 24 * 3600;
  const recent = work.store
    .listOf("invoice", "customer", idOf(subscription.customer) ?? "")
    .filter((row) => subscriptionIdOf(row) === subscription.id && row.created > since);
  if (recent.length >= INVOICES_A_DAY) throw rateLimited("resource-specific");
}
