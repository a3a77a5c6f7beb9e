import { setTimeout as sleep } from "node:timers/promises";
import { eq } from "drizzle-orm";
import type Stripe from "stripe";
import type { Database } from "../../db/client";
import { accounts } from "../../db/schema";
import { freePlan } from "../../lib/catalog/plans";
import { lookupKeyOf } from "../../lib/catalog/prices";
import { makeCustomer } from "../e2e/customers";

const PLAN = "starter";
const WITHIN_MS = 60_000;

/** Somebody whose plan Stripe bills, for an operator to refund; resolves once the plan is shown. */
export async function makeSubscriber(db: Database, stripe: Stripe): Promise<void> {
  const { accountId } = await makeCustomer(db, stripe, { plan: freePlan().id });
  const read = async () => (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0];
  const [price] = (await stripe.prices.list({ lookup_keys: [lookupKeyOf(PLAN, "month")] })).data;
  await stripe.subscriptions.create({
    customer: (await read())?.stripeCustomerId ?? "",
    items: [{ price: price?.id ?? "" }],
    metadata: { account_id: accountId },
    off_session: true,
  });
  const deadline = Date.now() + WITHIN_MS;
  while ((await read())?.plan !== PLAN) {
    if (Date.now() > deadline) throw new Error("nobody heard of a subscription");
    await sleep(200);
  }
}
