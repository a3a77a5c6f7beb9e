import { asc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { balances, creditLooks } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { forEachAccount, type TroubleLog } from "../../ledger/each-account";
import type { CycleFigures } from "../../ledger/figures";
import { findBalance } from "../../ledger/queries";
import { mailBuyers } from "../../outbox/enqueue";
import { checkMayBuy, readAccount } from "../account";
import { tellFrozen } from "../returns/queries";

/** Percent of the total of a cycle, the lowest first. */
const LEVELS = [0, 5, 15] as const;
type Level = (typeof LEVELS)[number];

const AT_A_TIME = 500;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

export type NoticeDeps = { readonly db: Database; readonly log: TroubleLog };

/**
 * Mails accounts whose remaining credits fell to 15, 5 or 0 % of their cycle's total: once for each level and cycle, and
 * where several were passed between two looks, for the lowest alone. Looks at accounts in which something moved since it
 * looked last; one account's trouble is logged and stops nobody. `goOn` is asked between rounds.
 */
export async function noticeLowCredits(
  { db, log }: NoticeDeps,
  goOn: () => boolean = () => true,
): Promise<void> {
  let after = FIRST_ID;
  while (goOn()) {
    const moved = await findMoved(db, after);
    const accountIds = moved.map((each) => each.accountId);
    const trouble = "whether an account's credits are low could not be told";
    await forEachAccount(accountIds, { log, trouble, step: (accountId) => look(db, accountId) });
    after = accountIds.at(-1) ?? after;
    if (moved.length < AT_A_TIME) return;
  }
}

/** In the order of their ids, so that those in trouble are passed and not met again. */
const findMoved = (db: Database, after: string) =>
  db
    .select({ accountId: balances.accountId })
    .from(balances)
    .leftJoin(creditLooks, eq(creditLooks.accountId, balances.accountId))
    .where(sql`${balances.lastSeq} > coalesce(${creditLooks.seq}, 0) and ${gt(balances.accountId, after)}`)
    .orderBy(asc(balances.accountId))
    .limit(AT_A_TIME);

async function look(db: Database, accountId: string): Promise<void> {
  const found = await findBalance(db, accountId);
  if (!found) return;
  const balance = await tellFrozen(db, accountId, found);
  const { account, now } = await readAccount(db, accountId);
  // A cycle that is over is not looked at: opening the next moves credits, and then it is.
  const isRunning = !balance.mustOpen && now < account.periodEnd;
  const level = isRunning ? levelOf(balance) : null;
  await transact(db, async (tx) => {
    if (level !== null) {
      const { startedAt, remaining, total, frozenPlan, owed } = balance;
      await mailBuyers(tx, accountId, {
        kind: "low_credits",
        effect: `low_credits:${startedAt.toISOString()}:${level}`,
        facts: {
          level,
          remaining,
          total,
          frozen: frozenPlan,
          owed,
          cycleEndsAt: account.periodEnd,
          mayBuy: checkMayBuy(account, now).ok,
        },
      });
    }
    const seq = balance.lastSeq; // What moved since is looked at again.
    await tx
      .insert(creditLooks)
      .values({ accountId, seq })
      .onConflictDoUpdate({ target: creditLooks.accountId, set: { seq } });
  });
}

/** The lowest level at or below which the remaining credits are; null for none. */
export function levelOf({ remaining, total }: Pick<CycleFigures, "remaining" | "total">): Level | null {
  if (total === 0n) return null;
  return LEVELS.find((level) => remaining * 100n <= total * BigInt(level)) ?? null;
}
