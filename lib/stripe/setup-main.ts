import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import Stripe from "stripe";
import { BadEnvironment, noLongerRead, type SetupEnv, setupEnv } from "../env";
import { endWhenInterrupted } from "../interrupt";
import { showProgress } from "../progress";
import { readCatalog } from "../read-catalog";
import { createStripe } from "./client";
import { setUpCatalog } from "./setup";
import { databaseOf, readSetupDatabase } from "./setup-database";
import { setUpEndpoint, webhookUrlOf } from "./setup-endpoint";
import { describeChanges, describeEndpointSetup, describeSetup } from "./setup-text";

// `npm run stripe:setup [-- --dry-run | --yes]`: products, prices and portal of the Stripe account whose key is in the environment.
// `npm run stripe:setup -- --webhook [https://…]`: its webhook endpoint.
const USAGE = "Usage: npm run stripe:setup [-- [--dry-run | --yes] [--webhook [https://…]]]";
const NOBODY_TO_ASK = "Nobody is there to be asked: run it again with --yes to change this.";

nextEnv.loadEnvConfig(process.cwd());
const progress = showProgress();
endWhenInterrupted(
  "Stopped. What was changed at Stripe stays: run it again, and it goes on from there.",
  progress,
);
process.exitCode = await main();

async function main(): Promise<0 | 1> {
  try {
    const asked = readArguments();
    return await run(setupEnv(), asked);
  } catch (error) {
    progress.end();
    const said = sentenceOf(error);
    if (!said) throw error;
    console.error(said);
    return 1;
  }
}

type Asked = {
  readonly dryRun: boolean;
  /** Whoever types the command has seen what changes. */
  readonly yes: boolean;
  readonly webhook: boolean;
  /** The endpoint's address where it is not APP_URL's own. */
  readonly url: string | null;
};

function readArguments(): Asked {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
      options: { "dry-run": flag, yes: flag, webhook: flag },
      allowPositionals: true,
    });
    const [url = null, ...more] = positionals;
    const asked = { dryRun: values["dry-run"], yes: values.yes, webhook: values.webhook, url };
    const isPlain = more.length === 0 && !(asked.dryRun && asked.yes);
    if (isPlain && (url === null || (asked.webhook && URL.canParse(url)))) return asked;
  } catch {
    // Answered as everything else that nobody understands.
  }
  throw new BadEnvironment(USAGE);
}

/** Returns the exit code: 1 where something would have to be changed and was not, unless nothing was to be. */
async function run(settings: SetupEnv, { dryRun, yes, webhook, url }: Asked): Promise<0 | 1> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase, APP_URL } = settings;
  for (const sentence of noLongerRead()) console.error(sentence);
  readCatalog(settings.CATALOG_FILE);
  const stripe = createStripe({ secretKey, apiBase });
  const appUrl = new URL(APP_URL).origin;
  if (webhook) {
    progress.step("reading the webhook endpoint");
    const made = await setUpEndpoint(stripe, { url: url ?? webhookUrlOf(appUrl), dryRun });
    progress.end();
    console.log(describeEndpointSetup(made, dryRun));
    return 0;
  }
  const { refusals, ...database } = await readSetupDatabase(databaseOf(settings), (sentence) =>
    console.error(sentence),
  );
  if (refusals.length > 0) throw new BadEnvironment(refusals.join("\n"));
  const preview = (changes: readonly string[]) => {
    const notes = database.notes.length > 0 ? ["", ...database.notes] : [];
    progress.end(); // Somebody may be asked.
    console.log([...describeChanges("Would change", changes), ...notes, ""].join("\n"));
  };
  const report = await setUpCatalog(stripe, {
    appUrl,
    dryRun,
    count: database.count,
    onStep: progress.step,
    onDone: progress.at,
    mayGoOn: (changes) => {
      preview(changes);
      return yes ? Promise.resolve(true) : ask();
    },
  });
  progress.end();
  if (dryRun && report.changes.length > 0) preview(report.changes);
  if (report.changes.length === 0 && database.notes.length > 0) console.log(`${database.notes.join("\n")}\n`);
  console.log(describeSetup(report));
  return report.applied || dryRun || report.changes.length === 0 ? 0 : 1;
}

/** Asks whoever sits at a terminal; where nobody does, the answer is no. */
async function ask(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error(NOBODY_TO_ASK);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Change this? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Stripe's own sentence in one line; it never has more of a key than its last characters, but ours to lose. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof BadEnvironment) return error.message;
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  const line = error.message.replaceAll(/\s+/g, " ").replaceAll(/\b(sk|rk)_(test|live)_\S+/g, "$1_$2_…");
  return `Stripe: ${line}`;
}
