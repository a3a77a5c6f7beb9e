import type { Database } from "../../db/client";
import type { Access } from "../stripe/access/access";
import { beginAtZero } from "./begin-at-zero";
import { type Sample, showDatabase } from "./database-gauges";
import { readSamples } from "./read-database";
import { series } from "./series";

export type Measured = { readonly db: Database; readonly access: Pick<Access, "state"> };

/** However often it is scraped, the database is read no more often than this. */
const FRESH_MS = 15_000;
/** A scrape waits no longer for the database. */
const PATIENCE_MS = 4_000;

type Reading = { readonly samples: readonly Sample[] | null; readonly atMs: number };
type Kept = { last: Reading | null; running: Promise<Reading> | null };

// Kept with the database, of which a process has one, however often the framework loads this module.
const SYMBOL = Symbol.for("refill.metrics-reading");
type Keeping = { [SYMBOL]?: Kept };

/** What a scrape gets, in Prometheus' text format, within seconds whatever the database does. */
export async function renderMetrics(
  measured: Measured,
): Promise<{ readonly type: string; readonly text: string }> {
  const { db, access } = measured;
  const { registry, ...own } = series();
  beginAtZero();
  const { inUse, idle, waiting } = db.pool.usage; // Before this scrape takes one itself.
  own.poolInUse.set(inUse);
  own.poolIdle.set(idle);
  own.poolWaiting.set(waiting);
  own.poolMax.set(db.pool.max);
  own.paymentsPaused.set(access.state().pausedFor === null ? 0 : 1);
  showDatabase(await readOfLate(db));
  return { type: registry.contentType, text: await registry.metrics() };
}

/** What the database said at most 15 s ago; null where it does not say anything in time. Never rejects. */
async function readOfLate(db: Database): Promise<readonly Sample[] | null> {
  const kept = keepingOf(db);
  const age = kept.last ? performance.now() - kept.last.atMs : Number.POSITIVE_INFINITY;
  if (kept.last?.samples && age < FRESH_MS) return kept.last.samples;
  kept.running ??= readSamples(db)
    .catch(() => null)
    .then((samples) => {
      kept.last = { samples, atMs: performance.now() };
      kept.running = null;
      return kept.last;
    });
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null);
  });
  try {
    return (await Promise.race([kept.running, impatience]))?.samples ?? null;
  } finally {
    clearTimeout(timer);
  }
}

function keepingOf(db: Database): Kept {
  const keeping = db as Keeping;
  keeping[SYMBOL] ??= { last: null, running: null };
  return keeping[SYMBOL];
}
