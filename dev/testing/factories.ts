import type { Database } from "../../db/client";
import { memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openAccount } from "../../lib/billing/open-account";
import { planIdOf } from "../../lib/catalog/plans";
import { newId } from "../../lib/ids";

const DAY_MS = 86_400_000;

export type NewAccount = {
  plan?: string;
  planStatus?: "active" | "past_due" | "canceled";
  daysIntoCycle?: number;
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
  const userId = newId();
  const email = `${userId}@example.com`;
  const start = new Date(Date.now() - (options.daysIntoCycle ?? 10) * DAY_MS);
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) };
  const accountId = await transact(db, async (tx) => {
    const { plan = "starter", planStatus = "active" } = options;
    const id = await openAccount(tx, {
      name: `Account of ${email}`,
      plan: planIdOf(plan),
      planStatus,
      cycleAnchor: start,
      period,
    });
    await tx.insert(users).values({ id: userId, email, name: "A person" });
    await tx.insert(memberships).values({ accountId: id, userId, role: options.role ?? "owner" });
    return id;
  });
  return { accountId, userId, email, periodStart: period.start, periodEnd: period.end };
}
