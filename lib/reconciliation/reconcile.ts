import type { BillingLog } from "../billing/deps";
import { ProviderSilent } from "../billing/provider-records";
import { toPublicId } from "../ids";
import { BooksDrifted, checkBooks } from "../ledger/check-books";
import { checkMovedBooks } from "../ledger/moved-books";
import type { Drift } from "../ledger/reconcile";
import { findRecovery } from "../recovery/mode";
import { type AlarmTarget, sendAlarm } from "./alarm";
import { compareDay, type DayResult } from "./compare-day";
import { type ReadDeps, readDay } from "./read-day";
import {
  databaseNow,
  type Finding,
  figureOfNotOver,
  isDone,
  listDaysLeftOut,
  listDaysWithDrift,
  listUntold,
  markTold,
  passOverTold,
  storeDay,
  storeOutcome,
} from "./results";

export type ReconcileDeps = ReadDeps & { readonly log: BillingLog };

const DAY_MS = 86_400_000;
/** The schedule looks so far back for days that were not finished. */
const DAYS_BACK = 7;
/** And so far for those that nobody compared, as after weeks without a worker. */
const DAYS_LEFT_OUT = 92;
/** Of the days before those the schedule compares so many that have a difference again. */
const DAYS_AGAIN = 31;

/** So many days one after the other that Stripe says nothing of, and the others are not asked for. */
const SILENT_DAYS = 2;

/** `2026-11-29`, UTC. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The days from one to another, both among them. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += DAY_MS)
    days.push(dayOf(new Date(at)));
  return days;
}

/** Compares a day with Stripe; one that is over is kept. Throws `ProviderSilent`. */
export async function reconcileDay(deps: ReadDeps, day: string): Promise<DayResult> {
  const result = compareDay(await readDay(deps, day));
  if (day < dayOf(await databaseNow(deps.db))) await storeDay(deps.db, result);
  return result;
}

/**
 * Compares days with Stripe and keeps what came of it. Days that were finished without a line are passed over, unless `again`. What is found
 * of a day that is not over is counted, and no drift: its payments may be under way. One that Stripe says nothing of keeps no other from
 * being compared; then throws its `ProviderSilent`.
 */
export async function reconcileDays(
  deps: ReconcileDeps,
  days: readonly string[],
  {
    again = false,
    onDay = () => {},
  }: { readonly again?: boolean; readonly onDay?: (result: DayResult) => void } = {},
): Promise<readonly DayResult[]> {
  const startedAt = await databaseNow(deps.db);
  const results: DayResult[] = [];
  const silent: ProviderSilent[] = [];
  let inARow = 0;
  for (const day of days) {
    if (!again && (await isDone(deps.db, day))) continue;
    try {
      const result = await reconcileDay(deps, day);
      results.push(result);
      onDay(result);
      inARow = 0;
    } catch (error) {
      if (!(error instanceof ProviderSilent)) throw error;
      silent.push(error);
      inARow += 1;
      if (inARow === SILENT_DAYS) break;
    }
  }
  if (results.length > 0 || silent.length === 0) await storeResults(deps, startedAt, results);
  if (silent[0]) throw silent[0];
  return results;
}

async function storeResults(
  deps: ReconcileDeps,
  startedAt: Date,
  results: readonly DayResult[],
): Promise<void> {
  const today = dayOf(startedAt);
  const lines = results.flatMap((each) => (each.day < today ? each.lines : []));
  const notOver = results.flatMap((each) => each.lines).length - lines.length;
  await storeOutcome(deps.db, {
    kind: "stripe",
    startedAt,
    drift: lines.length,
    figures: { days: results.length, ...figureOfNotOver(notOver) },
    found: lines.map(({ kind, object, accountId }) => finding(kind, object, accountId)),
  });
}

const finding = (what: string, object: string, accountId: string | null): Finding => ({
  what,
  object,
  account: accountId && toPublicId("account", accountId),
});

