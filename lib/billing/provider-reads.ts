import { eq, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { accounts } from "../../db/schema";
import type { AccountRow } from "./account";

/** What is read from Stripe as a whole, each counted by itself. */
export type Topic = "plan" | "cards";

export type StartedRead = { readonly number: bigint; readonly customerId: string | null };

/** So many reads can be superseded only where as many callers read at once. */
export const MAX_READS = 10;

const NEXT = {
  plan: { subscriptionReadStarted: sql`${accounts.subscriptionReadStarted} + 1` },
  cards: { cardsReadStarted: sql`${accounts.cardsReadStarted} + 1` },
} as const;

const NUMBER = { plan: accounts.subscriptionReadStarted, cards: accounts.cardsReadStarted } as const;

/** Numbers a read, before Stripe is asked. Throws for an account that does not exist. */
export async function startRead(
  db: Pick<Database, "update">,
  accountId: string,
  topic: Topic,
): Promise<StartedRead> {
  const [row] = await db
    .update(accounts)
    .set(NEXT[topic])
    .where(eq(accounts.id, accountId))
    .returning({ number: NUMBER[topic], customerId: accounts.stripeCustomerId });
  if (!row) throw new Error(`account ${accountId} does not exist`);
  return row;
}

/** What is done with a read. */
export type ReadVerdict = "apply" | "up_to_date" | "read_again";

/** The last read that was applied, and the last that had started by then. */
export type ReadProgress = { readonly applied: bigint; readonly superseded: bigint };

/**
 * Whether a read of this number is to be applied: whatever is read as a whole and numbered when it starts goes by this.
 *
 * A read is applied where Stripe was asked after whatever is applied already. One that started before the read that was
 * applied last says nothing new: `up_to_date`. One that had started when an earlier read was applied may have been answered
 * before or after that; nobody can tell, so it is superseded and Stripe has to be asked anew: `read_again`.
 */
export function judgeRead(number: bigint, { applied, superseded }: ReadProgress): ReadVerdict {
  if (number <= applied) return "up_to_date";
  return number <= superseded ? "read_again" : "apply";
}

/**
 * A step: whether what was read is to be applied, which is noted if so. Call it with the account as it was read under its
 * lock.
 */
export async function acceptRead(
  tx: Tx,
  account: AccountRow,
  { topic, number }: { readonly topic: Topic; readonly number: bigint },
): Promise<ReadVerdict> {
  const verdict = judgeRead(number, progressOf(account, topic));
  if (verdict !== "apply") return verdict;
  const noted =
    topic === "plan"
      ? { subscriptionReadApplied: number, subscriptionReadSuperseded: accounts.subscriptionReadStarted }
      : { cardsReadApplied: number, cardsReadSuperseded: accounts.cardsReadStarted };
  await tx.update(accounts).set(noted).where(eq(accounts.id, account.id));
  return verdict;
}

const progressOf = (account: AccountRow, topic: Topic): ReadProgress =>
  topic === "plan"
    ? { applied: account.subscriptionReadApplied, superseded: account.subscriptionReadSuperseded }
    : { applied: account.cardsReadApplied, superseded: account.cardsReadSuperseded };
