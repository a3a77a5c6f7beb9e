import { eq, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { accounts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import type { PlanSnapshot } from "../plan-gateway";
import { convergeCycle } from "./converge-cycle";
import { applySnapshotToPayment } from "./plan-payment-rows";
import { storeSnapshot } from "./store-snapshot";

export type SyncOptions = {
  /** Runs in the transaction that stores the answer, or finds that a later question was answered already. */
  readonly also?: (tx: Tx) => Promise<void>;
};

export type Synced = {
  /** Null where Stripe did not say: nothing changed. */
  readonly snapshot: PlanSnapshot | null;
};

/** So many answers can be overtaken only where as many callers ask at once; then the schedule asks again later. */
const MOST_QUESTIONS = 10;

/**
 * Refetches everything Stripe knows of an account's plan and converges: subscription, invoices, plan, cycle,
 * allowances and the plan's payments, in one transaction. Any number of callers may run it, in any order and at once:
 * questions are numbered under the account's lock, and what Stripe said earlier never overwrites what it said later.
 */
export async function syncSubscription(
  deps: BillingDeps,
  { accountId }: { readonly accountId: string },
  options: SyncOptions = {},
): Promise<Synced> {
  for (let asks = 0; asks < MOST_QUESTIONS; asks += 1) {
    const question = await ask(deps, accountId);
    const asked = question.customerId
      ? refusedIsUnknown(await deps.plans.readPlan(question.customerId))
      : ({ kind: "answered", value: { subscriptions: [], invoices: [] } } as const);
    if (asked.kind !== "answered") {
      deps.log.warn({ accountId, asked }, "Stripe did not say what an account subscribes to");
      return { snapshot: null };
    }
    const outcome = await transact(deps.db, (tx) =>
      store(tx, deps, { accountId, number: question.number }, asked.value, options),
    );
    if (outcome === "known") return { snapshot: asked.value };
  }
  deps.log.warn({ accountId }, "what an account subscribes to was overtaken by other answers every time");
  return { snapshot: null };
}

type Question = { readonly number: bigint; readonly customerId: string | null };

async function ask(deps: BillingDeps, accountId: string): Promise<Question> {
  const [row] = await deps.db
    .update(accounts)
    .set({ subscriptionAsked: sql`${accounts.subscriptionAsked} + 1` })
    .where(eq(accounts.id, accountId))
    .returning({ number: accounts.subscriptionAsked, customerId: accounts.stripeCustomerId });
  if (!row) throw new Error(`account ${accountId} does not exist`);
  return row;
}

/**
 * An answer is kept where it was read after whatever is kept already. A later question that was answered before says all
 * that this one could. One that was already asked when an earlier question's answer was kept may have been read before
 * or after that: nobody can tell, and it has to be asked again.
 */
async function store(
  tx: Tx,
  deps: BillingDeps,
  { accountId, number }: { accountId: string; number: bigint },
  snapshot: PlanSnapshot,
  options: SyncOptions,
): Promise<"known" | "ask_again"> {
  const { account, now } = await lockAccount(tx, accountId);
  const { subscriptionAnswered: answered, subscriptionOverlapped: overlapped } = account;
  if (answered < number && number <= overlapped) return "ask_again";
  if (answered < number) {
    await tx
      .update(accounts)
      .set({ subscriptionAnswered: number, subscriptionOverlapped: accounts.subscriptionAsked })
      .where(eq(accounts.id, accountId));
    await storeSnapshot(tx, accountId, snapshot, { now, log: deps.log });
    await applySnapshotToPayment(tx, accountId, snapshot, now);
    await convergeCycle(tx, { account, now });
  }
  await options.also?.(tx);
  return "known";
}
