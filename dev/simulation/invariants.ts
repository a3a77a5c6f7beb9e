import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

export type Mistaken = { readonly what: string; readonly account_id: string | null; readonly id: string };

/**
 * What contradicts what we know of Stripe ourselves, at any committed moment: somebody who paid is shown Free (I21), or an
 * allowance was given before it was paid beside another, or after nothing that was paid (I22).
 */
export async function findMistaken(db: Reader): Promise<readonly Mistaken[]> {
  const found = await db.execute<Mistaken>(sql`
    select 'paid for, and shown Free (I21)' as what, a.id as account_id, s.id from accounts a
    join subscriptions s on s.account_id = a.id
    where a.plan = 'free' and a.plan_status <> 'pending' and s.status in ('active', 'past_due', 'unpaid', 'paused') and s.ended_at is null
      and (s.cancel_at is null or s.cancel_at > now())
      and exists (
        select from invoices i
        join invoice_lines l on l.account_id = i.account_id and l.invoice_id = i.id
        where i.account_id = a.id and i.status = 'paid' and i.paid_cents > 0 and l.subscription_id = s.id
          and l.plan is not null and l.amount_cents > 0 and l.period_start <= now() and now() < l.period_end
      )
    union all
    select 'several allowances before they are paid (I22)', account_id, string_agg(source, ' ') from allowances
    where origin = 'provisional' and payment in ('provisional', 'owed') and closed is null
    group by account_id having count(*) > 1
    union all
    select 'given before it is paid, after nothing that was paid (I22)', p.account_id, p.source from allowances p
    where p.origin = 'provisional' and not exists (
      select from invoices i
      join invoice_lines l on l.account_id = i.account_id and l.invoice_id = i.id
      where i.account_id = p.account_id and i.status = 'paid' and i.total_cents > 0 and l.item_id = p.item_id
        and l.amount_cents > 0 and l.period_end = p.period_start
    )`);
  return [...found];
}

/** No operator did anything and everything was heard: whatever still needs attention was misunderstood (I23). */
export async function findNeedingAttention(db: Reader): Promise<readonly Mistaken[]> {
  const found = await db.execute<Mistaken>(sql`
    select 'needs attention (I23): ' || reason as what, account_id, object_id as id from attention_items
    where state <> 'resolved'`);
  return [...found];
}
