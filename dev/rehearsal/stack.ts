import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { migrateDatabase } from "../../db/migrate";
import { buildIfStale, ROOT } from "../build";
import { DEMO_CATALOG } from "../catalog";
import { choosePort } from "../ports";
import { startPostgres } from "../postgres";
import { installRehearsalClock, type RehearsalClock } from "../rehearsal-clock";
import { startSimulator } from "../stripe/server";
import { startWeb, type WebServer } from "../web";
import { startProxy } from "./proxy";
import type { Target } from "./transcript";

const APP_ROLE = { name: "refill_app", password: randomBytes(16).toString("hex") };
const TEMPLATE = "refill_template";
const STRIPE = "https://api.stripe.com";
const PREFERRED_PORT = 3190;

/** What all flows of a run share: a database server with a migrated template, the build, and Stripe with its catalog. */
export type Stack = {
  readonly target: Target;
  readonly secretKey: string;
  /** Where Stripe is, past any proxy. */
  readonly upstream: string;
  readonly authSecret: string;
  readonly webhookSecret: string;
  /** An application over a database of its own, asking Stripe at an address. One at a time. */
  open(name: string, stripeUrl: string): Promise<Application>;
};

export type Application = {
  readonly web: WebServer;
  readonly appDatabaseUrl: string;
  readonly clock: RehearsalClock;
  stop(): Promise<void>;
};

export type StackOptions = {
  readonly target: Target;
  readonly secretKey: string;
  /** Told each step of the start. */
  readonly progress: (text: string) => void;
  /** Whether changes of what a sandbox has are made without asking at the terminal. */
  readonly yes: boolean;
  /** Sees every step that is to be undone, the last first. */
  readonly onEnd: (step: () => Promise<unknown>) => void;
};

/** Starts it. Throws a sentence where the catalog could not be set up. Whatever was started ends by `onEnd`. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { target, secretKey, progress, onEnd } = options;
  await buildIfStale();
  const upstream = target === "stripe" ? STRIPE : await startPretended(onEnd);
  const dataDir = join(ROOT, ".data", `rehearsal-${process.pid}`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  onEnd(() => rm(dataDir, { recursive: true, force: true }));
  progress("Starting Postgres …");
  const server = await startPostgres({ dataDir: join(dataDir, "postgres"), durable: false, databaseUrl: "" });
  onEnd(() => server.stop());
  const owner = postgres(server.ownerUrl, { max: 1, onnotice: () => {} });
  onEnd(() => owner.end({ timeout: 5 }));
  await owner.unsafe(`create database ${TEMPLATE}`);
  await migrateDatabase(databaseUrl(server.ownerUrl, TEMPLATE), APP_ROLE);

  const port = await choosePort("REHEARSAL_PORT", PREFERRED_PORT);
  const appUrl = `http://localhost:${port}`;
  progress("Setting up what is sold …");
  await setUp({ appUrl, secretKey, upstream, yes: options.yes || target === "simulator" });
  const authSecret = randomBytes(32).toString("hex");
  const webhookSecret = `whsec_${randomBytes(32).toString("hex")}`;
  const variables = {
    APP_URL: appUrl,
    AUTH_SECRET: authSecret,
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    ...VARIABLES,
  };
  const open = (name: string, stripeUrl: string) =>
    openApplication({ name, port, owner, ownerUrl: server.ownerUrl, variables, stripeUrl });
  return { target, secretKey, upstream, authSecret, webhookSecret, open };
}

const VARIABLES = {
  CATALOG_FILE: DEMO_CATALOG,
  REFUND_WINDOW_HOURS: "24",
  WORKER: "inline",
  LOG_LEVEL: "error",
  SHUTDOWN_GRACE_SECONDS: "5",
  SMTP_URL: "", // Nobody is mailed, whatever this machine's own settings say.
  SELLER_NAME: "Rehearsal",
  SELLER_ADDRESS: "Hafenstraße 4\\n20457 Hamburg\\nGermany",
};

type Opening = {
  name: string;
  port: number;
  owner: Sql;
  ownerUrl: string;
  variables: Record<string, string>;
  stripeUrl: string;
};

async function openApplication(opening: Opening): Promise<Application> {
  const { owner, port, variables, stripeUrl } = opening;
  const database = `refill_${opening.name.replaceAll("-", "_")}`;
  await owner.unsafe(`create database ${database} template ${TEMPLATE}`);
  const ownerUrl = databaseUrl(opening.ownerUrl, database);
  const clock = await installRehearsalClock(ownerUrl, APP_ROLE.name);
  const appDatabaseUrl = asApplication(ownerUrl);
  const web = await startWeb(port, {
    ...variables,
    DATABASE_URL: appDatabaseUrl,
    STRIPE_API_BASE: stripeUrl,
  });
  return {
    web,
    appDatabaseUrl,
    clock,
    async stop() {
      await web.stop();
      await owner.unsafe(`drop database if exists ${database} with (force)`);
    },
  };
}

/** The simulator, taken for Stripe: it sends no events by itself, as nobody told it where to. */
async function startPretended(onEnd: StackOptions["onEnd"]): Promise<string> {
  const simulator = await startSimulator({ port: 0 });
  onEnd(() => simulator.close());
  return simulator.url;
}

type Setup = { appUrl: string; secretKey: string; upstream: string; yes: boolean };

/** `npm run stripe:setup`, as an operator would: it says what it changes in a sandbox that has something already, and asks. */
async function setUp({ appUrl, secretKey, upstream, yes }: Setup): Promise<void> {
  const proxy = await startProxy({ upstream, secretKey, mark: null, onExchange: () => {} });
  const command = ["--import", "tsx", join(ROOT, "lib/stripe/setup-main.ts"), ...(yes ? ["--yes"] : [])];
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    stdio: ["inherit", yes ? "ignore" : "inherit", "inherit"],
    env: {
      NODE_ENV: "production",
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      APP_URL: appUrl,
      STRIPE_SECRET_KEY: secretKey,
      STRIPE_API_BASE: proxy.url,
      CATALOG_FILE: DEMO_CATALOG,
      DATABASE_URL: "",
    },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  await proxy.stop();
  if (code !== 0) throw new Error("What is sold is not set up in this sandbox, so nothing can be bought.");
}

function databaseUrl(ownerUrl: string, name: string): string {
  const url = new URL(ownerUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function asApplication(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.username = APP_ROLE.name;
  url.password = APP_ROLE.password;
  return url.href;
}
