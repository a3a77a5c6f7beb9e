import { eq, sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { stripeAccount } from "../../db/schema";

export type Recovery = {
  /** When it was noticed, or asked for. */
  readonly since: Date;
  /** Stripe's id of what told of it. */
  readonly because: string | null;
};

/** Whether this database is known to be older than what Stripe took, as after a restored backup; null: it is not. */
export async function findRecovery(db: Reader): Promise<Recovery | null> {
  const [row] = await db
    .select({ since: stripeAccount.recoveringSince, because: stripeAccount.recoveringBecause })
    .from(stripeAccount);
  return row?.since ? { since: row.since, because: row.because } : null;
}

/** From now on nothing is sold, swept or renewed, in any process. Beginning it twice is beginning it once. */
export async function beginRecovery(db: Database, because: string | null): Promise<void> {
  await db
    .update(stripeAccount)
    .set({
      recoveringSince: sql`coalesce(${stripeAccount.recoveringSince}, now())`,
      recoveringBecause: sql`coalesce(${stripeAccount.recoveringBecause}, ${because})`,
    })
    .where(eq(stripeAccount.one, true));
}

/** Everything goes on. What was made at Stripe before `until` was looked at, and starts no recovery again. */
export async function endRecovery(db: Pick<Database, "update">, until: Date): Promise<void> {
  await db
    .update(stripeAccount)
    .set({ recoveringSince: null, recoveringBecause: null, recoveredUntil: until })
    .where(eq(stripeAccount.one, true));
}

/** Runs a job only while nothing has to be recovered: it is done by the next run of the schedule after that. */
export const unlessRecovering =
  (db: Reader) =>
  <Args extends readonly unknown[]>(run: (...args: Args) => Promise<void>) =>
  async (...args: Args): Promise<void> => {
    if ((await findRecovery(db)) === null) await run(...args);
  };