/** The books of accounts that moved since the last look. Keeps what came of it. */
export async function reconcileMovedBooks({ db, log }: Pick<ReconcileDeps, "db" | "log">) {
  const startedAt = await databaseNow(db);
  const report = await checkMovedBooks(db);
  for (const drift of report.drift.slice(0, 100))
    log.error({ drift }, "an account's books differ from its entries");
  await storeOutcome(db, {
    kind: "books_moved",
    startedAt,
    drift: report.drift.length,
    figures: { accounts: report.accounts, entries: String(report.entries) },
    found: report.drift.map(ofBooks),
  });
  return report;
}

const ofBooks = ({ what, grantId, accountId }: Drift): Finding =>
  finding(what, grantId ?? accountId, accountId);

/** The books of all accounts, from their first entries. Keeps what came of it; throws as `checkBooks` does. */
export async function reconcileAllBooks(
  { db, log }: Pick<ReconcileDeps, "db" | "log">,
  goOn?: () => boolean,
  onCompared?: (accounts: number) => void,
): Promise<void> {
  const startedAt = await databaseNow(db);
  const store = (drift: readonly Drift[]) =>
    storeOutcome(db, {
      kind: "books_full",
      startedAt,
      drift: drift.length,
      figures: { accounts: new Set(drift.map((each) => each.accountId)).size },
      found: drift.map(ofBooks),
    });
  try {
    await checkBooks({ db, log }, goOn, onCompared);
  } catch (error) {
    if (error instanceof BooksDrifted) await store(error.drift);
    throw error;
  }
  await store([]);
}

/**
 * Every night: the books that moved, and with Stripe the days of the last week that are over and not finished, those before that nobody
 * compared, and those that have a difference, of very many the ones that were not compared for the longest time.
 */
export async function reconcileNightly(deps: ReconcileDeps, target: AlarmTarget | null): Promise<void> {
  try {
    await reconcileMovedBooks(deps);
    // An older database does not know yet what Stripe took since: it is compared once that was brought back.
    if ((await findRecovery(deps.db)) === null) await reconcileLastDays(deps);
  } finally {
    // Whatever else could not be asked: Stripe's silence withholds nothing that is known.
    await tellOfDrift(deps, target);
  }
}

async function reconcileLastDays(deps: ReconcileDeps): Promise<void> {
  const today = await databaseNow(deps.db);
  const ago = (days: number) => dayOf(new Date(today.getTime() - days * DAY_MS));
  const again = (await listDaysWithDrift(deps.db, { most: DAYS_AGAIN })).map(({ day }) => day);
  const leftOut = await listDaysLeftOut(deps.db, ago(DAYS_LEFT_OUT), ago(DAYS_BACK + 1));
  const days = new Set([...daysBetween(ago(DAYS_BACK), ago(1)), ...leftOut, ...again]);
  const onDay = ({ lines }: DayResult) => {
    for (const line of lines)
      deps.log.error(
        { ...line, cents: String(line.cents), credits: String(line.credits) },
        "Stripe and the books differ",
      );
  };
  await reconcileDays(deps, [...days], { onDay });
}

/** Every night the books of all accounts (`reconcileAllBooks`), and what was found is told. */
export async function checkBooksNightly(
  deps: Pick<ReconcileDeps, "db" | "log">,
  target: AlarmTarget | null,
  goOn?: () => boolean,
): Promise<void> {
  try {
    await reconcileAllBooks(deps, goOn);
  } finally {
    await tellOfDrift(deps, target);
  }
}

/** Sends what was found and nobody was told of. Throws `AlarmNotTaken`, to be called again. */
export async function tellOfDrift(
  { db }: Pick<ReconcileDeps, "db">,
  target: AlarmTarget | null,
): Promise<void> {
  if (!target) return;
  await passOverTold(db);
  for (const { id, kind, finishedAt, drift, result } of await listUntold(db)) {
    const { found } = result as { readonly found: readonly Finding[] };
    await sendAlarm(
      target,
      { kind, finishedAt: finishedAt.toISOString(), drift, found },
      await databaseNow(db),
    );
    await markTold(db, id);
  }
}
