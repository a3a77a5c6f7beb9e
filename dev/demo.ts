import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale, ROOT } from "./build";
import { choosePort } from "./ports";
import { startPostgres } from "./postgres";
import { DEMO_PASSWORD } from "./seed-accounts";
import { type Stack, startStack } from "./stack";
import { startTraffic, type Traffic } from "./traffic/start";

const WHO = [
  ["starter@example.com", "Starter plan, a saved Visa"],
  ["premium@example.com", "Premium plan, a saved Mastercard"],
  ["free@example.com", "Free plan: sees what it could buy"],
  ["nocard@example.com", "Starter plan, no card saved yet"],
  ["authenticate@example.com", "its bank asks for every payment"],
  ["declined@example.com", "its card declines every payment, its next renewal too"],
  ["pastdue@example.com", "Starter plan, whose renewal could not be paid two days ago"],
  ["canceling@example.com", "Premium plan, canceled for the end of the cycle"],
  ["member@example.com", "may look at Starter's account, not buy"],
  ["troubled@example.com", "a disputed purchase, and an order that waits for an operator"],
  ["operator@example.com", "runs the product: its desk at /admin has something waiting"],
  ["second@example.com", "another operator, who has to agree to what the first asked for"],
] as const;

const { values: flags } = parseArgs({
  options: {
    fresh: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});
const dataDir = resolve(process.env.DEMO_DATA_DIR || join(ROOT, ".data/demo"));

let stack: Stack | null = null;
let traffic: Traffic | null = null;
let stopping: Promise<void> | null = null;

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    await traffic?.stop();
    await stack?.stop();
    process.exit(code);
  })();
  return stopping;
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));

try {
  if (flags.fresh) await startOver();
  await buildIfStale();
  const port = await choosePort("PORT", 3000);
  const simulatorPort = await choosePort("STRIPE_SIM_PORT", 12_111);
  const inboxPort = await choosePort("INBOX_PORT", 8_025);
  stack = await startStack({ dataDir, port, simulatorPort, inboxPort, hasTroubles: true });
  stack.simulator.limits.on = true; // From now on: what furnishes the demo is in a hurry.
  if (!flags.quiet) {
    traffic = await startTraffic({ url: stack.url, databaseUrl: stack.appDatabaseUrl, dataDir });
  }
  greet(stack, traffic);
  const why = await stack.web.ended;
  if (!stopping) {
    console.error(why);
    await stop(1);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

/** A server left over from a killed demo still writes into the folder: it is stopped before the folder goes. */
async function startOver(): Promise<void> {
  const postgres = join(dataDir, "postgres");
  await startPostgres({ dataDir: postgres, databaseUrl: "" }).then((left) => left.stop());
  await rm(dataDir, { recursive: true, force: true });
}

function greet({ url, simulator, inbox }: Stack, spending: Traffic | null): void {
  const width = Math.max(...WHO.map(([email]) => email.length));
  console.log(`
${WHO.map(([email, what]) => `  ${email.padEnd(width)}  ${what}`).join("\n")}

  Password for all of them: ${DEMO_PASSWORD}
  Stripe simulator: ${simulator.url}   Ctrl-C stops everything; what was bought stays.
  Move the clock on the simulator's page to rehearse renewals.${whereTheClockIs(simulator)}
  Mail that would have been sent: ${inbox.url}
  ${
    spending
      ? `An assistant spends credits of ${spending.customers} paying customers through the API; --quiet turns it off.`
      : "Nobody spends credits: without --quiet an assistant would."
  }

Ready on ${url}  (sign in at ${url}/sign-in)`);
}

function whereTheClockIs({ clock }: Stack["simulator"]): string {
  const now = clock.now();
  const isMoved = now - Date.now() > 60_000;
  return isMoved ? ` It is at ${new Date(now).toISOString().slice(0, 16).replace("T", " ")} UTC.` : "";
}
