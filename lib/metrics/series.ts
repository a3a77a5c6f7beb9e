import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Up to a person's patience: what they wait for. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** What nobody waits for: minutes, hours, days. */
const LONG_SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400];
const SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_024];

function makeSeries() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: counter(
      "refill_http_requests_total",
      "Requests that were answered, or given up by their client.",
      ["method", "route", "status"],
    ),
    requestSeconds: histogram(
      "refill_http_request_duration_seconds",
      "From a request's head to the end of its answer; without streams.",
      SECONDS,
      ["route"],
    ),
    orders: counter("refill_orders_total", "Orders of credits that reached a state of their life.", [
      "outcome",
    ]),
    attempts: counter(
      "refill_payment_attempts_total",
      "Tries to charge a card for an order that ended; reason is Stripe's code, or other.",
      ["outcome", "reason"],
    ),
    planPayments: counter(
      "refill_plan_payments_total",
      "Payments for a plan, customer present, that reached a state.",
      ["payment", "outcome"],
    ),
    stripeRequests: counter(
      "refill_stripe_requests_total",
      "Requests to Stripe, retries included; status none: no answer came, not_sent: payments were paused.",
      ["operation", "status"],
    ),
    stripeSeconds: histogram(
      "refill_stripe_request_duration_seconds",
      "How long Stripe took to answer, or not to.",
      SECONDS,
      ["operation"],
    ),
    webhooks: counter(
      "refill_webhook_deliveries_total",
      "Deliveries of Stripe's events; type none: nobody knows who sent it.",
      ["type", "outcome"],
    ),
    eventAge: histogram(
      "refill_event_handling_age_seconds",
      "How old a stored event was when its effect was committed, since it was received.",
      LONG_SECONDS,
      ["type"],
    ),
    spends: counter(
      "refill_spends_total",
      "Spends, holds, captures and releases asked of the ledger; outcome is done, replayed, a refusal's code, overloaded or unknown.",
      ["command", "outcome"],
    ),
    spendSeconds: histogram(
      "refill_spend_duration_seconds",
      "From being asked to the commit's answer, waiting for a batch included.",
      SECONDS,
    ),
    batchSize: histogram("refill_batch_commands", "Commands that were committed together.", SIZES),
    spendsWaiting: gauge("refill_spends_waiting", "Commands that wait for a batch or are being committed."),
    jobs: counter("refill_job_runs_total", "Runs of background jobs that ended.", ["task", "outcome"]),
    jobSeconds: histogram("refill_job_duration_seconds", "How long a background job ran.", LONG_SECONDS, [
      "task",
    ]),
    paymentsPaused: gauge(
      "refill_payments_paused",
      "1 while this process asks Stripe nothing: it does not answer, or the key is refused or another account's.",
    ),
    poolInUse: gauge("refill_pool_connections_in_use", "Database connections of this process that are lent."),
    poolIdle: gauge(
      "refill_pool_connections_idle",
      "Database connections of this process that are open and not lent.",
    ),
    poolMax: gauge(
      "refill_pool_connections_max",
      "Database connections this process may have (DATABASE_POOL_MAX).",
    ),
    poolWaiting: gauge("refill_pool_waiting", "Callers that wait for a database connection."),
    ofDatabase: new Map<string, Gauge>(),
  };
}

type Series = ReturnType<typeof makeSeries>;

// The framework may load this module more than once; what a process counts is counted once.
const kept = globalThis as typeof globalThis & { refillMetrics?: Series };

/** What this process counts and measures, made when first asked for. Labels are of closed sets: no id of anybody. */
export function series(): Series {
  kept.refillMetrics ??= makeSeries();
  return kept.refillMetrics;
}

/**
 * A label's value that comes from outside: as it is while there are at most `most` of that set, else `other`, so that nobody
 * makes a process keep any number of series.
 */
export function boundedLabels(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most || !/^[\w./: -]{1,100}$/.test(value)) return "other";
    known.add(value);
    return value;
  };
}
