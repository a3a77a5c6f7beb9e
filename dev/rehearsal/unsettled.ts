import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";

/**
 * What the application has begun and not ended, one sentence each: events that nobody handled, jobs that are due or running, and
 * orders, plan payments and refunds of which Stripe's answer is not known. What waits for a person is settled.
 */
export async function findUnsettled(owner: Database): Promise<string[]> {
  const rows = await owner.execute<{ what: string }>(sql`
    select 'event ' || id || ' (' || type || ') is not handled' as what from stripe_events
    where handled_at is null and parked_reason is null
    union all
    select 'job ' || task_identifier || coalesce(' ' || key, '') || ' is due' from graphile_worker.jobs
    where attempts < max_attempts and (locked_at is not null or run_at <= now() + interval '3 seconds')
    union all
    select 'order ' || reference || ' is ' || status from orders where status = 'processing'
    union all
    select 'plan payment ' || id || ' is ' || status from plan_payments where status = 'processing'
    union all
    select 'refund ' || id || ' is asked for' from order_refunds where status = 'requested'`);
  return rows.map(({ what }) => what);
}
