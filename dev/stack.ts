import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { connect } from "../db/client";
import { migrateDatabase } from "../db/migrate";
import type { BillingDeps } from "../lib/billing/deps";
import { cents } from "../lib/money/credits";
import { createStripeGateway } from "../lib/stripe/gateway";
import { WEBHOOK_EVENTS } from "../lib/stripe/webhook";
import { type ContractProxy, type ContractReport, startContractProxy } from "./contract-proxy";
import { freePort } from "./ports";
import { type PostgresOptions, type RunningPostgres, startPostgres } from "./postgres";
import { seedDemo } from "./seed";
import { type Simulator, startSimulator } from "./stripe/server";
import { startWeb, type WebServer } from "./web";

export type StackOptions = {
  dataDir: string;
  port: number;
  simulatorPort: number;
  durable?: boolean;
  /** A checker to put between the application and the simulator, and before the webhooks. */
  contractProxy?: string | undefined;
  /** More variables for the application. */
  variables?: Record<string, string>;
};

export type Stack = {
  url: string;
  web: WebServer;
  simulator: Simulator;
  ownerUrl: string;
  appDatabaseUrl: string;
  webhookSecret: string;
  variables: Record<string, string>;
  /** Stops everything in order. With a contract checker, what it found. */
  stop(): Promise<ContractReport | null>;
};

/** Everything a customer meets, on this machine alone: database, Stripe simulator, the built application, demo customers. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, port, durable = true } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const secrets = await readSecrets(join(dataDir, "secrets.json"));
    const postgres = await keepPostgres({ dataDir: join(dataDir, "postgres"), durable });
    stops.push(() => postgres.stop());
    const appDatabaseUrl = asRole(postgres.ownerUrl, "refill_app", secrets.databasePassword);
    await migrateDatabase(postgres.ownerUrl, { name: "refill_app", password: secrets.databasePassword });

    const { proxy, simulator, apiBase } = await startStripe(options, secrets.webhook);
    if (proxy) stops.push(() => proxy.stop());
    stops.push(() => simulator.close());
    const urls = { app: appDatabaseUrl, owner: postgres.ownerUrl };
    await seed(urls, simulator, `http://localhost:${port}`);

    const variables = {
      APP_URL: `http://localhost:${port}`,
      DATABASE_URL: appDatabaseUrl,
      AUTH_SECRET: secrets.auth,
      STRIPE_SECRET_KEY: "sk_test_demo",
      STRIPE_WEBHOOK_SECRET: secrets.webhook,
      STRIPE_API_BASE: process.env.STRIPE_API_BASE || apiBase,
      LOG_LEVEL: "warn",
      ...options.variables,
    };
    const web = await startWeb(port, variables);
    stops.push(() => web.stop());
    return {
      url: web.url,
      web,
      simulator,
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

async function startStripe(
  options: StackOptions,
  secret: string,
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

type DatabaseUrls = { readonly app: string; readonly owner: string };

async function seed(urls: DatabaseUrls, simulator: Simulator, appUrl: string): Promise<void> {
  const stripe = new Stripe("sk_test_demo", {
    host: "127.0.0.1",
    port: simulator.port,
    protocol: "http",
    telemetry: false,
  });
  const db = connect(urls.app, { max: 2 });
  const owner = connect(urls.owner, { max: 2 });
  const log: BillingDeps["log"] = { info: () => {}, warn: console.warn, error: console.error };
  const limits = { minCents: cents(100n), maxCents: cents(1_000_000n) };
  try {
    await seedDemo({ db, owner, stripe, gateway: createStripeGateway(stripe), log, limits, appUrl });
  } finally {
    await Promise.all([db, owner].map((each) => each.pool.end({ timeout: 5 })));
  }
}

function asRole(ownerUrl: string, name: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = name;
  url.password = password;
  return url.href;
}
