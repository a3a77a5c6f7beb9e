import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { disputeStatus, refundStatus } from "../../../db/schema";
import { STAYS } from "../../reconciliation/book";

/** Cents of one currency: what was paid, what went back, and what is left of it. */
export type Amounts = {
  readonly ordersCents: bigint;
  readonly plansCents: bigint;
  readonly refundedCents: bigint;
  readonly disputedCents: bigint;
  /** Orders and plans less refunds and disputes. */
  readonly netCents: bigint;
};

export type RevenueDay = Amounts & {
  /** `2026-11-29`, UTC. */
  readonly day: string;
  readonly currency: string;
  readonly orders: number;
  readonly creditsSold: bigint;
  readonly planInvoices: number;
  /** What the comparison with Stripe says it took in the day; null: the day was not compared. */
  readonly atStripe: { readonly chargedCents: bigint; readonly differences: number } | null;
};

/** What was sold of one thing: a bundle, an amount the buyer chose, a plan. */
export type RevenueOf = {
  readonly what: "bundle" | "custom" | "plan" | "other_plan";
  /** Of the bundle or the plan; empty where it is neither. */
  readonly id: string;
  readonly currency: string;
  readonly sales: number;
  readonly cents: bigint;
  readonly credits: bigint;
};

export type Revenue = {
  readonly days: readonly RevenueDay[];
  readonly of: readonly RevenueOf[];
  /** By currency. */
  readonly totals: readonly (Amounts & { readonly currency: string })[];
};

/** From the first instant, up to the last but without it. */
export type Within = { readonly from: Date; readonly to: Date };

/** Whether the money is away: as the reconciliation has it. A refund that is only requested has moved none yet. */
const isAway = (column: string, words: readonly string[]): SQL =>
  sql.raw(`${column} is null or ${column} not in (${words.map((each) => `'${each}'`).join(", ")})`);
// A word that a column's type does not have cannot be compared with it.
const staysOf = (words: readonly string[]) => words.filter((each) => STAYS.includes(each));
const REFUND_IS_AWAY = isAway("r.status", ["requested", ...staysOf(refundStatus.enumValues)]);
const DISPUTE_IS_AWAY = isAway("status", staysOf(disputeStatus.enumValues));

/**
 * Money of some time, by day (UTC), currency, and what was sold. An order counts on the day it was paid here, an invoice on the
 * day Stripe says it was paid; a refund or dispute on the day it was made, for as long as the money is away. Orders and
 * invoices are those that the reconciliation compares, so that the sums are the same. A day that was compared is there with
 * everything Stripe took or gave back in it, where nothing is here with zeros.
 */
export async function readRevenue(db: Reader, within: Within): Promise<Revenue> {
  const rows = await db.execute<DayRow>(daysSql(within));
  const days = rows.map(toDay);
  return { days, of: await readSold(db, within), totals: addUp(days) };
}

type DayRow = {
  day: string;
  currency: string;
  orders: number;
  orders_cents: string;
  credits_sold: string;
  plan_invoices: number;
  plans_cents: string;
  refunded_cents: string;
  disputed_cents: string;
  drift: number | null;
  charged_cents: string | null;
};

const dayOf = (column: string): SQL => sql.raw(`(${column} at time zone 'UTC')::date`);
const isWithin = (column: string, { from, to }: Within): SQL =>
  sql`${sql.raw(column)} >= ${from.toISOString()}::timestamptz and ${sql.raw(column)} < ${to.toISOString()}::timestamptz`;

/**
 * Days that were compared, with each currency of which Stripe took or gave back anything: also where nothing of it is here. One with
 * a difference and no such currency is told of beside the currency that lines without money have.
 */
const comparedSql = ({ from, to }: Within): SQL => sql`
  select c.day, k.currency, 0, 0, 0, 0, 0, 0, 0
  from (
    select day, drift, case when jsonb_typeof(result->'totals') = 'object' then result->'totals' else '{}' end as totals
    from reconciled_days
    where (day + 1)::timestamp at time zone 'UTC' > ${from.toISOString()}::timestamptz
      and day::timestamp at time zone 'UTC' < ${to.toISOString()}::timestamptz
  ) as c cross join lateral (
    select jsonb_object_keys(c.totals) union select 'usd' where c.drift > 0 and c.totals = '{}'
  ) as k(currency)`;

