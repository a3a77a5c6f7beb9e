import { and, eq } from "drizzle-orm";
import { subscriptions } from "../../../db/schema";
import type { BillingDeps } from "../deps";
import type { BillingFacts, SubscriptionFact } from "../facts";
import { endsWithPeriod, isMarkOf } from "./cancellations";

/**
 * A cancellation that is known to be the customer's and does not say so at Stripe, because it is from before there were marks
 * or its period was moved, is marked before what was read is stored: then it can be taken back as any other. Null where Stripe
 * did not answer: then nothing of the read may be stored.
 */
export async function claimCancellations(
  deps: BillingDeps,
  accountId: string,
  facts: BillingFacts,
): Promise<BillingFacts | null> {
  if (!facts.subscriptions.some(isUnmarked)) return facts;
  const rows = await deps.db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), subscriptions.canceledByCustomer));
  const claimed: SubscriptionFact[] = [];
  for (const fact of facts.subscriptions) {
    const isTheirs = isUnmarked(fact) && rows.some(({ id }) => id === fact.id);
    const asked = isTheirs ? await deps.plans.claimCancellation(fact.id) : null;
    if (asked?.kind === "unknown") return null;
    // Refused, it has ended by now.
    claimed.push(asked?.kind === "answered" ? { ...fact, cancelMark: asked.value.mark } : fact);
  }
  return { ...facts, subscriptions: claimed };
}

const isUnmarked = (fact: SubscriptionFact): boolean =>
  fact.cancelAt !== null &&
  fact.endedAt === null &&
  fact.schedule === null &&
  endsWithPeriod(fact) &&
  !isMarkOf(fact.cancelMark, fact.cancelAt.getTime() / 1000);
