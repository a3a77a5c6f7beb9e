import type { Database } from "../../db/client";
import { accounts, memberships, paymentMethods, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { getPlan, type PlanId } from "../../lib/catalog/plans";
import { newId } from "../../lib/ids";
import { commit, openBooks } from "../../lib/ledger/commit";

const DAY_MS = 86_400_000;

export type NewAccount = {
  plan?: PlanId;
  planStatus?: "active" | "past_due" | "canceled";
  daysIntoCycle?: number;
  stripeCustomerId?: string;
  /** A saved card that is the default; Stripe knows nothing of it unless the test tells it. */
  card?: { id: string; brand?: string; last4?: string };
  role?: "owner" | "billing" | "member";
};

export type MadeAccount = {
  accountId: string;
  userId: string;
  email: string;
  periodStart: Date;
  periodEnd: Date;
};

/** An account in the middle of a 30-day cycle with its plan's credits and one member. */
export async function makeAccount(db: Database, options: NewAccount = {}): Promise<MadeAccount> {
  const accountId = newId();
  const userId = newId();
  const email = `${accountId}@example.com`;
  const plan = getPlan(options.plan ?? "starter");
  const periodStart = new Date(Date.now() - (options.daysIntoCycle ?? 10) * DAY_MS);
  const periodEnd = new Date(periodStart.getTime() + 30 * DAY_MS);
  await transact(db, async (tx) => {
    await tx.insert(accounts).values({
      id: accountId,
      name: `Account ${accountId}`,
      plan: plan.id,
      planStatus: options.planStatus ?? "active",
      cycleAnchor: periodStart,
      periodStart,
      periodEnd,
      stripeCustomerId: options.stripeCustomerId ?? (options.card ? `cus_${accountId}` : null),
      defaultPaymentMethodId: options.card?.id ?? null,
    });
    await tx.insert(users).values({ id: userId, email, name: "A person" });
    await tx.insert(memberships).values({ accountId, userId, role: options.role ?? "owner" });
    if (options.card) {
      const { id, brand = "visa", last4 = "4242" } = options.card;
      const card = { accountId, id, brand, last4, expMonth: 12, expYear: 2030, createdAt: new Date() };
      await tx.insert(paymentMethods).values(card);
    }
    await openBooks(tx, accountId);
    if (!plan.creditsPerCycle) return;
    const source = `plan:${periodStart.toISOString()}`;
    const grant = {
      id: newId(),
      kind: "plan",
      source,
      credits: plan.creditsPerCycle,
      startsAt: periodStart,
      expiresAt: periodEnd,
    } as const;
    await commit(tx, accountId, [{ key: source, command: { kind: "grant", grant } }]);
  });
  return { accountId, userId, email, periodStart, periodEnd };
}
