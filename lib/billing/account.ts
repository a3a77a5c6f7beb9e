import { eq, inArray, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../db/client";
import { prepareOnce } from "../../db/prepare-once";
import { accounts } from "../../db/schema";
import { getPlan } from "../catalog/plans";
import { err, invariant, ok, type Result } from "../result";

export type AccountRow = typeof accounts.$inferSelect;

export type MayNotBuy =
  | { readonly code: "plan_required" }
  | { readonly code: "past_due" }
  /** On trial, paused, or with nothing paid for yet. */
  | { readonly code: "plan_not_active" }
  /** A bank has yet to decide about a payment of the account. */
  | { readonly code: "payment_disputed" }
  /** The cycle is over and the next has not been opened yet: there is no end to give the credits. */
  | { readonly code: "cycle_ended" };

/**
 * Takes the account's billing lock and reads the database's clock after it was granted. Whatever checks and then
 * writes an order or a card does both under this lock.
 */
export async function lockAccount(tx: Tx, accountId: string): Promise<LockedAccount> {
  const [locked] = await lockAccounts(tx, [accountId]);
  invariant(locked, `account ${accountId} exists`);
  return locked;
}

/** Not `for update`: rows that refer to the account may still be inserted meanwhile. */
const NOT_ITS_KEY = "no key update";

/** What everything that changes an account begins with. */
const lockOne = prepareOnce(["id"], (tx, { id }: { readonly id: string }) =>
  tx.select().from(accounts).where(eq(accounts.id, id)).for(NOT_ITS_KEY).prepare("lock_account"),
);

export type LockedAccount = { readonly account: AccountRow; readonly now: Date };

/** The same for several accounts, in id order, so that no two callers can deadlock; one that does not exist is missing. */
export async function lockAccounts(tx: Tx, ids: readonly string[]): Promise<readonly LockedAccount[]> {
  const [only, ...others] = ids;
  const [rows, clock] = await Promise.all([
    only !== undefined && others.length === 0
      ? lockOne(tx, { id: only })
      : tx
          .select()
          .from(accounts)
          .where(inArray(accounts.id, [...ids]))
          .orderBy(accounts.id)
          .for(NOT_ITS_KEY),
    tx.execute<{ now: string }>(sql`select clock_timestamp() as now`),
  ]);
  const [time] = clock;
  invariant(time, "the database has a clock");
  return rows.map((account) => ({ account, now: new Date(time.now) }));
}

/**
 * From this instant on whoever reads or moves the account's credits opens its next cycle first: the end of the running
 * one. Where nobody knows how it goes on, or it could not be opened, the instant to look again.
 */
export const opensAt = ({ periodEnd, cycleDueAt }: Pick<AccountRow, "periodEnd" | "cycleDueAt">): Date =>
  cycleDueAt && cycleDueAt > periodEnd ? cycleDueAt : periodEnd;

/** The account and the database's clock, without the lock: for looking, and for what Stripe is asked. */
export async function readAccount(
  db: Reader,
  accountId: string,
): Promise<{ account: AccountRow; now: Date }> {
  const [row] = await db
    .select({ account: accounts, now: sql<string>`clock_timestamp()` })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  invariant(row, `account ${accountId} exists`);
  return { account: row.account, now: new Date(row.now) };
}

/** Whether this account may buy add-on credits at this instant. */
export function checkMayBuy(
  account: Pick<AccountRow, "plan" | "planStatus" | "periodEnd">,
  now: Date,
): Result<undefined, MayNotBuy> {
  const { plan, planStatus } = account;
  if (planStatus === "past_due") return err({ code: "past_due" });
  // Before the plan: while it is pending, what is stored may be the Free plan that there was before.
  if (planStatus !== "active" && planStatus !== "canceled") return err({ code: "plan_not_active" });
  if (!getPlan(plan).mayBuyCredits || planStatus === "canceled") return err({ code: "plan_required" });
  if (account.periodEnd <= now) return err({ code: "cycle_ended" });
  return ok();
}
