import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

/** What is not decided yet, and is no drift: how much of it there is, and how long the oldest has waited. */
export type Waiting = {
  readonly what: string;
  readonly count: number;
  readonly oldestSeconds: number | null;
};

/** Payments nobody has heard the end of, what is parked, and what needs attention. */
export async function countWaiting(db: Reader): Promise<readonly Waiting[]> {
  return db.execute<{ what: string; count: number; oldestSeconds: number | null }>(sql`
    select what, count(*)::int as count, extract(epoch from now() - min(since))::int as "oldestSeconds" from (
      select 'payments under way' as what, updated_at as since from orders where status in ('processing', 'requires_action')
      union all select 'refunds under way', created_at from order_refunds where status in ('requested', 'pending', 'requires_action')
      union all select 'refunds under way', created_at from invoice_refunds where status in ('pending', 'requires_action')
      union all select 'refunds under way', created_at from invoice_refund_requests where status = 'requested'
      union all select 'disputes open', created_at from order_disputes where status in ('needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review')
      union all select 'disputes open', created_at from invoice_disputes where status in ('needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review')
      union all select 'orders parked', updated_at from orders where parked_reason is not null
      union all select 'events waiting', received_at from stripe_events where handled_at is null and parked_reason is null
      union all select 'events parked', received_at from stripe_events where parked_reason is not null
      union all select 'attention items', since from attention_items where state <> 'resolved'
    ) as w group by what order by what`);
}
