import { sql } from "drizzle-orm";
import { billingDetails } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { BillingDetails } from "./queries";
import { type Told, tellBillingDetails } from "./tell";

export type SaveBillingDetails = {
  readonly accountId: string;
  readonly userId: string;
  /** Checked: the country is a code, the tax id's type one of Stripe's. */
  readonly details: BillingDetails;
};

/**
 * Stores an account's billing details, then tells Stripe. Documents that are made from now on name them; those that are there
 * stay as they are. What Stripe could not be told is told by the sweep.
 */
export async function saveBillingDetails(
  deps: BillingDeps,
  { accountId, userId, details }: SaveBillingDetails,
): Promise<Told> {
  const { taxId, ...rest } = details;
  const values = { ...rest, taxIdType: taxId?.type ?? null, taxId: taxId?.value ?? null, refusedTaxId: null };
  await transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, accountId);
    const changed = { ...values, updatedAt: now, updatedBy: userId };
    await tx
      .insert(billingDetails)
      .values({ accountId, ...changed, nextTellAt: now })
      .onConflictDoUpdate({
        target: billingDetails.accountId,
        set: {
          ...changed,
          version: sql`${billingDetails.version} + 1`,
          // Who is telling Stripe of the version before keeps the lease, and goes on with this one.
          nextTellAt: sql`least(${billingDetails.nextTellAt}, now() + interval '1 minute')`,
        },
      });
  });
  return tellBillingDetails(deps, accountId);
}
