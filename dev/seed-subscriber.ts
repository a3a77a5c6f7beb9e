import { eq } from "drizzle-orm";
import { accounts } from "../db/schema";
import { transact } from "../db/transact";
import { syncPaymentMethods } from "../lib/billing/cards/sync";
import { openAccount } from "../lib/billing/open-account";
import { cancelPlan } from "../lib/billing/subscriptions/change";
import { syncSubscription } from "../lib/billing/subscriptions/sync";
import { type BillingPeriod, monthsAfter } from "../lib/calendar";
import { freePlan } from "../lib/catalog/plans";
import { lookupKeyOf } from "../lib/catalog/prices";
import type { DemoSubscriber } from "./seed-accounts";
import type { SeedDeps } from "./seed-deps";

type Life = {
  /** The cycle the account is in today. */
  readonly cycle: BillingPeriod;
  today(): number;
  /** Spends what the account has spent in it. */
  spend(accountId: string): Promise<void>;
};

/** So long after a renewal its invoice is still a draft. */
const WHILE_DRAFT_MS = 30 * 60_000;

/**
 * An account that lived on Free, subscribed, and has come to today's cycle: the simulator's clock goes back to the day
 * it subscribed and through everything since. Returns its id.
 */
export async function seedSubscriber(deps: SeedDeps, account: DemoSubscriber, life: Life): Promise<string> {
  const { subscription } = account;
  const { start } = life.cycle;
  const subscribedAt = subscription.state === "past_due" ? monthsAfter(start, -1) : start;
  await deps.clock.moveTo(subscribedAt.getTime());
  const before = { start: monthsAfter(subscribedAt, -1), end: subscribedAt };
  const accountId = await transact(deps.db, (tx) =>
    openAccount(tx, { name: account.name, plan: freePlan().id, cycleAnchor: before.start, period: before }),
  );
  const { customerId } = await subscribe(deps, accountId, account);
  await sync(deps, accountId);

  if (subscription.state === "past_due") {
    await deps.clock.moveTo(start.getTime() + WHILE_DRAFT_MS);
    await sync(deps, accountId);
    await life.spend(accountId);
  }
  await deps.clock.moveTo(life.today());
  if (subscription.state === "cancels") {
    // As the customer does: what is canceled in Stripe's dashboard is an operator's decision.
    const canceled = await cancelPlan(deps, { accountId });
    if (!canceled.ok) throw new Error(`the demo's plan could not be canceled: ${canceled.error.code}`);
  }
  await sync(deps, accountId);
  const cards = await syncPaymentMethods(deps, { accountId, customerId });
  if (!cards.ok) throw new Error("the Stripe simulator did not list the demo's cards");
  if (subscription.state !== "past_due") await life.spend(accountId);
  return accountId;
}

type Subscribed = { readonly customerId: string };

async function subscribe(
  { stripe, db }: SeedDeps,
  accountId: string,
  account: DemoSubscriber,
): Promise<Subscribed> {
  const { card, firstCard } = account.subscription;
  const metadata = { account_id: accountId };
  const { id: customer } = await stripe.customers.create({
    email: account.people[0]?.email,
    name: account.name,
    metadata,
  });
  await db.update(accounts).set({ stripeCustomerId: customer }).where(eq(accounts.id, accountId));
  const saveCard = async (name: string) => {
    const { id } = await stripe.paymentMethods.attach(name, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    return id;
  };

  const paying = await saveCard(firstCard ?? card);
  const [price] = (await stripe.prices.list({ lookup_keys: [lookupKeyOf(account.plan, "month")] })).data;
  if (!price) throw new Error(`the Stripe simulator has no price for ${account.plan}`);
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    default_payment_method: paying,
    metadata,
    off_session: true,
  });
  if (subscription.status !== "active") throw new Error(`${account.name} could not subscribe`);
  if (firstCard) {
    await stripe.subscriptions.update(subscription.id, { default_payment_method: await saveCard(card) });
    await stripe.paymentMethods.detach(paying);
  }
  return { customerId: customer };
}

async function sync(deps: SeedDeps, accountId: string): Promise<void> {
  const { facts } = await syncSubscription(deps, { accountId });
  if (!facts) throw new Error("the Stripe simulator did not say what an account of the demo subscribes to");
}
