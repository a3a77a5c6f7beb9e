import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";

/** So many times at most in one run; each time takes up to 10,000 rows of every table. */
const MAX_ROUNDS = 100;

/**
 * Removes what has been kept long enough: sign-in counts after a day, sessions a day after they could last count, what handled
 * events said after 30 days and the events after 400, mails that were sent or given up and jobs that were given up after 90 days,
 * security events after a year, contact requests two years after they were mailed. The application
 * may delete none of these by itself; the limits are the database's (`forget_old_rows`), and nobody can shorten them.
 */
export async function forgetOldRows(db: Database): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const [done] = await db.execute<{ removed: string }>(
      sql`select public.forget_old_rows()::text as removed`,
    );
    if (done?.removed === "0") return;
  }
}
