import type { Tx } from "../../../db/client";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import type { PlanSnapshot } from "../plan-gateway";
import { MOST_QUESTIONS, noteAnswer, numberQuestion } from "../questions";
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

/**
 * Refetches everything Stripe knows of an account's plan and converges: subscription, invoices, plan, cycle,
 * allowances and the plan's payments, in one transaction. Any number of callers may run it, in any order and at once:
 * questions are numbered, and what Stripe said earlier never overwrites what it said later. An answer that is overtaken
 * every time is given up: then the schedule asks again later.
 */
export async function syncSubscription(
  deps: BillingDeps,
  { accountId }: { readonly accountId: string },
  options: SyncOptions = {},
): Promise<Synced> {
  for (let asks = 0; asks < MOST_QUESTIONS; asks += 1) {
    const question = await numberQuestion(deps.db, accountId, "plan");
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

async function store(
  tx: Tx,
  deps: BillingDeps,
  { accountId, number }: { accountId: string; number: bigint },
  snapshot: PlanSnapshot,
  options: SyncOptions,
): Promise<"known" | "ask_again"> {
  const { account, now } = await lockAccount(tx, accountId);
  const answer = await noteAnswer(tx, account, { topic: "plan", number });
  if (answer === "ask_again") return answer;
  if (answer === "keep") {
    await storeSnapshot(tx, accountId, snapshot, { now, log: deps.log });
    await applySnapshotToPayment(tx, accountId, snapshot, now);
    await convergeCycle(tx, { account, now });
  }
  await options.also?.(tx);
  return "known";
}
