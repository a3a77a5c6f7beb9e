import { sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { transact } from "../../db/transact";
import { describeWork, type WorkHealth } from "../jobs/health";
import { countAccountsWaiting, countUnsettled, UNSETTLED_AGES } from "../jobs/health-money";
import type { DatabaseGauge, Sample } from "./database-gauges";

/** Longer than all of it takes together where the database is well: each condition is that of an index. */
const STATEMENT_MS = 2_000;

/** Everything the gauges say, in one transaction on one connection that writes nothing. Rejects where the database is away or slow. */
export const readSamples = (db: Database): Promise<readonly Sample[]> =>
  transact(db, async (tx) => {
    await tx.execute(sql.raw(`set local statement_timeout = ${STATEMENT_MS}`));
    await tx.execute(sql.raw("set transaction read only"));
    const work = await describeWork(tx);
    return [
      ...ofWork(work),
      ...(await ofWorkers(tx, work)),
      ...(await ofPayments(tx)),
      ...(await ofAccounts(tx)),
    ];
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
async function ofWorkers(db: Reader, { reconciliation }: WorkHealth): Promise<Sample[]> {
  const [seen] = await db.execute<{ works: number; age: number | null }>(sql`
    select count(*) filter (where stopped_at is null and seen_at > now() - interval '30 seconds')::int as works,
      extract(epoch from now() - max(seen_at))::double precision as age
    from workers where seen_at > now() - interval '1 day'`);
  const reconciled = await db.execute<{ kind: string; age: number }>(sql`
    select distinct on (kind) kind::text, extract(epoch from now() - finished_at)::double precision as age
    from reconciliations order by kind, finished_at desc`);
  return [
    one("refill_workers", seen?.works ?? 0),
    ...(seen && seen.age !== null ? [one("refill_worker_heartbeat_age_seconds", seen.age)] : []),
    ...reconciliation.map(({ kind, drift }) => one("refill_reconciliation_drift", drift, { kind })),
    ...reconciled.map(({ kind, age }) => one("refill_reconciliation_age_seconds", age, { kind })),
  ];
}

async function ofPayments(db: Reader): Promise<Sample[]> {
  return (await countUnsettled(db)).flatMap(({ kind, counts, oldestSeconds }) => [
    ...UNSETTLED_AGES.map((age) => one("refill_unsettled_payments", counts[age], { kind, age })),
    one("refill_unsettled_payment_oldest_seconds", oldestSeconds, { kind }),
  ]);
}

async function ofAccounts(db: Reader): Promise<Sample[]> {
  const { ordersParked, cyclesDue, cycleDueSeconds, disputesToAnswer, evidenceDueSeconds } =
    await countAccountsWaiting(db);
  return [
    one("refill_orders_parked", ordersParked),
    one("refill_cycles_due", cyclesDue),
    one("refill_cycle_due_oldest_seconds", cycleDueSeconds),
    one("refill_disputes_to_answer", disputesToAnswer),
    ...(evidenceDueSeconds === null ? [] : [one("refill_dispute_evidence_due_seconds", evidenceDueSeconds)]),
  ];
}
