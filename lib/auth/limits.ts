import { and, eq, gt, lte, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { signInFailures, signInTurns } from "../../db/schema";

export type Limit = { readonly subject: string; readonly most: number };
export type Counted = {
  readonly windowStart: Date;
  /** How many there were in this window, the most of any subject, with this one. */
  readonly attempts: number;
  /** By this process's clock, which it will be compared with; the waiting time is counted by the database's. */
  readonly blockedUntil: Date | null;
};

const WINDOW = sql`date_bin('15 minutes', now(), timestamptz 'epoch')`;
const WINDOW_MS = 15 * 60_000;

/**
 * Counts one attempt against every limit and says whether it is one too many. Counting comes before the attempt
 * and is one statement, so a thousand guesses at once are counted one after the other. Pass the limits from the
 * narrowest subject to the widest: rows are locked in that order by everybody.
 */
export async function countAttempt(db: Database, limits: readonly Limit[]): Promise<Counted> {
  const rows = await db
    .insert(signInFailures)
    .values(limits.map(({ subject }) => ({ subject, windowStart: WINDOW, failures: 1 })))
    .onConflictDoUpdate({
      target: [signInFailures.subject, signInFailures.windowStart],
      set: { failures: sql`least(${signInFailures.failures} + excluded.failures, 1000000)` },
    })
    .returning({
      subject: signInFailures.subject,
      windowStart: signInFailures.windowStart,
      failures: signInFailures.failures,
      now: sql<string>`now()`,
    });
  const over = rows.filter((row) => {
    const limit = limits.find((each) => each.subject === row.subject);
    return limit !== undefined && row.failures > limit.most;
  });
  const windowStart = new Date(Math.min(...rows.map((row) => row.windowStart.getTime())));
  const attempts = Math.max(...rows.map((row) => row.failures));
  const waits = over.map((row) => row.windowStart.getTime() + WINDOW_MS - new Date(row.now).getTime());
  const blockedUntil = over.length > 0 ? new Date(Date.now() + Math.max(...waits)) : null;
  return { windowStart, attempts, blockedUntil };
}

const rowOf = (subject: string, { windowStart }: Counted) =>
  and(eq(signInFailures.subject, subject), eq(signInFailures.windowStart, windowStart));

/** After a success: forgets all failures of this subject in the window. */
export async function forgive(
  db: Database,
  counted: Counted,
  { cleared }: { readonly cleared: string },
): Promise<void> {
  await db.delete(signInFailures).where(rowOf(cleared, counted));
}

/** After a success: takes back this one attempt from what many share. */
export async function takeBack(db: Database, counted: Counted, subject: string): Promise<void> {
  await db
    .update(signInFailures)
    .set({ failures: sql`${signInFailures.failures} - 1` })
    .where(and(rowOf(subject, counted), gt(signInFailures.failures, 0)));
}

/** Real time: a rehearsal's clock that is moved back must not keep anybody waiting. */
const NOW = sql`pg_catalog.now()`;

/**
 * Takes the next turn of this subject, for all processes: one statement, and nothing is held afterwards. Whoever comes
 * within `delayMs` has to wait. Returns the milliseconds until there is a turn; 0 when it was taken.
 */
export async function takeTurn(db: Database, subject: string, delayMs: number): Promise<number> {
  const freeAt = sql`${NOW} + ${delayMs} * interval '1 millisecond'`;
  const taken = await db
    .insert(signInTurns)
    .values({ subject, freeAt })
    .onConflictDoUpdate({
      target: signInTurns.subject,
      set: { freeAt: sql`excluded.free_at` },
      setWhere: lte(signInTurns.freeAt, NOW),
    })
    .returning({ subject: signInTurns.subject });
  if (taken.length > 0) return 0;
  const [wait] = await db
    .select({ ms: sql<number>`ceil(extract(epoch from ${signInTurns.freeAt} - ${NOW}) * 1000)::int` })
    .from(signInTurns)
    .where(eq(signInTurns.subject, subject));
  return Math.max(1, wait?.ms ?? 1);
}
