import type Stripe from "stripe";
import { findCardsOnly } from "./cards-only";
import { findPortalChanges } from "./portal";
import { type CountSubscriptions, countAtStripe } from "./setup-counts";
import { type EndpointReport, inspectEndpoint, webhookUrlOf } from "./setup-endpoint";
import { findPriceChanges } from "./setup-prices";
import { findProductChanges } from "./setup-products";

export type SetupOptions = {
  /** The origin that customers reach the application at. */
  readonly appUrl: string;
  /** Looks and changes nothing. */
  readonly dryRun?: boolean;
  /** How many subscriptions have a price that changes; left out, Stripe is asked. */
  readonly count?: CountSubscriptions;
  /** Is told what would be changed before anything is, and says whether it is to be. Left out, it is. */
  readonly mayGoOn?: (changes: readonly string[]) => Promise<boolean>;
  /** Told of each part as it begins, with how many changes it has, and of how many are made. */
  readonly onStep?: (what: string, total?: number) => void;
  readonly onDone?: (changes: number) => void;
};

export type SetupReport = {
  /** What was changed, or would be; empty when everything is as it should be. */
  readonly changes: readonly string[];
  /** Whether it was changed. */
  readonly applied: boolean;
  readonly endpoint: EndpointReport;
};

/**
 * Brings a Stripe account's products, prices and customer portal to what the catalog says, and looks at its webhook
 * endpoint. Nothing is ever deleted, and no subscription is touched. Throws what the SDK throws; run again, it goes on.
 */
export async function setUpCatalog(
  stripe: Stripe,
  {
    appUrl,
    dryRun = false,
    count = countAtStripe(stripe),
    mayGoOn = () => Promise.resolve(true),
    onStep = () => {},
    onDone = () => {},
  }: SetupOptions,
): Promise<SetupReport> {
  onStep("reading products, prices and portal");
  const cards = await findCardsOnly(stripe);
  const changes = [
    ...(await findProductChanges(stripe)),
    ...(await findPriceChanges(stripe, count)),
    ...cards.changes,
    ...(await findPortalChanges(stripe, { appUrl, cardsId: cards.id })),
  ];
  const said = changes.map(({ says }) => says);
  const applied = !dryRun && changes.length > 0 && (await mayGoOn(said));
  // In order: prices belong to products, and the portal names the methods it offers.
  if (applied) onStep("changes", changes.length);
  for (const [at, each] of applied ? changes.entries() : []) {
    await each.apply();
    onDone(at + 1);
  }
  onStep("reading the webhook endpoint");
  return { changes: said, applied, endpoint: await inspectEndpoint(stripe, webhookUrlOf(appUrl)) };
}
