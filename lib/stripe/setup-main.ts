import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import Stripe from "stripe";
import { annualPricesOf, BadEnvironment, type SetupEnv, setupEnv } from "../env";
import { createStripe } from "./client";
import { setUpCatalog } from "./setup";
import { describeSetup } from "./setup-text";

// `npm run stripe:setup [-- --dry-run]`: products, prices and portal of the Stripe account whose key is in the environment.
nextEnv.loadEnvConfig(process.cwd());
process.exitCode = await main();

async function main(): Promise<0 | 1> {
  try {
    const dryRun = readArguments();
    await run(setupEnv(), dryRun);
    return 0;
  } catch (error) {
    const said = sentenceOf(error);
    if (!said) throw error;
    console.error(said);
    return 1;
  }
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { "dry-run": { type: "boolean", default: false } } }).values["dry-run"];
  } catch {
    throw new BadEnvironment("Usage: npm run stripe:setup [-- --dry-run]");
  }
}

async function run(settings: SetupEnv, dryRun: boolean): Promise<void> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase, APP_URL } = settings;
  const stripe = createStripe({ secretKey, apiBase });
  const options = { annual: annualPricesOf(settings), appUrl: new URL(APP_URL).origin, dryRun };
  console.log(describeSetup(await setUpCatalog(stripe, options), dryRun));
}

/** Stripe's own sentence in one line; it never has more of a key than its last characters, but ours to lose. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof BadEnvironment) return error.message;
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  const line = error.message.replaceAll(/\s+/g, " ").replaceAll(/\b(sk|rk)_(test|live)_\S+/g, "$1_$2_…");
  return `Stripe: ${line}`;
}
