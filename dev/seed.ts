import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../db/client";
import { accounts, memberships, users } from "../db/schema";
import { transact } from "../db/transact";
import { hashPassword } from "../lib/auth/passwords";
import type { BillingDeps } from "../lib/billing/deps";
import { openAccount } from "../lib/billing/open-account";
import { syncPaymentMethods } from "../lib/billing/payment-methods";
import { monthsAfter } from "../lib/calendar";
import type { PlanId } from "../lib/catalog/plans";
import { newId } from "../lib/ids";
import { seedUsage } from "./seed-usage";

export const DEMO_PASSWORD = "demo-password";

type Role = "owner" | "billing" | "member";
type Person = { email: string; name: string; role: Role; isOperator?: boolean };

type DemoAccount = {
  name: string;
  plan: PlanId;
  /** Which day of its cycle it is in, counted from 1. */
  day: number;
  /** Credits spent in this cycle. */
  used: bigint;
  /** A test card of Stripe's, by the name under which it can be attached. */
  card?: string;
  people: Person[];
};

const owner = (email: string, name: string): Person => ({ email, name, role: "owner" });

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    name: "Free Forest",
    plan: "free",
    day: 12,
    used: 358_500n,
    people: [owner("free@example.com", "Freya Forest")],
  },
  {
    name: "Starlight Studio",
    plan: "starter",
    day: 18,
    used: 11_482_300n,
    card: "pm_card_visa",
    people: [
      owner("starter@example.com", "Stella Starlight"),
      { email: "member@example.com", name: "Milo Member", role: "member" },
    ],
  },
  {
    name: "Premium Press",
    plan: "premium",
    day: 5,
    used: 6_200_750n,
    card: "pm_card_mastercard",
    people: [owner("premium@example.com", "Priya Premium")],
  },
  {
    name: "No Card Co",
    plan: "starter",
    day: 3,
    used: 912_000n,
    people: [owner("nocard@example.com", "Noah Nocard")],
  },
  {
    name: "Always Ask Ltd",
    plan: "starter",
    day: 9,
    used: 5_000_000n,
    card: "pm_card_authenticationRequired",
    people: [owner("authenticate@example.com", "Aylin Asks")],
  },
  {
    name: "Declined Design",
    plan: "starter",
    day: 14,
    used: 8_400_000n,
    card: "pm_card_chargeCustomerFail",
    people: [owner("declined@example.com", "Dana Declined")],
  },
  {
    name: "The house",
    plan: "free",
    day: 1,
    used: 0n,
    people: [{ ...owner("operator@example.com", "Oona Operator"), isOperator: true }],
  },
];

/** Enough for a chart with something on every day. */
const SPENDS_A_DAY = 12;

type SeedDeps = BillingDeps & {
  readonly stripe: Stripe;
  /** As the owner of the tables: the customers' past is written back in time. */
  readonly owner: Database;
};

/** Fills an empty demo with its customers; what is there already stays as it is. Returns how many were added. */
export async function seedDemo(deps: SeedDeps): Promise<number> {
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  let added = 0;
  for (const account of DEMO_ACCOUNTS) {
    if (await exists(deps.db, account)) continue;
    await seedAccount(deps, account, passwordHash);
    added += 1;
  }
  await learnCards(deps);
  return added;
}

async function exists(db: Database, { people: [first] }: DemoAccount): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, first?.email ?? ""));
  return rows.length > 0;
}

async function seedAccount(deps: SeedDeps, account: DemoAccount, passwordHash: string): Promise<void> {
  const [first] = account.people;
  const customer = account.card
    ? await deps.stripe.customers.create({ email: first?.email, name: account.name })
    : null;
  if (customer && account.card) {
    const card = await deps.stripe.paymentMethods.attach(account.card, { customer: customer.id });
    await deps.stripe.customers.update(customer.id, {
      invoice_settings: { default_payment_method: card.id },
    });
  }
  const cycle = cycleAtDay(account.day, new Date());
  const accountId = await transact(deps.db, async (tx) => {
    const id = await openAccount(tx, {
      name: account.name,
      plan: account.plan,
      stripeCustomerId: customer?.id ?? null,
      ...cycle,
    });
    for (const { role, ...person } of account.people) {
      const userId = newId();
      await tx.insert(users).values({ ...person, id: userId, passwordHash });
      await tx.insert(memberships).values({ accountId: id, userId, role });
    }
    return id;
  });
  if (account.used > 0n) {
    const past = { from: cycle.period.start, credits: account.used, spends: account.day * SPENDS_A_DAY };
    await seedUsage(deps.owner, accountId, past);
  }
  if (customer) await deps.stripe.customers.update(customer.id, { metadata: { account_id: accountId } });
}

/** Also for accounts of an earlier run that was killed in between. */
async function learnCards(deps: SeedDeps): Promise<void> {
  const unknown = await deps.db
    .select({ accountId: accounts.id, customerId: accounts.stripeCustomerId })
    .from(accounts)
    .where(and(isNotNull(accounts.stripeCustomerId), isNull(accounts.cardsAsOf)));
  for (const { accountId, customerId } of unknown) {
    const synced = customerId ? await syncPaymentMethods(deps, { accountId, customerId }) : null;
    if (synced && !synced.ok) throw new Error("the Stripe simulator did not list the demo's cards");
  }
}

const DAY_MS = 86_400_000;

/** A monthly cycle such that the instant lies in its given day. */
function cycleAtDay(day: number, now: Date) {
  // A few hours into that day, so that the demo does not change its day a moment after it was started.
  const cycleAnchor = new Date(now.getTime() - (day - 1) * DAY_MS - 4 * 3_600_000);
  cycleAnchor.setUTCSeconds(0, 0);
  return { cycleAnchor, period: { start: cycleAnchor, end: monthsAfter(cycleAnchor, 1) } };
}
