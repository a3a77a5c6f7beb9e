import { eq } from "drizzle-orm";
import { accounts } from "../../../db/schema";
import type { BillingDeps } from "../deps";
import type { CustomerDetails } from "../gateway";

/**
 * What Stripe's customer is called, for an account that entered no billing details here: somebody may have entered them there.
 * Null where there is no customer, or Stripe did not say.
 */
export async function suggestBillingDetails(
  { db, gateway, log }: BillingDeps,
  accountId: string,
): Promise<CustomerDetails | null> {
  const [account] = await db
    .select({ customerId: accounts.stripeCustomerId })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  if (!account?.customerId) return null;
  const asked = await gateway.findBillingDetails(account.customerId);
  if (asked.kind === "answered") return asked.value;
  log.warn({ accountId, asked }, "the payment provider did not say what its customer is called");
  return null;
}
