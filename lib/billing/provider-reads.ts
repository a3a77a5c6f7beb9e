import { eq, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { accounts } from "../../db/schema";
import type { AccountRow } from "./account";

/** What Stripe is asked for as a whole, each counted by itself. */
export type Topic = "plan" | "cards";

export type Question = { readonly number: bigint; readonly customerId: string | null };

/** So many answers can be overtaken only where as many callers ask at once. */
export const MOST_QUESTIONS = 10;

const NEXT = {
  plan: { subscriptionAsked: sql`${accounts.subscriptionAsked} + 1` },
  cards: { cardsAsked: sql`${accounts.cardsAsked} + 1` },
} as const;

const NUMBER = { plan: accounts.subscriptionAsked, cards: accounts.cardsAsked } as const;

/** Numbers a question to Stripe, before it is put. Throws for an account that does not exist. */
export async function numberQuestion(
  db: Pick<Database, "update">,
  accountId: string,
  topic: Topic,
): Promise<Question> {
  const [row] = await db
    .update(accounts)
    .set(NEXT[topic])
    .where(eq(accounts.id, accountId))
    .returning({ number: NUMBER[topic], customerId: accounts.stripeCustomerId });
  if (!row) throw new Error(`account ${accountId} does not exist`);
  return row;
}

/**
 * A step: whether the answer to a question is to be kept, which is noted if so. Call it with the account as it was read
 * under its lock.
 *
 * An answer is kept where it was read after whatever is kept already. A later question that was answered before says all
 * that this one could: `known`. One that was already asked when an earlier question's answer was kept may have been read
 * before or after that; nobody can tell, and Stripe has to be asked anew: `ask_again`.
 */
export async function noteAnswer(
  tx: Tx,
  account: AccountRow,
  { topic, number }: { readonly topic: Topic; readonly number: bigint },
): Promise<"keep" | "known" | "ask_again"> {
  const { answered, overlapped } = heardOf(account, topic);
  if (number <= answered) return "known";
  if (number <= overlapped) return "ask_again";
  const noted =
    topic === "plan"
      ? { subscriptionAnswered: number, subscriptionOverlapped: accounts.subscriptionAsked }
      : { cardsAnswered: number, cardsOverlapped: accounts.cardsAsked };
  await tx.update(accounts).set(noted).where(eq(accounts.id, account.id));
  return "keep";
}

const heardOf = (account: AccountRow, topic: Topic): { answered: bigint; overlapped: bigint } =>
  topic === "plan"
    ? { answered: account.subscriptionAnswered, overlapped: account.subscriptionOverlapped }
    : { answered: account.cardsAnswered, overlapped: account.cardsOverlapped };
