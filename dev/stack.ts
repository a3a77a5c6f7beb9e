import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { migrateDatabase } from "../db/migrate";
import { WEBHOOK_EVENTS } from "../lib/stripe/webhook";
import { DEMO_CATALOG } from "./catalog";
import { type ContractProxy, type ContractReport, startContractProxy } from "./contract-proxy";
import { furnish } from "./furnish";
import { type Inbox, startInbox } from "./inbox";
import { freePort } from "./ports";
import { type PostgresOptions, type RunningPostgres, startPostgres } from "./postgres";
import { installRehearsalClock, type RehearsalClock, removeRehearsalClock } from "./rehearsal-clock";
import { type Simulator, type SimulatorOptions, startSimulator } from "./stripe/server";
import { startWeb, type WebServer } from "./web";

export type StackOptions = {
  dataDir: string;
  port: number;
  simulatorPort: number;
  /** Of the page with the mail that was sent; left out, a free one. */
  inboxPort?: number;
  durable?: boolean;
  /** A checker to put between the application and the simulator, and before the webhooks. */
  contractProxy?: string | undefined;
  /** More variables for the application. */
  variables?: Record<string, string>;
  /** What Stripe does with a subscription after the last try at an invoice, as the account's settings say. */
  afterLastRetry?: SimulatorOptions["afterLastRetry"];
  /** The application goes by real time, as it ships, and the simulator's clock cannot be moved: for measuring. */
  realTime?: boolean;
  /** A customer with orders and payments that wait for operators, of whom there are two then. */
  hasTroubles?: boolean;
};

export type Stack = {
  url: string;
  web: WebServer;
  simulator: Simulator;
  inbox: Inbox;
  ownerUrl: string;
  appDatabaseUrl: string;
  webhookSecret: string;
  variables: Record<string, string>;
  /** Stops everything in order. With a contract checker, what it found. */
  stop(): Promise<ContractReport | null>;
};

const APP_ROLE = "refill_app";

/** Everything a customer meets, on this machine alone: database, Stripe simulator, the built application, demo customers. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, port, durable = true } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const secrets = await readSecrets(join(dataDir, "secrets.json"));
    const postgres = await keepPostgres({ dataDir: join(dataDir, "postgres"), durable });
    stops.push(() => postgres.stop());
    const appDatabaseUrl = asRole(postgres.ownerUrl, APP_ROLE, secrets.databasePassword);
    await migrateDatabase(postgres.ownerUrl, { name: APP_ROLE, password: secrets.databasePassword });
    const clock = await installRehearsalClock(postgres.ownerUrl, APP_ROLE);

    const { proxy, simulator, apiBase } = await startStripe(options, secrets.webhook, clock);
    if (proxy) stops.push(() => proxy.stop());
    stops.push(() => simulator.close());
    await agreeOnTime(clock, simulator);
    const inbox = await startInbox({ smtpPort: 0, httpPort: options.inboxPort ?? 0 });
    stops.push(() => inbox.stop());
    const variables = {
      APP_URL: `http://localhost:${port}`,
      DATABASE_URL: appDatabaseUrl,
      AUTH_SECRET: secrets.auth,
      STRIPE_SECRET_KEY: "sk_test_demo",
      STRIPE_WEBHOOK_SECRET: secrets.webhook,
      STRIPE_API_BASE: process.env.STRIPE_API_BASE || apiBase,
      SMTP_URL: inbox.smtpUrl,
      SIGN_UP: "invited",
      LOG_LEVEL: "warn",
      SHUTDOWN_GRACE_SECONDS: "5", // Nobody waits for a demo or a test to end.
      CATALOG_FILE: DEMO_CATALOG,
      ...SELLER,
      ...options.variables,
    };
    const { hasTroubles = false } = options;
    await furnish({ appDatabaseUrl, ownerUrl: postgres.ownerUrl, simulator, variables, hasTroubles });
    if (options.realTime) await removeRehearsalClock(postgres.ownerUrl, APP_ROLE);
    const web = await startWeb(port, variables);
    stops.push(() => web.stop());
    return {
      url: web.url,
      web,
      simulator,
      inbox,
      ownerUrl: postgres.ownerUrl,
      appDatabaseUrl,
      webhookSecret: secrets.webhook,
      variables,
      async stop() {
        await stopAll(stops);
        return proxy ? proxy.report() : null;
      },
    };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

async function stopAll(stops: (() => Promise<unknown>)[]): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** Who sells in the demo. */
const SELLER = {
  SELLER_NAME: "Assistant Labs GmbH",
  SELLER_ADDRESS: "Hafenstraße 4\\n20457 Hamburg\\nGermany",
  SELLER_TAX_ID: "DE123456789",
  SELLER_TAX_TEXT: "Reverse charge: VAT is to be accounted for by the recipient.",
  SELLER_TIME_ZONE: "Europe/Berlin",
  SELLER_LOCALE: "en-GB",
};

