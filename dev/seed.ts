import { eq } from "drizzle-orm";
import type { Database } from "../db/client";
import { memberships, users } from "../db/schema";
import { transact } from "../db/transact";
import { hashPassword } from "../lib/auth/passwords";
import { openAccount } from "../lib/billing/open-account";
import { type BillingPeriod, monthsAfter } from "../lib/calendar";
import { planIdOf } from "../lib/catalog/plans";
import { newId } from "../lib/ids";
import { DEMO_ACCOUNTS, DEMO_PASSWORD, type DemoAccount } from "./seed-accounts";
import type { SeedDeps } from "./seed-deps";
import { seedSubscriber } from "./seed-subscriber";
import { seedUsage } from "./seed-usage";

/** Enough for a chart with something on every day. */
const SPENDS_A_DAY = 12;

/** Fills an empty demo with its customers; what is there already stays as it is. Returns how many were added. */
export async function seedDemo(deps: SeedDeps, all: readonly DemoAccount[] = DEMO_ACCOUNTS): Promise<number> {
  const missing: DemoAccount[] = [];
  for (const account of all) if (!(await exists(deps.db, account))) missing.push(account);
  if (missing.length === 0) return 0;
  const aheadMs = deps.clock.now() - Date.now();
  const today = () => Date.now() + aheadMs;
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  for (const account of missing) {
    const accountId = await seedAccount(deps, account, today);
    // Last: an account whose seeding was cut short has nobody, and is seeded again as another.
    await addPeople(deps.db, accountId, { account, passwordHash });
  }
  return missing.length;
}

async function exists(db: Database, { people: [first] }: DemoAccount): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, first?.email ?? ""));
  return rows.length > 0;
}

async function seedAccount(deps: SeedDeps, account: DemoAccount, today: () => number): Promise<string> {
  const cycle = cycleAtDay(account.day, new Date(today()));
  const spend = async (accountId: string) => {
    if (account.used === 0n) return;
    const past = { from: cycle.start, until: new Date(deps.clock.now()), credits: account.used };
    await seedUsage(deps.owner, accountId, { ...past, spends: account.day * SPENDS_A_DAY });
  };
  if (account.subscription) return seedSubscriber(deps, account, { cycle, today, spend });
  const { name, plan } = account;
  const accountId = await transact(deps.db, (tx) =>
    openAccount(tx, { name, plan: planIdOf(plan), cycleAnchor: cycle.start, period: cycle }),
  );
  await spend(accountId);
  return accountId;
}

type People = { readonly account: DemoAccount; readonly passwordHash: string };

function addPeople(db: Database, accountId: string, { account, passwordHash }: People): Promise<void> {
  return transact(db, async (tx) => {
    for (const { role, ...person } of account.people) {
      const userId = newId();
      await tx.insert(users).values({ ...person, id: userId, passwordHash });
      await tx.insert(memberships).values({ accountId, userId, role });
    }
  });
}

const DAY_MS = 86_400_000;

/** A monthly cycle such that the instant lies in its given day. */
function cycleAtDay(day: number, now: Date): BillingPeriod {
  // A few hours into that day, so that the demo does not change its day a moment after it was started.
  const start = new Date(now.getTime() - (day - 1) * DAY_MS - 4 * 3_600_000);
  start.setUTCSeconds(0, 0);
  return { start, end: monthsAfter(start, 1) };
}
