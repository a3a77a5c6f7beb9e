import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import {
  accounts,
  checkouts,
  invoiceLines,
  invoices,
  pendingLines,
  planPayments,
  subscriptionItems,
  subscriptions,
} from "../../db/schema";
import type { PlanId } from "../catalog/plans";

/** What accounts have to do with a plan now. One account may have several of these. */
export const PLAN_USES = ["on", "subscribed", "coming", "ordering", "invoiced"] as const;
export type PlanUse = (typeof PLAN_USES)[number];

export type PlanUses = {
  /** How many accounts use it in any way. */
  readonly accounts: number;
} & Readonly<Record<PlanUse, number>>;

/**
 * How many accounts use a plan, and how: are on it or fall back to it, subscribe to it, change or wanted to change to it, are
 * paying for it or at Checkout, or have invoice lines for it that are still to be decided or have months to give. What is over
 * is none of it. One read of each table for all accounts: for a plan that the catalog does not have, which is never so
 * in an ordinary start.
 */
export async function countPlanUses(db: Reader, plan: PlanId): Promise<PlanUses> {
  const live = sql`${subscriptions.endedAt} is null and ${subscriptions.status} not in ('canceled', 'incomplete_expired')`;
  const counts = PLAN_USES.map(
    (use) => sql`count(distinct account_id) filter (where use = ${use})::int as ${sql.identifier(use)}`,
  );
  const [found] = await db.execute<PlanUses>(sql`
    select count(distinct account_id)::int as accounts, ${sql.join(counts, sql`, `)}
    from (
      select ${accounts.id} as account_id, 'on' as use from ${accounts}
        where ${accounts.plan} = ${plan} or ${accounts.internalPlan} = ${plan}
      union all select ${subscriptions.accountId}, 'subscribed' from ${subscriptions}
        where ${live} and ${subscriptions.plan} = ${plan}
      union all select ${subscriptionItems.accountId}, 'subscribed'
        from ${subscriptionItems} join ${subscriptions} on ${subscriptions.accountId} = ${subscriptionItems.accountId}
          and ${subscriptions.id} = ${subscriptionItems.subscriptionId}
        where ${live} and ${subscriptionItems.goneAt} is null
          and (${subscriptionItems.plan} = ${plan} or ${subscriptionItems.knownPlan} = ${plan})
      union all select ${subscriptions.accountId}, 'coming' from ${subscriptions}
        where ${live} and (${subscriptions.nextPlan} = ${plan} or ${subscriptions.pendingPlan} = ${plan}
          or ${subscriptions.planToRestore} = ${plan})
      union all select ${checkouts.accountId}, 'ordering' from ${checkouts}
        where ${checkouts.endedAt} is null and ${checkouts.plan} = ${plan}
      union all select ${planPayments.accountId}, 'ordering' from ${planPayments}
        where ${planPayments.endedAt} is null and (${planPayments.fromPlan} = ${plan} or ${planPayments.toPlan} = ${plan})
      union all select ${invoiceLines.accountId}, 'invoiced'
        from ${invoiceLines} join ${invoices} on ${invoices.accountId} = ${invoiceLines.accountId}
          and ${invoices.id} = ${invoiceLines.invoiceId}
        where ${invoiceLines.plan} = ${plan} and ${invoices.status} <> 'void'
          and (${invoiceLines.periodEnd} > now() or (${invoiceLines.decidedAt} is null and ${invoices.status} <> 'uncollectible')
            or ${invoiceLines.assumed})
      union all select ${pendingLines.accountId}, 'invoiced' from ${pendingLines} where ${pendingLines.plan} = ${plan}
    ) as uses`);
  return found ?? { accounts: 0, on: 0, subscribed: 0, coming: 0, ordering: 0, invoiced: 0 };
}
