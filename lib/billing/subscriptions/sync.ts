import type { Tx } from "../../../db/client";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import { applyFactsAndTell } from "../allowances/apply/apply-facts";
import { syncAttention } from "../attention/items";
import type { BillingDeps, Synced, SyncOptions } from "../deps";
import type { BillingFacts } from "../facts";
import { refusedIsUnknown } from "../gateway";
import { acceptRead, MAX_READS, startRead } from "../provider-reads";
import { claimCancellations } from "./claim-cancellations";
import { claimFormerSchedules } from "./claim-former";
import { followRead } from "./follow-read";
import { mailPlanNews } from "./mails";
import { storeFacts } from "./mirror";
import { applyFactsToPayment } from "./payment-rows";
import { findKnown } from "./read-mirror";
import { leavingOf, tellOfRenewals } from "./renewed-after-cancel";

/** Of an account that is no customer, Stripe knows nothing; what was known of it stays. */
const NOTHING: BillingFacts = {
  subscriptions: [],
  invoices: [],
  pendingLines: [],
  customerDeleted: false,
  notFound: [],
};

/**
 * Refetches what Stripe knows of an account's billing, keeps it as it is, and applies what it means: plan, cycle,
 * allowances and the plan's payments, in one transaction. Any number of callers may run it, in any order and at once:
 * reads are numbered, and what Stripe said earlier never overwrites what it said later. A read that is superseded
 * every time is given up: then the schedule asks again later.
 */
export async function syncSubscription(
  deps: BillingDeps,
  { accountId }: { readonly accountId: string },
  options: SyncOptions = {},
): Promise<Synced> {
  for (let asks = 0; asks < MAX_READS; asks += 1) {
    const read = await startRead(deps.db, accountId, "plan");
    const asked = read.customerId
      ? refusedIsUnknown(
          await deps.plans.readBilling(read.customerId, await findKnown(deps.db, accountId, options)),
        )
      : ({ kind: "answered", value: NOTHING } as const);
    if (asked.kind !== "answered") {
      deps.log.warn({ accountId, asked }, "Stripe did not say what an account subscribes to");
      return { facts: null };
    }
    const ours = await claimFormerSchedules(deps, accountId, asked.value);
    const facts = ours && (await claimCancellations(deps, accountId, ours));
    if (!facts) {
      deps.log.warn({ accountId }, "Stripe did not say whose a schedule or a cancellation is");
      return { facts: null };
    }
    const outcome = await transact(deps.db, (tx) =>
      store(tx, deps, { accountId, number: read.number }, facts, options),
    );
    if (outcome === "up_to_date") return { facts };
  }
  deps.log.warn({ accountId }, "every read of what an account subscribes to was superseded by another");
  return { facts: null };
}

async function store(
  tx: Tx,
  deps: BillingDeps,
  { accountId, number }: { accountId: string; number: bigint },
  facts: BillingFacts,
  options: SyncOptions,
): Promise<"up_to_date" | "read_again"> {
  const { account, now } = await lockAccount(tx, accountId);
  const answer = await acceptRead(tx, account, { topic: "plan", number });
  if (answer === "read_again") return answer;
  if (answer === "apply") {
    const { ofOtherAccounts, before } = await storeFacts(tx, accountId, facts, { now });
    await tellOfReading(tx, deps, { accountId, facts, ofOtherAccounts, now });
    await tellOfRenewals(tx, { accountId, before: leavingOf(before.subscriptions), now, log: deps.log });
    await applyFactsToPayment(tx, accountId, facts, now);
    await applyFactsAndTell(tx, { account, now }, deps.log);
    const subscribed = await followRead(tx, accountId, now);
    await mailPlanNews(tx, { accountId, facts, before, subscribed, now });
  }
  await options.also?.(tx);
  return "up_to_date";
}

/** What is another account's, and what Stripe says it has not any more, though it was known: neither is silent. */
function tellOfReading(
  tx: Tx,
  { log }: BillingDeps,
  { accountId, facts, ofOtherAccounts, now }: Reading,
): Promise<void> {
  // Where the customer was deleted, so was all of it.
  const notFound = facts.customerDeleted ? [] : facts.notFound;
  return syncAttention(tx, {
    accountId,
    owns: ["subscription_of_two_accounts", "object_not_found"],
    found: [
      ...ofOtherAccounts.map((id) => ({
        reason: "subscription_of_two_accounts" as const,
        object: "subscription" as const,
        id,
      })),
      ...notFound.map((id) => ({
        reason: "object_not_found" as const,
        object: id.startsWith("in_") ? ("invoice" as const) : ("subscription" as const),
        id,
      })),
    ],
    now,
    log,
  });
}

type Reading = {
  readonly accountId: string;
  readonly facts: BillingFacts;
  readonly ofOtherAccounts: readonly string[];
  readonly now: Date;
};
