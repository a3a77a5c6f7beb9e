import { Gauge } from "prom-client";
import { series } from "./series";

/**
 * What is read from the database, by name: the same whichever process tells it, so rules take the `max` over processes. Each is
 * absent while the database was not read just now, but for `refill_database_up`.
 */
export const DATABASE_GAUGES = {
  refill_unsettled_payments: {
    help: "Payments and refunds whose outcome is not known, by how long.",
    labels: ["kind", "age"],
  },
  refill_unsettled_payment_oldest_seconds: {
    help: "How long the outcome of the oldest of them is not known; 0: of none.",
    labels: ["kind"],
  },
  refill_orders_parked: { help: "Orders whose payment does not match: an operator has to look.", labels: [] },
  refill_cycles_due: { help: "Accounts whose next cycle is to be opened.", labels: [] },
  refill_cycle_due_oldest_seconds: { help: "How long the first of them is due; 0: none.", labels: [] },
  refill_disputes_to_answer: { help: "Disputes that want evidence.", labels: [] },
  refill_dispute_evidence_due_seconds: {
    help: "Until the first evidence is due; negative: overdue. Absent: none is.",
    labels: [],
  },
  refill_attention_items: { help: "Attention items by state; old: open for a week.", labels: ["state"] },
  refill_events: { help: "Stored events of Stripe's that were not handled, by state.", labels: ["state"] },
  refill_event_oldest_waiting_seconds: { help: "Since when the oldest of them waits; 0: none.", labels: [] },
  refill_mails: { help: "Mails of the outbox that were not sent, by state.", labels: ["state"] },
  refill_mail_oldest_waiting_seconds: { help: "Since when the oldest due mail waits; 0: none.", labels: [] },
  refill_jobs: { help: "Background jobs, by state.", labels: ["state"] },
  refill_job_oldest_waiting_seconds: { help: "Since when the oldest due job waits; 0: none.", labels: [] },
  refill_task_failures: {
    help: "How often a kind of job failed since it last ended well.",
    labels: ["task"],
  },
  refill_workers: { help: "Workers that work: heard of within 30 s.", labels: [] },
  refill_worker_heartbeat_age_seconds: {
    help: "Since the newest heartbeat of any worker of this day. Absent: there was none.",
    labels: [],
  },
  refill_reconciliation_drift: {
    help: "Differences nobody could explain: of the books in the last reconciliation, of Stripe in all compared days.",
    labels: ["kind"],
  },
  refill_reconciliation_age_seconds: {
    help: "Since the last reconciliation of each kind ended. Absent: there was none.",
    labels: ["kind"],
  },
} as const satisfies Readonly<Record<string, { readonly help: string; readonly labels: readonly string[] }>>;

export type DatabaseGauge = keyof typeof DATABASE_GAUGES;
/** One value of one gauge. */
export type Sample = {
  readonly name: DatabaseGauge;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
};

const UP = "refill_database_up";

/** Makes the gauges say what was read, and nothing else; null: the database could not be read, and they say nothing. */
export function showDatabase(samples: readonly Sample[] | null): void {
  const gauges = databaseGauges();
  for (const gauge of gauges.values()) gauge.reset();
  // A gauge without labels says 0 when it is reset: it is taken out of what is told where nothing was read.
  const told = new Set<string>(samples?.map(({ name }) => name) ?? []);
  const { registry } = series();
  for (const [name, gauge] of gauges) {
    if (name !== UP && !told.has(name)) registry.removeSingleMetric(name);
    else if (!registry.getSingleMetric(name)) registry.registerMetric(gauge);
  }
  gauges.get(UP)?.set(samples === null ? 0 : 1);
  for (const { name, labels = {}, value } of samples ?? []) gauges.get(name)?.set({ ...labels }, value);
}

function databaseGauges(): Map<string, Gauge> {
  const { ofDatabase, registry } = series();
  if (ofDatabase.size > 0) return ofDatabase;
  const registers = [registry];
  const help = "1 while this process can read the database, 0 while it cannot.";
  ofDatabase.set(UP, new Gauge({ name: UP, help, registers }));
  for (const [name, { help, labels }] of Object.entries(DATABASE_GAUGES))
    ofDatabase.set(name, new Gauge({ name, help, labelNames: [...labels], registers }));
  return ofDatabase;
}

/** The names of all series a process can tell. */
export const seriesNames = (): readonly string[] => {
  databaseGauges();
  return [
    ...new Set([
      ...series()
        .registry.getMetricsAsArray()
        .map(({ name }) => name),
      UP,
      ...Object.keys(DATABASE_GAUGES),
    ]),
  ];
};
