import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { reconciledDays, type reconciliationKind, reconciliations } from "../../db/schema";
import { newId } from "../ids";
import type { DayResult } from "./compare-day";

export type ReconciliationKind = (typeof reconciliationKind.enumValues)[number];

/** As it is kept and told: what, which object, whose. */
export type Finding = { readonly what: string; readonly object: string; readonly account: string | null };

export type Outcome = {
  readonly kind: ReconciliationKind;
  readonly startedAt: Date;
  readonly drift: number;
  readonly figures: Readonly<Record<string, string | number>>;
  readonly found: readonly Finding[];
};

const MAX_KEPT = 100;

/** JSON has no whole numbers of any size: amounts are digits. */
export const toJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each)));

export async function databaseNow(db: Pick<Database, "execute">): Promise<Date> {
  const [row] = await db.execute<{ now: string }>(sql`select clock_timestamp() as now`);
  return new Date(row?.now ?? Number.NaN);
}

/** Keeps what a run found, for health and the alarm. */
export async function storeOutcome(
  db: Database,
  { kind, startedAt, drift, figures, found }: Outcome,
): Promise<void> {
  await db.insert(reconciliations).values({
    id: newId(),
    kind,
    startedAt,
    finishedAt: sql`clock_timestamp()`,
    drift,
    result: toJson({ figures, found: found.slice(0, MAX_KEPT) }),
  });
}

/** Keeps a finished day, so that an interrupted run goes on behind it. */
export async function storeDay(db: Database, { day, ...result }: DayResult): Promise<void> {
  const row = { finishedAt: sql`clock_timestamp()`, drift: result.lines.length, result: toJson(result) };
  await db
    .insert(reconciledDays)
    .values({ day, ...row })
    .onConflictDoUpdate({ target: reconciledDays.day, set: row });
}

/** Whether a day was compared to its end and nothing was left to explain. */
export const isDone = async (db: Database, day: string): Promise<boolean> =>
  (await db.$count(reconciledDays, and(eq(reconciledDays.day, day), eq(reconciledDays.drift, 0)))) > 0;

export type DayWithDrift = { readonly day: string; readonly drift: number };

/** Days that were compared and are not explained, those first that were compared the longest ago. */
export const listDaysWithDrift = (
  db: Pick<Database, "select">,
  { most }: { readonly most: number },
): Promise<DayWithDrift[]> =>
  db
    .select({ day: reconciledDays.day, drift: reconciledDays.drift })
    .from(reconciledDays)
    .where(gt(reconciledDays.drift, 0))
    .orderBy(reconciledDays.finishedAt, reconciledDays.day)
    .limit(most);

/** Days between two, both among them, that nobody compared though one before them was. */
export async function listDaysLeftOut(db: Database, first: string, last: string): Promise<readonly string[]> {
  const rows = await db.execute<{ day: string }>(sql`
    select at::date::text as day
    from (select min(day) as earliest from reconciled_days) as compared
    cross join generate_series(greatest(${first}::date, earliest), ${last}::date, interval '1 day') as at
    where earliest is not null and not exists (select from reconciled_days as d where d.day = at::date) order by 1`);
  return rows.map(({ day }) => day);
}

/**
 * What a run's drift is now: with Stripe it is what all compared days have, whichever of them the run looked at, as a difference
 * that is not mended is one for as long as it is there. A day that is not over has none yet.
 */
export const driftNow = sql<number>`case when ${reconciliations.kind} = 'stripe'
  then (select coalesce(sum(d.drift), 0)::int from reconciled_days as d where d.drift > 0) else ${reconciliations.drift} end`;

export type LastReconciliation = {
  readonly kind: ReconciliationKind;
  readonly finishedAt: Date;
  /** With Stripe of all compared days (`driftNow`), otherwise of the run. */
  readonly drift: number;
  /** Of a comparison with Stripe: what it found of a day that is not over. What is under way may explain that: it is no drift. */
  readonly notOver?: number;
};

/** The figure of a run that says so, as operators read it. */
const NOT_OVER = "differences of a day that is not over";
export const figureOfNotOver = (lines: number): Outcome["figures"] =>
  lines > 0 ? { [NOT_OVER]: lines } : {};

/** The newest of each kind. */
export async function listLast(
  db: Pick<Database, "selectDistinctOn">,
): Promise<readonly LastReconciliation[]> {
  const { kind, finishedAt, result } = reconciliations;
  const rows = await db
    .selectDistinctOn([kind], {
      kind,
      finishedAt,
      drift: driftNow,
      notOver: sql<number | null>`(${result}->'figures'->>${NOT_OVER}::text)::int`,
    })
    .from(reconciliations)
    .orderBy(kind, desc(finishedAt));
  return rows.map(({ notOver, ...last }) => (notOver === null ? last : { ...last, notOver }));
}

const UNTOLD_AT_A_TIME = 100;

/** What was found and nobody was told of yet, the oldest first; of very much the newest. */
export async function listUntold(db: Database) {
  const rows = await db
    .select()
    .from(reconciliations)
    .where(and(isNull(reconciliations.toldAt), gt(reconciliations.drift, 0)))
    .orderBy(desc(reconciliations.finishedAt))
    .limit(UNTOLD_AT_A_TIME);
  return rows.reverse();
}

/** A run that failed and was tried again finds the same: who was told of it in this half of a day is not told again. */
export const passOverTold = (db: Database) =>
  db.execute(sql`
    update reconciliations as r set told_at = now()
    where r.told_at is null and r.drift > 0 and exists (
      select from reconciliations as t
      where t.kind = r.kind and t.drift = r.drift and t.told_at > now() - interval '12 hours'
        and t.result->'found' = r.result->'found')`);

export const markTold = (db: Database, id: string) =>
  db.update(reconciliations).set({ toldAt: sql`now()` }).where(eq(reconciliations.id, id));
