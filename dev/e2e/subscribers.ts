import { eq } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { accounts } from "../../db/schema";
import { lookupKeyOf } from "../../lib/catalog/prices";
import type { Customer } from "./customers";
import { expect } from "./test";

/**
 * Subscribes a customer at Stripe, paid with their default card, and waits until its events have arrived. Answers the
 * subscription as it began.
 */
export async function subscribe(
  { db, stripe }: { readonly db: Database; readonly stripe: Stripe },
  { accountId }: Pick<Customer, "accountId">,
  plan: string,
  interval: "month" | "year" = "month",
): Promise<Stripe.Subscription> {
  const read = async () => (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0];
  const [price] = (await stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] })).data;
  const subscription = await stripe.subscriptions.create({
    customer: (await read())?.stripeCustomerId ?? "",
    items: [{ price: price?.id ?? "" }],
    metadata: { account_id: accountId },
    off_session: true,
  });
  expect(subscription.status).toBe("active");
  await expect.poll(async () => (await read())?.plan).toBe(plan);
  return subscription;
}
