import type Stripe from "stripe";
import { findCardsOnly } from "./cards-only";
import { findPortalChanges } from "./portal";
import { findCatalogChanges } from "./setup-catalog";
import { type EndpointReport, inspectEndpoint, webhookUrlOf } from "./setup-endpoint";

/** One thing to do in a Stripe account. Done twice, or by two runs at once, it is done once. */
export type Change = {
  readonly says: string;
  apply(): Promise<unknown>;
};

export type SetupOptions = {
  /** The origin that customers reach the application at. */
  readonly appUrl: string;
  /** Looks and changes nothing. */
  readonly dryRun?: boolean;
};

export type SetupReport = {
  /** What was changed, or would be; empty when everything is as it should be. */
  readonly changes: readonly string[];
  readonly endpoint: EndpointReport;
};

/**
 * Brings a Stripe account's products, prices and customer portal to what the catalog says, and looks at its webhook
 * endpoint. Nothing is ever deleted, and no subscription is touched. Throws what the SDK throws; run again, it goes on.
 */
export async function setUpCatalog(
  stripe: Stripe,
  { appUrl, dryRun = false }: SetupOptions,
): Promise<SetupReport> {
  const cards = await findCardsOnly(stripe);
  const changes = [
    ...(await findCatalogChanges(stripe)),
    ...cards.changes,
    ...(await findPortalChanges(stripe, { appUrl, cardsId: cards.id })),
  ];
  // In order: prices belong to products, and the portal names the methods it offers.
  if (!dryRun) for (const each of changes) await each.apply();
  return {
    changes: changes.map(({ says }) => says),
    endpoint: await inspectEndpoint(stripe, webhookUrlOf(appUrl)),
  };
}
