import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Change } from "./setup-change";

type Configuration = Stripe.BillingPortal.Configuration;

/** How ours is found again among a Stripe account's configurations of the portal. */
const METADATA = { refill: "portal" } as const;

/** The configuration of the customer portal that the setup made, or null where it has not run. */
export async function findPortal(stripe: Stripe): Promise<Configuration | null> {
  return (await listOurs(stripe)).find((each) => each.active) ?? null;
}

/** Should there ever be two, everybody takes the older one. */
async function listOurs(stripe: Stripe): Promise<Configuration[]> {
  const found: Configuration[] = [];
  for await (const each of stripe.billingPortal.configurations.list({ limit: 100 }))
    if (each.metadata?.refill === METADATA.refill) found.push(each);
  return found.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

/**
 * Plans are changed and canceled on our own pages, where it is said what becomes of the credits; name, address and tax id too, so
 * that our invoices and Stripe's name the same.
 */
const FEATURES = (cardsId: string | null) => ({
  customer_update: { enabled: true, allowed_updates: ["email"] },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true, ...(cardsId && { payment_method_configuration: cardsId }) },
  // The portal would also let a customer take back a cancellation that an operator made in the dashboard.
  subscription_cancel: { enabled: false },
  subscription_update: { enabled: false },
});

export type PortalOptions = {
  readonly appUrl: string;
  /** The configuration of payment methods that the portal offers; null where there is none yet. */
  readonly cardsId: () => string | null;
};

/** What differs between the portal we want and the one a Stripe account has. */
export async function findPortalChanges(
  stripe: Stripe,
  { appUrl, cardsId }: PortalOptions,
): Promise<Change[]> {
  const wanted = () => ({
    features: FEATURES(cardsId()),
    default_return_url: `${appUrl}/settings/billing/plans`,
    metadata: METADATA,
  });
  const [current] = await listOurs(stripe);
  if (!current) {
    // Two runs at once ask with the same key.
    const create = () => {
      const idempotencyKey = `refill-setup:portal:${fingerprint(wanted())}`;
      return stripe.billingPortal.configurations.create(wanted(), { idempotencyKey });
    };
    return [{ says: "customer portal: new configuration", apply: create }];
  }
  const same =
    current.active &&
    current.default_return_url === wanted().default_return_url &&
    hasOurFeatures(current, cardsId());
  if (same) return [];
  return [
    {
      says: `customer portal: configuration ${current.id} put right`,
      apply: () => stripe.billingPortal.configurations.update(current.id, { ...wanted(), active: true }),
    },
  ];
}

function hasOurFeatures({ features }: Configuration, cardsId: string | null): boolean {
  const { customer_update, payment_method_update, subscription_cancel } = features;
  const wanted = FEATURES(cardsId);
  const sorted = (words: readonly string[]) => [...words].sort().join();
  return (
    customer_update.enabled &&
    sorted(customer_update.allowed_updates) === sorted(wanted.customer_update.allowed_updates) &&
    features.invoice_history.enabled &&
    payment_method_update.enabled &&
    cardsId !== null &&
    payment_method_update.payment_method_configuration === cardsId &&
    !subscription_cancel.enabled &&
    !features.subscription_update.enabled
  );
}

const fingerprint = (value: object): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
