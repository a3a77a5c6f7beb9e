import type Stripe from "stripe";

type Configuration = Stripe.BillingPortal.Configuration;

/** How ours is found again among a Stripe account's configurations of the portal. */
export const PORTAL_METADATA = { refill: "portal" } as const;

/** The configuration of the customer portal that the setup made, or null where it has not run. */
export async function findPortal(stripe: Stripe): Promise<Configuration | null> {
  const found: Configuration[] = [];
  for await (const each of stripe.billingPortal.configurations.list({ active: true, limit: 100 }))
    if (each.metadata?.refill === PORTAL_METADATA.refill) found.push(each);
  // Two runs of the setup at once may have left two: everybody takes the same.
  return found.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1))[0] ?? null;
}