const daysSql = (within: Within): SQL => sql`
  select to_char(m.day, 'YYYY-MM-DD') as day, currency, sum(orders)::int as orders, sum(orders_cents)::text as orders_cents,
    sum(credits_sold)::text as credits_sold, sum(plan_invoices)::int as plan_invoices, sum(plans_cents)::text as plans_cents,
    sum(refunded)::text as refunded_cents, sum(disputed)::text as disputed_cents,
    max(r.drift) as drift, max(r.result #>> array['totals', currency, 'chargedCents']) as charged_cents
  from (
    select ${dayOf("paid_at")} as day, currency, 1 as orders, amount_cents as orders_cents, credits as credits_sold,
      0 as plan_invoices, 0 as plans_cents, 0 as refunded, 0 as disputed
    from order_payments where ${isWithin("paid_at", within)}
    union all
    select ${dayOf("paid_at")}, currency, 0, 0, 0, 1, paid_cents, 0, 0
    from invoices where ${isWithin("paid_at", within)} and paid_cents > 0
    union all
    select ${dayOf("r.created_at")}, o.currency, 0, 0, 0, 0, 0, r.amount_cents, 0
    from order_refunds as r join orders as o on o.account_id = r.account_id and o.id = r.order_id
    where ${isWithin("r.created_at", within)} and (${REFUND_IS_AWAY})
    union all
    select ${dayOf("r.created_at")}, i.currency, 0, 0, 0, 0, 0, r.amount_cents, 0
    from invoice_refunds as r join invoices as i on i.account_id = r.account_id and i.id = r.invoice_id
    where ${isWithin("r.created_at", within)} and (${REFUND_IS_AWAY})
    union all
    select ${dayOf("created_at")}, currency, 0, 0, 0, 0, 0, 0, amount_cents
    from order_disputes where ${isWithin("created_at", within)} and (${DISPUTE_IS_AWAY})
    union all
    select ${dayOf("created_at")}, currency, 0, 0, 0, 0, 0, 0, amount_cents
    from invoice_disputes where ${isWithin("created_at", within)} and (${DISPUTE_IS_AWAY})
    union all
    ${comparedSql(within)}
  ) as m left join reconciled_days as r on r.day = m.day
  group by m.day, currency order by m.day, currency`;

function toDay(row: DayRow): RevenueDay {
  const [ordersCents, plansCents] = [BigInt(row.orders_cents), BigInt(row.plans_cents)];
  const [refundedCents, disputedCents] = [BigInt(row.refunded_cents), BigInt(row.disputed_cents)];
  return {
    day: row.day,
    currency: row.currency,
    orders: row.orders,
    ordersCents,
    creditsSold: BigInt(row.credits_sold),
    planInvoices: row.plan_invoices,
    plansCents,
    refundedCents,
    disputedCents,
    netCents: ordersCents + plansCents - refundedCents - disputedCents,
    // A currency of which Stripe took nothing in the day is not among its totals.
    atStripe:
      row.drift === null ? null : { chargedCents: BigInt(row.charged_cents ?? 0), differences: row.drift },
  };
}

/** What was sold, the most money first. An invoice's credits are those of its allowances that are paid. */
async function readSold(db: Reader, within: Within): Promise<readonly RevenueOf[]> {
  const rows = await db.execute<
    Omit<RevenueOf, "cents" | "credits"> & { cents: string; credits: string }
  >(sql`
    select what, id, currency, count(*)::int as sales, sum(cents)::text as cents, sum(credits)::text as credits
    from (
      select case when o.bundle_id is null then 'custom' else 'bundle' end as what, coalesce(o.bundle_id, '') as id,
        p.currency, p.amount_cents as cents, p.credits
      from order_payments as p join orders as o on o.account_id = p.account_id and o.id = p.order_id
      where ${isWithin("p.paid_at", within)}
      union all
      select case when i.plan is null then 'other_plan' else 'plan' end, coalesce(i.plan, ''), i.currency, i.paid_cents,
        (select coalesce(sum(a.credits), 0) from allowances as a
          where a.account_id = i.account_id and a.invoice_id = i.id and a.payment = 'paid')
      from invoices as i where ${isWithin("i.paid_at", within)} and i.paid_cents > 0
    ) as s
    group by 1, 2, 3 order by currency, sum(cents) desc, what, id`);
  return rows.map((row) => ({ ...row, cents: BigInt(row.cents), credits: BigInt(row.credits) }));
}

function addUp(days: readonly RevenueDay[]): Revenue["totals"] {
  const totals = new Map<string, Amounts & { currency: string }>();
  for (const { currency, ...day } of days) {
    const sum = totals.get(currency);
    totals.set(currency, {
      currency,
      ordersCents: (sum?.ordersCents ?? 0n) + day.ordersCents,
      plansCents: (sum?.plansCents ?? 0n) + day.plansCents,
      refundedCents: (sum?.refundedCents ?? 0n) + day.refundedCents,
      disputedCents: (sum?.disputedCents ?? 0n) + day.disputedCents,
      netCents: (sum?.netCents ?? 0n) + day.netCents,
    });
  }
  return [...totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
