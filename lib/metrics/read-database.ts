import { sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { transact } from "../../db/transact";
import { describeWork, type WorkHealth } from "../jobs/health";
import type { DatabaseGauge, Sample } from "./database-gauges";

/** Longer than all of it takes together where the database is well: each condition is that of an index. */
const STATEMENT_MS = 2_000;

/** Everything the gauges say, in one transaction on one connection that writes nothing. Rejects where the database is away or slow. */
export const readSamples = (db: Database): Promise<readonly Sample[]> =>
  transact(db, async (tx) => {
    await tx.execute(sql.raw(`set local statement_timeout = ${STATEMENT_MS}`));
    await tx.execute(sql.raw("set transaction read only"));
    const work = await describeWork(tx);
    return [...ofWork(work), ...(await ofWorkers(tx)), ...(await ofPayments(tx)), ...(await ofAccounts(tx))];
  });

const one = (name: DatabaseGauge, value: number, labels?: Sample["labels"]): Sample => ({
  name,
  value,
  ...(labels && { labels }),
});

/** A sample for each state of a set of figures. */
const each = (name: DatabaseGauge, figures: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(figures).map(([state, value]) => one(name, value, { state }));

function ofWork({ jobs, events, attention, mail, tasks }: WorkHealth): Sample[] {
  const { waiting, running, failing, givenUp: given_up } = jobs;
  return [
    ...each("refill_jobs", { waiting, running, failing, given_up }),
    one("refill_job_oldest_waiting_seconds", jobs.oldestWaitingSeconds ?? 0),
    ...each("refill_events", { waiting: events.waiting, parked: events.parked }),
    one("refill_event_oldest_waiting_seconds", events.oldestWaitingSeconds ?? 0),
    ...each("refill_attention_items", { ...attention }),
    ...each("refill_mails", { waiting: mail.waiting, failing: mail.failing, parked: mail.parked }),
    one("refill_mail_oldest_waiting_seconds", mail.oldestWaitingSeconds ?? 0),
    ...tasks.map(({ task, failures }) => one("refill_task_failures", failures, { task })),
  ];
}

/** Ages are by the database's clock. */
async function ofWorkers(db: Reader): Promise<Sample[]> {
  const [seen] = await db.execute<{ works: number; age: number | null }>(sql`
    select count(*) filter (where stopped_at is null and seen_at > now() - interval '30 seconds')::int as works,
      extract(epoch from now() - max(seen_at))::double precision as age
    from workers where seen_at > now() - interval '1 day'`);
  const reconciled = await db.execute<{ kind: string; drift: number; age: number }>(sql`
    select distinct on (kind) kind::text, drift, extract(epoch from now() - finished_at)::double precision as age
    from reconciliations order by kind, finished_at desc`);
  return [
    one("refill_workers", seen?.works ?? 0),
    ...(seen && seen.age !== null ? [one("refill_worker_heartbeat_age_seconds", seen.age)] : []),
    ...reconciled.flatMap(({ kind, drift, age }) => [
      one("refill_reconciliation_drift", drift, { kind }),
      one("refill_reconciliation_age_seconds", age, { kind }),
    ]),
  ];
}

const AGES = ["under_1m", "1m_to_15m", "over_15m"] as const;
const KINDS = ["order", "plan_payment", "refund"] as const;

/** What Stripe was asked for and nobody has heard the outcome of. */
async function ofPayments(db: Reader): Promise<Sample[]> {
  const rows = await db.execute<{ kind: string; age: string; count: number; oldest: number }>(sql`
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
    ) as u group by 1, 2`);
  return KINDS.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    return [
      ...AGES.map((age) =>
        one("refill_unsettled_payments", own.find((row) => row.age === age)?.count ?? 0, { kind, age }),
      ),
      one("refill_unsettled_payment_oldest_seconds", Math.max(0, ...own.map(({ oldest }) => oldest)), {
        kind,
      }),
    ];
  });
}

type Accounts = {
  parked: number;
  due: number;
  due_age: number | null;
  disputes: number;
  evidence: number | null;
};

async function ofAccounts(db: Reader): Promise<Sample[]> {
  const [row] = await db.execute<Accounts>(sql`
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
  if (!row) return [];
  return [
    one("refill_orders_parked", row.parked),
    one("refill_cycles_due", row.due),
    one("refill_cycle_due_oldest_seconds", row.due_age ?? 0),
    one("refill_disputes_to_answer", row.disputes),
    ...(row.evidence === null ? [] : [one("refill_dispute_evidence_due_seconds", row.evidence)]),
  ];
}
