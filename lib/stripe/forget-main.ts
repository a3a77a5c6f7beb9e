import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { connect } from "../../db/client";
import { type Forgettable, findForgettable, forgetStripe, listRunning } from "../billing/forget-stripe";
import { catalogFile, databaseOwner } from "../env";
import { stopWhenInterrupted } from "../interrupt";
import { formatCredits } from "../money/format";
import { showProgress } from "../progress";
import { readCatalog } from "../read-catalog";
import { answerInSentences } from "../sentences";

// `npm run stripe:forget [-- --apply] [--keep-credits]`: as the owner of the tables, while the application is stopped.
const USAGE = "Usage: npm run stripe:forget [-- [--apply] [--keep-credits]]";

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const asked = readArguments();
const owner = databaseOwner();
if (!asked || !owner) {
  console.error(asked ? "DATABASE_OWNER_URL (owns the tables) must be set." : USAGE);
  process.exit(asked ? 1 : 2);
}
// Before anything is begun: what subscribers go on with, Free, is the catalog's.
readCatalog(catalogFile());
const db = connect(owner, { max: 2 });
process.exitCode = await run(asked);
await db.pool.end({ timeout: 5 });

type Asked = { readonly apply: boolean; readonly keepCredits: boolean };

function readArguments(): Asked | null {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({ options: { apply: flag, "keep-credits": flag } });
    return { apply: values.apply, keepCredits: values["keep-credits"] };
  } catch {
    return null;
  }
}

async function run({ apply, keepCredits }: Asked): Promise<number> {
  const found = await findForgettable(db);
  for (const line of describe(found, { apply, keepCredits })) console.log(line);
  if (!apply) {
    console.log("Nothing was changed. Stop the application, take a backup, and run it with --apply.");
    return 0;
  }
  const running = await listRunning(db);
  if (running.length > 0) {
    console.error(
      `Still running: ${running.join(", ")}. Stop everything first (what crashed counts for three minutes).`,
    );
    return 1;
  }
  const progress = showProgress();
  const interruption = stopWhenInterrupted(progress);
  progress.step("accounts");
  const outcome = await forgetStripe(db, {
    keepCredits,
    onProgress: progress.at,
    isStopped: interruption.isStopped,
  });
  progress.end();
  if (outcome === "stopped") {
    console.error("Stopped. Run it again: it goes on, and until it has ended no process starts.");
    return interruption.exitCode() ?? 1;
  }
  console.log("Done. This database belongs to no Stripe account until a process starts with a key.");
  return 0;
}

function describe(found: Forgettable, { apply, keepCredits }: Asked): string[] {
  const mode = found.live === null ? "" : found.live ? " in live mode" : " in test mode";
  const credits = formatCredits(found.credits, "en");
  return [
    `This database belongs to ${found.accountId ?? (found.live === null ? "no Stripe account" : "a Stripe account")}${mode}.`,
    apply ? "Forgetting:" : "It would forget:",
    `  ${found.customers} customers, ${found.cards} cards, ${found.subscriptions} subscriptions that run there`,
    `  ${found.openOrders} open orders, which are canceled`,
    `  ${found.events} events nobody has handled, which are parked`,
    keepCredits
      ? `  nothing of the ${credits} credits left of what was paid for there`
      : `  ${credits} credits left of what was paid for there, which are revoked (--keep-credits leaves them)`,
    ...(found.unsettled.length > 0
      ? [`Payments under way, which may have gone through there: look for ${found.unsettled.join(", ")}.`]
      : []),
  ];
}
