import Stripe from "stripe";
import { connect } from "../db/client";
import { createCycleOpener } from "../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../lib/billing/deps";
import { syncSubscription } from "../lib/billing/subscriptions/sync";
import { parseSetupEnv } from "../lib/env";
import { createStripeGateway } from "../lib/stripe/gateway";
import { createStripePlanGateway } from "../lib/stripe/plan-gateway";
import { setUpCatalog } from "../lib/stripe/setup";
import { seedDemo } from "./seed";
import { DEMO_ACCOUNTS } from "./seed-accounts";
import { seedDesk, TROUBLED } from "./seed-desk";
import type { Simulator } from "./stripe/server";

export type Furnishing = {
  readonly appDatabaseUrl: string;
  readonly ownerUrl: string;
  readonly simulator: Simulator;
  /** As the application gets them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether something is to wait for operators. */
  readonly hasTroubles: boolean;
};

/** Gives an empty stack its prices and customers; one that has some gets what it lacks. */
export async function furnish({
  appDatabaseUrl,
  ownerUrl,
  simulator,
  variables,
  hasTroubles,
}: Furnishing): Promise<void> {
  const settings = parseSetupEnv(variables);
  const appUrl = settings.APP_URL;
  const stripe = new Stripe("sk_test_demo", {
    host: "127.0.0.1",
    port: simulator.port,
    protocol: "http",
    telemetry: false,
  });
  const db = connect(appDatabaseUrl, { max: 2 });
  const owner = connect(onTheApplicationsClock(ownerUrl), { max: 2 });
  const log: BillingDeps["log"] = { info: () => {}, warn: console.warn, error: console.error };
  try {
    await setUpCatalog(stripe, { appUrl });
    const deps = {
      db,
      openRunningCycle: createCycleOpener(db, log),
      syncSubscription,
      owner,
      stripe,
      gateway: createStripeGateway(stripe),
      plans: createStripePlanGateway(stripe),
      log,
      appUrl,
      clock: simulator.clock,
    };
    await seedDemo(deps, hasTroubles ? [...DEMO_ACCOUNTS, TROUBLED] : DEMO_ACCOUNTS);
    // What is logged of them is what they are for.
    const quiet = { info: () => {}, warn: () => {}, error: () => {} };
    if (hasTroubles)
      await seedDesk({ ...deps, log: quiet, simulatorUrl: simulator.url, databaseUrl: appDatabaseUrl });
  } finally {
    await Promise.all([db, owner].map((each) => each.pool.end({ timeout: 5 })));
  }
}

/** For the owner of the tables, who otherwise stays in real time. */
export function onTheApplicationsClock(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.searchParams.set("search_path", "rehearsal,public,pg_catalog");
  return url.href;
}
