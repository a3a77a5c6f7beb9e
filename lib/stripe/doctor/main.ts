import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { setupEnv } from "../../env";
import { readCatalog } from "../../read-catalog";
import { answerInSentences } from "../../sentences";
import { createStripe } from "../client";
import { databaseOf } from "../setup-database";
import { describeFindings, exitCodeOf, toJson } from "./describe";
import { examine } from "./doctor";

// `npm run stripe:doctor [-- --json]`: whether the Stripe account of the environment's key is as the product needs it. Changes nothing.
const USAGE = "Usage: npm run stripe:doctor [-- --json]";

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const asked = readArguments();
if (!asked) {
  console.error(USAGE);
  process.exit(2);
}
process.exitCode = await run(asked);
// An answer that comes too late for the report keeps nobody waiting.
process.stdout.write("", () => process.exit());

function readArguments(): { readonly json: boolean } | null {
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
    return { json: values.json };
  } catch {
    return null;
  }
}

async function run({ json }: { readonly json: boolean }): Promise<0 | 1> {
  const settings = setupEnv();
  readCatalog(settings.CATALOG_FILE);
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = settings;
  const stripe = createStripe({ secretKey, apiBase, timeoutMs: 8_000, networkRetries: 1 });
  const findings = await examine(stripe, {
    ...{ secretKey, database: databaseOf(settings) },
    appUrl: new URL(settings.APP_URL).origin,
    hasWebhookSecret: settings.STRIPE_WEBHOOK_SECRET !== undefined,
  });
  console.log(json ? toJson(findings) : describeFindings(findings));
  return exitCodeOf(findings);
}
