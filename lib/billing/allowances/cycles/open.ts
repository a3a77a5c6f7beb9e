import { and, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database, Tx } from "../../../../db/client";
import { accounts, balances } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { setOpensAt } from "../../../ledger/start-cycle";
import { type AccountRow, lockAccount, lockAccounts, opensAt } from "../../account";
import { applyFactsTogether } from "../apply/apply-facts";

/**
 * Opens the cycle that is running now where the stored one is over: one look-up by the account's key when there is
 * nothing to do. Whoever reads or spends an account's credits may call it, so that no account depends on a job having
 * run. Returns whether there was something to do.
 */
export async function openCycle(db: Database, accountId: string): Promise<boolean> {
  const due = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        eq(accounts.id, accountId),
        lte(sql`greatest(${accounts.periodEnd}, ${accounts.cycleDueAt})`, sql`now()`),
      ),
    );
  if (due.length === 0) return false;
  await openTogether(db, [accountId]);
  return true;
}

export type Locked = { readonly account: AccountRow; readonly now: Date };

export const isToOpen = ({ account, now }: Locked): boolean => opensAt(account) <= now;

/** Opens the running cycle of each account whose stored one is over, in one transaction; as `convergeDue`. */
export const openTogether = (db: Database, accountIds: readonly string[]): Promise<void> =>
  convergeTogether(db, accountIds, { isDue: isToOpen, unattended: false });

/** Converges accounts that the schedule found due, in one transaction: a Free one that nobody used is left as it is. */
export const convergeDue = (db: Database, accountIds: readonly string[]): Promise<void> =>
  convergeTogether(db, accountIds, { isDue: () => true, unattended: true });

/**
 * Nobody is told of it, and decided again it comes out the same: so the commit need not wait for the disk, and what a
 * crash takes back is done again. With ten thousand cycles ending at one instant, waiting for the disk and for answers
 * is most of the time.
 */
async function convergeTogether(
  db: Database,
  accountIds: readonly string[],
  { isDue, unattended }: { readonly isDue: (locked: Locked) => boolean; readonly unattended: boolean },
): Promise<void> {
  const ids = accountIds.toSorted();
  await transact(db, async (tx) => {
    // Sent together, run in order. Locks in id order, accounts before balances, so that no two can deadlock.
    const [, locked] = await Promise.all([
      tx.execute(sql`set local synchronous_commit to off`),
      lockAccounts(tx, ids),
      ids.length > 1 ? lockBalances(tx, ids) : null,
    ]);
    const due = locked.filter(isDue).map((each) => ({ ...each, unattended }));
    if (due.length > 0) await applyFactsTogether(tx, due);
  });
}

const lockBalances = (tx: Tx, ids: readonly string[]) =>
  tx
    .select({ accountId: balances.accountId })
    .from(balances)
    .where(inArray(balances.accountId, [...ids]))
    .orderBy(balances.accountId)
    .for("no key update");

/** Leaves an account whose cycle could not be opened for a while, so that it is not tried at every spend. */
export async function openLater(db: Database, accountId: string): Promise<void> {
  await transact(db, async (tx) => {
    await lockAccount(tx, accountId);
    const [account] = await tx
      .update(accounts)
      .set({ cycleDueAt: sql`now() + interval '5 minutes'` })
      .where(eq(accounts.id, accountId))
      .returning({ periodEnd: accounts.periodEnd, cycleDueAt: accounts.cycleDueAt });
    if (account) await setOpensAt(tx, [{ accountId, at: opensAt(account) }]);
  });
}
