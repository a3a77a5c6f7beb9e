import { sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { subscriptionItems, subscriptions } from "../../../db/schema";
import type { PlanId } from "../../catalog/plans";

const itemsOfLive = sql`${subscriptionItems} join ${subscriptions} on ${subscriptions.accountId} = ${subscriptionItems.accountId}
    and ${subscriptions.id} = ${subscriptionItems.subscriptionId}
  where ${subscriptions.endedAt} is null and ${subscriptions.status} not in ('canceled', 'incomplete_expired')
    and ${subscriptionItems.goneAt} is null`;

/** How many subscriptions that have not ended have each price, of all accounts; a price that none has is missing. */
export async function countByPrice(db: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ price: string; count: number }>(
    sql`select ${subscriptionItems.priceId} as price, count(*)::int as count from ${itemsOfLive} group by 1`,
  );
  return new Map(rows.map(({ price, count }) => [price, count]));
}

/** What live subscriptions to a plan give a month, of one piece, other than so many credits; and how many of them. */
export async function countOtherAllowances(
  db: Reader,
  plan: PlanId,
  credits: bigint,
): Promise<readonly { readonly credits: bigint; readonly count: number }[]> {
  const rows = await db.execute<{ credits: string; count: number }>(sql`
    select ${subscriptionItems.creditsPerMonth}::text as credits, count(*)::int as count
    from ${itemsOfLive} and ${subscriptionItems.plan} = ${plan} and ${subscriptionItems.creditsPerMonth} <> ${credits}
    group by 1 order by 2 desc, 1 limit 10`);
  return rows.map((each) => ({ credits: BigInt(each.credits), count: each.count }));
}
