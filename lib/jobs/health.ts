import { asc, sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { workers, workerTasks } from "../../db/schema";
import { type AttentionCounts, countAttention } from "../billing/attention/queries";
import { countMails, type MailCounts } from "../mail/queries";
import { type LastReconciliation, listLast } from "../reconciliation/results";
import { type AccountsWaiting, countAccountsWaiting, countUnsettled, UNSETTLED_AGES } from "./health-money";
import { HEARTBEAT_MS, type WorkerMode } from "./heartbeat";

/** Jobs of the schedule come every minute: one that waits longer than this is behind. */
const LATE_SECONDS = 300;
/** Longer than any payment takes to be settled by the sweeps. */
const UNSETTLED_SECONDS = 900;
const CYCLE_LATE_SECONDS = 600;
/** Once or twice anything fails. */
const FAILURES_THAT_MATTER = 3;

export type WorkHealth = {
  /** Words for what an operator should look at; empty when nothing. */
  readonly problems: readonly WorkProblem[];
  readonly workers: readonly {
    readonly name: string;
    readonly mode: WorkerMode;
    readonly startedAt: Date;
    readonly seenAt: Date;
    readonly doneAt: Date | null;
    readonly stoppedAt: Date | null;
  }[];
  readonly tasks: readonly {
    readonly task: string;
    readonly doneAt: Date | null;
    readonly failedAt: Date | null;
    /** Since it last ended well. */
    readonly failures: number;
  }[];
  readonly jobs: {
    readonly waiting: number;
    readonly oldestWaitingSeconds: number | null;
    readonly running: number;
    /** Failed at least once, and tried again. */
    readonly failing: number;
    readonly givenUp: number;
  };
  readonly events: {
    readonly waiting: number;
    readonly oldestWaitingSeconds: number | null;
    readonly parked: number;
  };
  readonly attention: AttentionCounts;
  readonly mail: MailCounts;
  /** Payments and refunds whose outcome is not known, and since when the oldest is not. */
  readonly unsettled: { readonly payments: number; readonly oldestSeconds: number };
  readonly accounts: AccountsWaiting;
  /** The newest of any worker of this day; null: there was none. */
  readonly heartbeatSeconds: number | null;
  /** The last comparison of each kind: the books with their entries, and with Stripe. */
  readonly reconciliation: readonly LastReconciliation[];
};

export type WorkProblem =
  | "no_worker"
  | "jobs_late"
  | "jobs_given_up"
  | "task_failing"
  | "events_late"
  | "mail_late"
  | "mail_parked"
  /** The last reconciliation found what nobody can explain: `npm run reconcile`. */
  | "drift"
  /** An order's payment does not match it. */
  | "orders_parked"
  /** Nobody has heard for a quarter of an hour what became of a payment. */
  | "payments_unsettled"
  | "cycles_late"
  /** Something has needed an operator's attention for more than a week. */
  | "attention_old";

/** How background work goes, everywhere, by what workers left of themselves: the day's, so that an ended one is seen. */
export async function describeWork(db: Reader & Pick<Database, "selectDistinctOn">): Promise<WorkHealth> {
  const seen = await db
    .select({
      name: workers.name,
      mode: workers.mode,
      startedAt: workers.startedAt,
      seenAt: workers.seenAt,
      doneAt: workers.doneAt,
      stoppedAt: workers.stoppedAt,
      age: sql<number>`extract(epoch from now() - seen_at)::double precision`,
      works: sql<boolean>`stopped_at is null and seen_at > now() - make_interval(secs => ${(3 * HEARTBEAT_MS) / 1_000})`,
    })
    .from(workers)
    .where(sql`seen_at > now() - interval '1 day'`)
    .orderBy(asc(workers.startedAt))
    .limit(100);
  const tasks = await db.select().from(workerTasks).orderBy(asc(workerTasks.task));
  const [jobs, events, attention] = [await countJobs(db), await countEvents(db), await countAttention(db)];
  const mail = await countMails(db);
  const reconciliation = await listLast(db);
  const settling = await countUnsettled(db);
  const accounts = await countAccountsWaiting(db);
  const unsettled = {
    payments: settling.reduce(
      (sum, { counts }) => sum + UNSETTLED_AGES.reduce((n, age) => n + counts[age], 0),
      0,
    ),
    oldestSeconds: Math.round(Math.max(...settling.map(({ oldestSeconds }) => oldestSeconds))),
  };
  const isLate = ({ oldestWaitingSeconds }: { oldestWaitingSeconds: number | null }) =>
    (oldestWaitingSeconds ?? 0) > LATE_SECONDS;
  const found: [WorkProblem, boolean][] = [
    ["no_worker", !seen.some(({ works }) => works)],
    ["jobs_late", isLate(jobs)],
    ["jobs_given_up", jobs.givenUp > 0],
    ["task_failing", tasks.some(({ failures }) => failures >= FAILURES_THAT_MATTER)],
    ["events_late", isLate(events)],
    ["mail_late", isLate(mail)],
    ["mail_parked", mail.parked > 0],
    ["drift", reconciliation.some(({ drift }) => drift > 0)],
    ["orders_parked", accounts.ordersParked > 0],
    ["payments_unsettled", unsettled.oldestSeconds > UNSETTLED_SECONDS],
    ["cycles_late", accounts.cycleDueSeconds > CYCLE_LATE_SECONDS],
    ["attention_old", attention.old > 0],
  ];
  return {
    problems: found.filter(([, isSo]) => isSo).map(([problem]) => problem),
    workers: seen.map(({ works: _, age: __, ...worker }) => worker),
    heartbeatSeconds: seen.length === 0 ? null : Math.round(Math.min(...seen.map(({ age }) => age))),
    tasks,
    jobs,
    events,
    attention,
    mail,
    unsettled,
    accounts,
    reconciliation,
  };
}

async function countJobs(db: Reader): Promise<WorkHealth["jobs"]> {
  const [row] = await db.execute<WorkHealth["jobs"]>(sql`
    select
      count(*) filter (where due)::int as waiting,
      (extract(epoch from now() - min(run_at) filter (where due)))::int as "oldestWaitingSeconds",
      count(*) filter (where locked_at is not null)::int as running,
      count(*) filter (where attempts between 1 and max_attempts - 1 and locked_at is null)::int as failing,
      -- A job whose worker was killed and that was made anew loses its key: the new one counts.
      count(*) filter (where attempts >= max_attempts and locked_at is null
        and (key is not null or task_identifier not in ('handle_stripe_event', 'mail_contact_request', 'send_mail')))::int as "givenUp"
    from (
      select *, locked_at is null and attempts < max_attempts and run_at <= now() as due from graphile_worker.jobs
    ) as j`);
  return row ?? { waiting: 0, oldestWaitingSeconds: null, running: 0, failing: 0, givenUp: 0 };
}

/** Each condition is that of an index: those that were handled, by far the most, are not read. */
async function countEvents(db: Reader): Promise<WorkHealth["events"]> {
  const [row] = await db.execute<WorkHealth["events"]>(sql`
    select waiting, "oldestWaitingSeconds", parked
    from (
      select count(*)::int as waiting, extract(epoch from now() - min(received_at))::int as "oldestWaitingSeconds"
      from stripe_events where handled_at is null and parked_reason is null
    ) as w, (select count(*)::int as parked from stripe_events where parked_reason is not null) as p`);
  return row ?? { waiting: 0, oldestWaitingSeconds: null, parked: 0 };
}
