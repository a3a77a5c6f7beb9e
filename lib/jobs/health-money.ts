import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";

export const UNSETTLED_KINDS = ["order", "plan_payment", "refund"] as const;
export const UNSETTLED_AGES = ["under_1m", "1m_to_15m", "over_15m"] as const;

export type Unsettled = {
  readonly kind: (typeof UNSETTLED_KINDS)[number];
  readonly counts: Readonly<Record<(typeof UNSETTLED_AGES)[number], number>>;
  /** 0: there is none. */
  readonly oldestSeconds: number;
};

type AgeRow = { kind: string; age: string; count: number; oldest: number };

/** Payments and refunds, of orders and of plans' invoices, that Stripe was asked for and whose outcome nobody has heard. Each condition is that of an index. */
export async function countUnsettled(db: Reader): Promise<readonly Unsettled[]> {
  const rows = await db.execute<AgeRow>(sql`
    select kind, case when now() - since < interval '1 minute' then 'under_1m'
        when now() - since < interval '15 minutes' then '1m_to_15m' else 'over_15m' end as age,
      count(*)::int as count, extract(epoch from now() - min(since))::double precision as oldest
    from (
      select 'order' as kind, updated_at as since from orders where status = 'processing' and parked_reason is null
      union all
      select 'plan_payment', updated_at from plan_payments where ended_at is null and status = 'processing'
      union all
      select 'refund', created_at from order_refunds
      where status = 'requested' and created_at > now() - interval '90 days'
      union all
      select 'refund', created_at from invoice_refund_requests where status = 'requested'
    ) as u group by 1, 2`);
  return UNSETTLED_KINDS.map((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    const count = (age: string) => own.find((row) => row.age === age)?.count ?? 0;
    return {
      kind,
      counts: {
        under_1m: count("under_1m"),
        "1m_to_15m": count("1m_to_15m"),
        over_15m: count("over_15m"),
      },
      oldestSeconds: Math.max(0, ...own.map(({ oldest }) => oldest)),
    };
  });
}

export type AccountsWaiting = {
  readonly ordersParked: number;
  /** Accounts whose next cycle is to be opened, and how long the first of them is due. */
  readonly cyclesDue: number;
  readonly cycleDueSeconds: number;
  readonly disputesToAnswer: number;
  /** Until the first evidence is due; null: none is. */
  readonly evidenceDueSeconds: number | null;
};

type Row = { parked: number; due: number; due_age: number | null; disputes: number; evidence: number | null };

/** What waits at accounts. Each condition is that of an index. */
export async function countAccountsWaiting(db: Reader): Promise<AccountsWaiting> {
  const [row] = await db.execute<Row>(sql`
    select p.parked, c.due, c.due_age, d.disputes, d.evidence from
      (select count(*)::int as parked from orders where parked_reason is not null) as p,
      (select count(*)::int as due, extract(epoch from now() - min(cycle_due_at))::double precision as due_age
        from accounts where cycle_due_at <= now()) as c,
      (select count(*)::int as disputes, extract(epoch from min(evidence_due_at) - now())::double precision as evidence
        from (
          select evidence_due_at from order_disputes
          where status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')
          union all
          select evidence_due_at from invoice_disputes
          where status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')
        ) as open) as d`);
  return {
    ordersParked: row?.parked ?? 0,
    cyclesDue: row?.due ?? 0,
    cycleDueSeconds: row?.due_age ?? 0,
    disputesToAnswer: row?.disputes ?? 0,
    evidenceDueSeconds: row?.evidence ?? null,
  };
}
