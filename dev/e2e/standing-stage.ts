import { and, eq, isNotNull } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { accounts, subscriptions } from "../../db/schema";
import { lookupKeyOf } from "../../lib/catalog/prices";
import type { Customer, NewCustomer } from "./customers";

/** What a scene is made with: a stack of its own, whose clock it moves. */
export type Stage = {
  readonly db: Database;
  readonly stripe: Stripe;
  /** Makes a Free customer and signs them in. */
  arrive(options?: NewCustomer): Promise<Customer>;
  /** Lets everything happen up to an instant (Unix seconds), at Stripe and here. */
  goTo(second: number): Promise<void>;
};

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

export const priceOf = async ({ stripe }: Stage, plan: string, interval: "month" | "year" = "month") =>
  (await stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] })).data[0]?.id ?? "";

/** Stripe's customer of an account, which one without a card does not have yet. */
async function customerOf({ db, stripe }: Stage, { accountId, email }: Customer): Promise<string> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  if (account?.stripeCustomerId) return account.stripeCustomerId;
  const { id } = await stripe.customers.create({ email, metadata: { account_id: accountId } });
  await db.update(accounts).set({ stripeCustomerId: id }).where(eq(accounts.id, accountId));
  return id;
}

type Asked = Omit<Stripe.SubscriptionCreateParams, "customer"> & { readonly plan?: string };

/** Returns once the application has heard of it: what comes after is not to be all that it ever hears. */
export async function subscribe(stage: Stage, who: Customer, { plan = "starter", ...asked }: Asked = {}) {
  const subscription = await stage.stripe.subscriptions.create({
    customer: await customerOf(stage, who),
    items: [{ price: await priceOf(stage, plan) }],
    metadata: { account_id: who.accountId },
    ...asked,
  });
  const its = and(eq(subscriptions.accountId, who.accountId), eq(subscriptions.id, subscription.id));
  await until(async () => (await stage.db.select().from(subscriptions).where(its)).length > 0);
  return subscription;
}

/** Returns once the application has heard of it, so that the boundary is decided with it. */
export async function pause(
  stage: Stage,
  { id }: Stripe.Subscription,
  resumes: Pick<Stripe.SubscriptionUpdateParams.PauseCollection, "resumes_at"> = {},
): Promise<void> {
  const pause_collection = { behavior: "keep_as_draft", ...resumes } as const;
  await stage.stripe.subscriptions.update(id, { pause_collection });
  const paused = and(eq(subscriptions.id, id), isNotNull(subscriptions.pauseBehavior));
  await until(async () => (await stage.db.select().from(subscriptions).where(paused)).length > 0);
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 300; looks += 1) {
    if (await holds()) return;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  throw new Error("what a scene waits for did not come about");
}

export const endOf = ({ items }: Stripe.Subscription) => items.data[0]?.current_period_end ?? Number.NaN;
export const startOf = ({ items }: Stripe.Subscription) => items.data[0]?.current_period_start ?? Number.NaN;

export async function declineFrom(stage: Stage, who: Customer, { id }: Stripe.Subscription): Promise<void> {
  const customer = await customerOf(stage, who);
  const card = await stage.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  await stage.stripe.subscriptions.update(id, { default_payment_method: card.id });
}

export async function changePrice(
  stage: Stage,
  { id, items }: Stripe.Subscription,
  price: string,
  how: Stripe.SubscriptionUpdateParams = {},
): Promise<void> {
  await stage.stripe.subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? "", price }], ...how });
}

/** A customer, and their subscription; ten days of it are over. */
export async function tenDaysOn(stage: Stage, plan: string) {
  const who = await stage.arrive();
  const subscription = await subscribe(stage, who, { plan });
  await stage.goTo(startOf(subscription) + 10 * DAY);
  return { who, subscription };
}

export async function failedRenewal(stage: Stage) {
  const who = await stage.arrive();
  const subscription = await subscribe(stage, who);
  await declineFrom(stage, who, subscription);
  await stage.goTo(endOf(subscription) + 2 * HOUR);
  return { who, subscription };
}

export const newestInvoice = async ({ stripe }: Stage, subscription: string) =>
  (await stripe.invoices.list({ subscription })).data[0]?.id ?? "";

export const pausedTrial = {
  trial_period_days: 14,
  trial_settings: { end_behavior: { missing_payment_method: "pause" } },
} as const;
