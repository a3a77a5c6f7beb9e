import { and, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { signInFailures } from "../../db/schema";

export type Limit = { readonly subject: string; readonly most: number };
export type Counted = {
  readonly windowStart: Date;
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
  const waits = over.map((row) => row.windowStart.getTime() + WINDOW_MS - new Date(row.now).getTime());
  return { windowStart, blockedUntil: over.length > 0 ? new Date(Date.now() + Math.max(...waits)) : null };
}

/** After a success: forgets the failures of `cleared`, and takes this one attempt back from `shared`. */
export async function forgive(
  db: Database,
  counted: Counted,
  subjects: { readonly cleared: string; readonly shared?: string },
): Promise<void> {
  const row = (subject: string) =>
    and(eq(signInFailures.subject, subject), eq(signInFailures.windowStart, counted.windowStart));
  // Two statements, each with one row's lock: together they could deadlock with somebody who is counting.
  await db.delete(signInFailures).where(row(subjects.cleared));
  if (!subjects.shared) return;
  await db
    .update(signInFailures)
    .set({ failures: sql`${signInFailures.failures} - 1` })
    .where(and(row(subjects.shared), gt(signInFailures.failures, 0)));
}