const POSTGRES_AGAIN_MS = 1_000;

/** Postgres on one port for as long as the stack runs: one that was killed is started again where it was. */
async function keepPostgres(options: PostgresOptions): Promise<Pick<RunningPostgres, "ownerUrl" | "stop">> {
  let running = await startPostgres(options);
  const { ownerUrl, port } = running;
  let stopping = false;
  let again: Promise<unknown> = Promise.resolve();
  const watch = () => {
    void running.ended.then(() => {
      if (!stopping) again = startAgain();
    });
  };
  const startAgain = async () => {
    console.error("Postgres ended, and is started again.");
    while (!stopping) {
      try {
        running = await startPostgres({ ...options, port });
        return watch();
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        await sleep(POSTGRES_AGAIN_MS);
      }
    }
  };
  watch();
  return {
    ownerUrl,
    async stop() {
      stopping = true;
      await again;
      await running.stop();
    },
  };
}

type Secrets = { auth: string; webhook: string; databasePassword: string };

/** Made once per data folder, so that sessions and signatures outlive a restart. */
async function readSecrets(file: string): Promise<Secrets> {
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept) return JSON.parse(kept) as Secrets;
  const random = () => randomBytes(32).toString("hex");
  const made = { auth: random(), webhook: `whsec_${random()}`, databasePassword: random() };
  await writeFile(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/** Both keep it over a restart; what the simulator says counts. */
async function agreeOnTime(clock: RehearsalClock, simulator: Simulator): Promise<void> {
  const aheadMs = simulator.clock.now() - Date.now();
  if (aheadMs >= 0) return clock.setOffset(aheadMs);
  // Only a first start that was cut short leaves the past it was making up.
  await simulator.clock.moveTo(Date.now());
}

async function startStripe(
  options: StackOptions,
  secret: string,
  clock: RehearsalClock,
): Promise<{ proxy: ContractProxy | null; simulator: Simulator; apiBase: string }> {
  const webhookUrl = `http://127.0.0.1:${options.port}/api/stripe/webhook`;
  const proxyPorts = options.contractProxy ? { api: await freePort(), webhook: await freePort() } : null;
  const url = proxyPorts
    ? `http://127.0.0.1:${proxyPorts.webhook}`
    : (process.env.STRIPE_SIM_WEBHOOK_URL ?? webhookUrl);
  const simulator = await startSimulator({
    port: options.simulatorPort,
    dataFile: join(options.dataDir, "stripe.jsonl"),
    webhook: { url, secret, events: WEBHOOK_EVENTS },
    afterLastRetry: options.afterLastRetry,
    onClockMoved: (offsetMs) => clock.setOffset(offsetMs),
  });
  if (!options.contractProxy || !proxyPorts) return { proxy: null, simulator, apiBase: simulator.url };
  const proxy = await startContractProxy({
    script: options.contractProxy,
    ...proxyPorts,
    upstream: simulator.url,
    webhookUpstream: webhookUrl,
    secret,
  });
  return { proxy, simulator, apiBase: proxy.apiBase };
}

function asRole(ownerUrl: string, name: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = name;
  url.password = password;
  return url.href;
}
