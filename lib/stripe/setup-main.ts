import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import Stripe from "stripe";
import { BadEnvironment, noLongerRead, type SetupEnv, setupEnv } from "../env";
import { readCatalog } from "../read-catalog";
import { createStripe } from "./client";
import { setUpCatalog } from "./setup";
import { setUpEndpoint, webhookUrlOf } from "./setup-endpoint";
import { describeEndpointSetup, describeSetup } from "./setup-text";

// `npm run stripe:setup [-- --dry-run]`: products, prices and portal of the Stripe account whose key is in the environment.
// `npm run stripe:setup -- --webhook [https://…]`: its webhook endpoint.
const USAGE = "Usage: npm run stripe:setup [-- [--dry-run] [--webhook [https://…]]]";

nextEnv.loadEnvConfig(process.cwd());
process.exitCode = await main();

async function main(): Promise<0 | 1> {
  try {
    const asked = readArguments();
    await run(setupEnv(), asked);
    return 0;
  } catch (error) {
    const said = sentenceOf(error);
    if (!said) throw error;
    console.error(said);
    return 1;
  }
}

type Asked = {
  readonly dryRun: boolean;
  readonly webhook: boolean;
  /** The endpoint's address where it is not APP_URL's own. */
  readonly url: string | null;
};

function readArguments(): Asked {
  try {
    const { values, positionals } = parseArgs({
      options: {
        "dry-run": { type: "boolean", default: false },
        webhook: { type: "boolean", default: false },
      },
      allowPositionals: true,
    });
    const [url = null, ...more] = positionals;
    const asked = { dryRun: values["dry-run"], webhook: values.webhook, url };
    if (more.length === 0 && (url === null || (asked.webhook && URL.canParse(url)))) return asked;
  } catch {
    // Answered as everything else that nobody understands.
  }
  throw new BadEnvironment(USAGE);
}

async function run(settings: SetupEnv, { dryRun, webhook, url }: Asked): Promise<void> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase, APP_URL } = settings;
  for (const sentence of noLongerRead()) console.error(sentence);
  readCatalog(settings.CATALOG_FILE);
  const stripe = createStripe({ secretKey, apiBase });
  const appUrl = new URL(APP_URL).origin;
  if (webhook) {
    const made = await setUpEndpoint(stripe, { url: url ?? webhookUrlOf(appUrl), dryRun });
    return console.log(describeEndpointSetup(made, dryRun));
  }
  const options = { appUrl, dryRun };
  console.log(describeSetup(await setUpCatalog(stripe, options), dryRun));
}

/** Stripe's own sentence in one line; it never has more of a key than its last characters, but ours to lose. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof BadEnvironment) return error.message;
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  const line = error.message.replaceAll(/\s+/g, " ").replaceAll(/\b(sk|rk)_(test|live)_\S+/g, "$1_$2_…");
  return `Stripe: ${line}`;
}
