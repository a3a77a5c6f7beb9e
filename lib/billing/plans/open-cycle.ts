import { and, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { accounts, balances } from "../../../db/schema";
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

/**
 * Converges accounts that the schedule found due, in one transaction. Nobody is told of it, and decided again it comes
 * out the same: so the commit need not wait for the disk, and what a crash takes back is done again. With ten thousand
 * cycles ending at one instant, waiting for the disk and for answers is most of the time.
 */
export async function convergeDue(db: Database, accountIds: readonly string[]): Promise<void> {
  const ids = accountIds.toSorted();
  await transact(db, async (tx) => {
    // Sent together, run in order. Locks in id order, accounts before balances, so that no two can deadlock.
    const [, locked] = await Promise.all([
      tx.execute(sql`set local synchronous_commit to off`),
      Promise.all(ids.map((id) => lockAccount(tx, id))),
      tx
        .select({ accountId: balances.accountId })
        .from(balances)
        .where(inArray(balances.accountId, ids))
        .orderBy(balances.accountId)
        .for("no key update"),
    ]);
    // All of them have to be done before the transaction may end, also when one fails: none may send anything after it.
    const done = await Promise.allSettled(locked.map((each) => convergeCycle(tx, each)));
    const failed = done.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  });
}
