import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import "../catalog";
import { desc, eq, sql } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { accounts, memberships, orders, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { hashPassword } from "../../lib/auth/passwords";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { openAccount } from "../../lib/billing/open-account";
import { planIdOf } from "../../lib/catalog/plans";
import { newId } from "../../lib/ids";
import { commit } from "../../lib/ledger/commit";
import type { SpendingCommand } from "../../lib/ledger/decide";
import { type BalanceView, getBalance } from "../../lib/ledger/queries";
import { credits } from "../../lib/money/credits";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";

const DAY_MS = 86_400_000;
export const PASSWORD = "correct-horse-battery";

export type NewCustomer = {
  plan?: string;
  /** Names of Stripe's test cards; the last one is the default. Empty for a customer Stripe has never seen. */
  cards?: string[];
  role?: "owner" | "billing" | "member";
  /** Which day of a cycle of thirty it is. */
  day?: number;
  spent?: bigint;
  name?: string;
};

export type Customer = {
  readonly email: string;
  readonly userId: string;
  readonly accountId: string;
  readonly cardIds: readonly string[];
  balance(): Promise<BalanceView>;
  /** Newest first. */
  orders(): Promise<(typeof orders.$inferSelect)[]>;
  /** What Stripe took of this customer: amounts in cents, oldest first. */
  charged(): Promise<number[]>;
  /** Every charge Stripe tried, declined ones too. */
  charges(): Promise<Stripe.Charge[]>;
  spend(amount: bigint): Promise<void>;
  /** Spends everything there is, and so much more. */
  owe(amount: bigint): Promise<void>;
};

let passwordHash: Promise<string> | null = null;

/** An account of its own in the middle of a cycle, by the application's clock, with one person who may sign in. */
export async function makeCustomer(
  db: Database,
  stripe: Stripe,
  { plan = "starter", cards = ["pm_card_visa"], role = "owner", day = 11, spent, name }: NewCustomer,
): Promise<Customer> {
  passwordHash ??= hashPassword(PASSWORD);
  const person = { passwordHash: await passwordHash, name: name ?? "Tess Tester" };
  const userId = newId();
  const email = `${userId}@example.com`;
  const [clock] = await db.execute<{ now: string }>(sql`select now() as now`);
  const start = new Date(new Date(clock?.now ?? "").getTime() - (day - 1) * DAY_MS - 4 * 3_600_000);
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) };
  const accountId = await transact(db, async (tx) => {
    const id = await openAccount(tx, {
      name: `Account of ${email}`,
      plan: planIdOf(plan),
      cycleAnchor: start,
      period,
    });
    await tx.insert(users).values({ ...person, id: userId, email });
    await tx.insert(memberships).values({ accountId: id, userId, role });
    return id;
  });
  const cardIds = await saveCards(db, stripe, { accountId, email, cards });

  const customer = knownCustomer(db, stripe, { email, userId, accountId, cardIds });
  if (spent) await customer.spend(spent);
  return customer;
}

type Known = Pick<Customer, "email" | "userId" | "accountId" | "cardIds">;

/** Somebody who is there already, as tests ask about them. */
export function knownCustomer(db: Database, stripe: Stripe, known: Known): Customer {
  const { accountId } = known;
  const charges = async () => {
    const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
    const id = account?.stripeCustomerId;
    return id ? (await stripe.charges.list({ customer: id, limit: 100 })).data : [];
  };
  const purpose = { category: "ai_processing", resource: null, reference: null } as const;
  const ask = (...commands: SpendingCommand[]) =>
    transact(db, async (tx) => {
      const keyed = commands.map((command) => ({ key: newId(), command }));
      const outcomes = await commit(tx, accountId, keyed);
      if (outcomes.some((outcome) => outcome.kind !== "done")) throw new Error("nothing was spent");
    });
  const spend = (amount: bigint) => ask({ kind: "spend", credits: credits(amount), purpose });
  return {
    ...known,
    balance: () => getBalance(db, accountId),
    orders: () =>
      db.select().from(orders).where(eq(orders.accountId, accountId)).orderBy(desc(orders.createdAt)),
    charges,
    charged: async () =>
      (await charges())
        .filter((each) => each.status === "succeeded")
        .map((each) => each.amount)
        .reverse(),
    spend,
    owe: async (amount) => {
      const { remaining } = await getBalance(db, accountId);
      const [holdId, held] = [newId(), 1_000_000n];
      await ask(
        { kind: "hold", holdId, credits: credits(held), ttlMs: 60_000, purpose },
        { kind: "spend", credits: credits(remaining - held), purpose },
        { kind: "capture", holdId, credits: credits(held + amount) },
      );
    },
  };
}

async function saveCards(
  db: Database,
  stripe: Stripe,
  { accountId, email, cards }: { accountId: string; email: string; cards: string[] },
): Promise<string[]> {
  if (cards.length === 0) return [];
  const customer = await stripe.customers.create({ email, metadata: { account_id: accountId } });
  const cardIds: string[] = [];
  for (const card of cards) {
    cardIds.push((await stripe.paymentMethods.attach(card, { customer: customer.id })).id);
  }
  const invoiceSettings = { default_payment_method: cardIds.at(-1) ?? "" };
  await stripe.customers.update(customer.id, { invoice_settings: invoiceSettings });
  await db.update(accounts).set({ stripeCustomerId: customer.id }).where(eq(accounts.id, accountId));
  const log = { info: () => {}, warn: console.warn, error: console.error };
  const deps = {
    db,
    openRunningCycle: createCycleOpener(db, log),
    syncSubscription,
    gateway: createStripeGateway(stripe),
    plans: createStripePlanGateway(stripe),
    log,
    appUrl: "http://localhost",
  };
  const synced = await syncPaymentMethods(deps, { accountId, customerId: customer.id });
  if (!synced.ok) throw new Error("the simulator did not list the cards");
  return cardIds;
}
