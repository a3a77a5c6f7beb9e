import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

export type Stranger = { readonly what: string; readonly account_id: string; readonly id: string };

/** Orders, grants and billing periods that do not belong together: the ledger's half of I8, I9 and I13. */
export async function findStrangers(db: Reader): Promise<readonly Stranger[]> {
  const found = await db.execute<Stranger>(sql`
    select 'paid order without its grant' as what, o.account_id, o.id from orders o
    left join grants g on g.account_id = o.account_id and g.id = o.grant_id
      and g.kind = 'purchase' and g.source = 'order:' || o.id and g.credits = o.credits
    where o.paid_at is not null and g.id is null
    union all
    select 'purchase grant without a paid order', g.account_id, g.id from grants g
    left join orders o on o.account_id = g.account_id and o.grant_id = g.id and o.paid_at is not null
    where g.kind = 'purchase' and g.source like 'order:%' and o.id is null
    union all
    select 'paid order without one succeeded attempt', o.account_id, o.id from orders o
    where o.paid_at is not null and 1 <> (
      select count(*) from attempts a where a.account_id = o.account_id and a.order_id = o.id and a.status = 'succeeded'
    )
    union all
    select 'paid order without the row of its payment', o.account_id, o.id from orders o
    left join order_payments p on p.account_id = o.account_id and p.order_id = o.id
      and p.amount_cents = o.amount_cents and p.currency = o.currency and p.credits = o.credits
    where o.paid_at is not null and p.order_id is null
    union all
    select 'credits of an order revoked that were not paid back, or kept that were (I14)', o.account_id, o.id from orders o
    where (exists (select from order_reversals r where r.account_id = o.account_id and r.order_id = o.id)
        or exists (select from order_refunds r where r.account_id = o.account_id and r.order_id = o.id)
        or exists (select from order_disputes d where d.account_id = o.account_id and d.order_id = o.id))
      and (
        select sum(g.credits - g.revoked_credits) from grants g
        where g.account_id = o.account_id and (g.id = o.grant_id or g.id in (
          select r.grant_id from order_reversals r where r.account_id = o.account_id and r.order_id = o.id))
      ) <> o.credits - div(o.credits * least(o.amount_cents,
        (select coalesce(sum(r.amount_cents), 0) from order_refunds r where r.account_id = o.account_id and r.order_id = o.id
          and r.status in ('requested', 'pending', 'requires_action', 'succeeded'))
        + (select coalesce(sum(d.amount_cents), 0) from order_disputes d where d.account_id = o.account_id and d.order_id = o.id
          and d.status in ('lost', 'appeal_needs_response', 'appeal_under_review') and d.currency = o.currency)
      ), o.amount_cents)
    union all
    select 'credits of an invoice revoked though nothing was paid back, or more than were given (I14)', i.account_id, null::uuid
    from invoices i
    join lateral (
      select coalesce(sum(case r.kind when 'revoke' then r.used + r.unused + r.expired
        when 'restore' then -(r.used + r.unused + r.expired) else 0 end), 0) as taken
      from invoice_reversals r where r.account_id = i.account_id and r.invoice_id = i.id
    ) r on r.taken <> 0
    where r.taken < 0
      or r.taken > (select coalesce(sum(p.credits), 0) from allowances p where p.account_id = i.account_id and p.invoice_id = i.id)
      or not exists (
        -- Its own money, or that of one that it credited.
        select from invoices j where j.account_id = i.account_id and (j.id = i.id or exists (
            select from invoice_lines l where l.account_id = i.account_id and l.invoice_id = i.id and l.amount_cents < 0))
          and (j.paid_back_elsewhere_cents > 0
            or exists (select from invoice_refunds f where f.account_id = j.account_id and f.invoice_id = j.id
              and f.status in ('pending', 'requires_action', 'succeeded'))
            or exists (select from invoice_disputes d where d.account_id = j.account_id and d.invoice_id = j.id
              and d.status in ('lost', 'appeal_needs_response', 'appeal_under_review'))))
    union all
    select 'paid plan payment without the row that it was paid', a.account_id, a.id from plan_payments a
    left join paid_plan_payments p on p.account_id = a.account_id and p.payment_id = a.id
    where a.status = 'paid' and p.payment_id is null
    union all
    select 'allowance without its grant (I13)', p.account_id, p.grant_id from allowances p
    left join grants g on g.account_id = p.account_id and g.id = p.grant_id and g.kind = 'plan' and g.credits = p.credits
      and (g.source = p.source or starts_with(g.source, p.source || '~'))
    where p.grant_id is not null and g.id is null
    union all
    select 'plan grant without an allowance (I13)', g.account_id, g.id from grants g
    left join allowances p on p.account_id = g.account_id and (g.source = p.source or starts_with(g.source, p.source || '~'))
    where g.kind = 'plan' and g.source like 'plan:%' and p.source is null
    union all
    select 'cycles that overlap (I13)', p.account_id, q.grant_id from allowances p
    join allowances q on q.account_id = p.account_id and p.starts_at < q.starts_at and q.starts_at < p.ends_at
      and q.subscription_id is not distinct from p.subscription_id
    where p.is_cycle and q.is_cycle and p.closed is null and q.closed is null
    union all
    select 'allowance closed out with something left (I9)', p.account_id, g.id from allowances p
    join grants g on g.account_id = p.account_id and g.id = p.grant_id
    where p.closed is not null and g.remaining_credits > 0
      or p.frozen and g.frozen_at is null and g.remaining_credits > 0
    union all
    select 'two allowances given before they are paid (I22)', p.account_id, q.grant_id from allowances p
    join allowances q on q.account_id = p.account_id and q.source > p.source
    where p.payment = 'provisional' and q.payment = 'provisional' and p.closed is null and q.closed is null`);
  return [...found];
}
