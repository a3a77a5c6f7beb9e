import { and, eq, lte, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { accounts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import { convergeCycle } from "./converge-cycle";

/**
 * Opens the cycle that is running now where the stored one is over: one indexed look-up when there is nothing to do.
 * Whoever reads or spends an account's credits may call it, so that no account depends on a job having run. Returns
 * whether there was something to do.
 */
export async function openCycle(db: Database, accountId: string): Promise<boolean> {
  const due = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        eq(accounts.id, accountId),
        lte(sql`coalesce(${accounts.cycleDueAt}, ${accounts.periodEnd})`, sql`now()`),
      ),
    );
  if (due.length === 0) return false;
  await transact(db, async (tx) => convergeCycle(tx, await lockAccount(tx, accountId)));
  return true;
}

/** Converges whatever a schedule or a change made due, looked at or not. */
export async function convergeAccount(db: Database, accountId: string): Promise<void> {
  await transact(db, async (tx) => convergeCycle(tx, await lockAccount(tx, accountId)));
}
