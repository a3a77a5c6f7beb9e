import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import postgres, { type Sql } from "postgres";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { ROOT } from "../build";
import { freePort } from "../ports";
import type { Facts } from "./facts";

const ROLE = { name: "refill_process", password: "refill-process" };

/** A web process and a database of a test's own: what it does to them strikes no other test. */
export type OwnWeb = {
  /** Of these, what the tests' customers and cookies need. */
  readonly facts: Facts;
  readonly db: Database;
  readonly owner: Sql;
  readonly child: ChildProcess;
  /** The code it ended with. */
  readonly ended: Promise<number | null>;
  /** Everything it printed, in both ways, a line each. */
  lines(): string[];
};

export type OwnDatabase = {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly owner: Sql;
  drop(): Promise<void>;
};

/** A migrated database beside the stack's, and a role for it. */
export async function createDatabase(stack: Facts): Promise<OwnDatabase> {
  const name = `process_${randomBytes(6).toString("hex")}`;
  const maintenance = postgres(stack.ownerUrl, { max: 1, onnotice: () => {} });
  await maintenance.unsafe(`create database ${name}`);
  const url = new URL(stack.ownerUrl);
  url.pathname = `/${name}`;
  const ownerUrl = url.href;
  await migrateDatabase(ownerUrl, ROLE);
  Object.assign(url, { username: ROLE.name, password: ROLE.password });
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  return {
    ownerUrl,
    appUrl: url.href,
    owner,
    async drop() {
      await owner.end({ timeout: 5 });
      await maintenance.unsafe(`drop database if exists ${name} with (force)`);
      await maintenance.end({ timeout: 5 });
    },
  };
}

/** The built application as its operator starts it, with what it prints kept. Lets `use` at it once it is ready. */
export async function withOwnWeb(
  stack: Facts,
  variables: Readonly<Record<string, string>>,
  use: (web: OwnWeb) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(stack);
  const db = connect(database.appUrl, { max: 2, applicationName: "e2e" });
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const facts = { ...stack, url, appDatabaseUrl: database.appUrl, ownerUrl: database.ownerUrl };
  const { child, ended, lines } = spawnWeb(port, {
    APP_URL: url,
    DATABASE_URL: database.appUrl,
    AUTH_SECRET: stack.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: stack.webhookSecret,
    STRIPE_API_BASE: stack.simulatorUrl,
    ...variables,
  });
  try {
    await untilReady(url, ended, lines);
    await use({ facts, db, owner: database.owner, child, ended, lines });
  } finally {
    child.kill("SIGKILL");
    await ended;
    await db.pool.end({ timeout: 5 });
    await database.drop();
  }
}

/** Starts the built application with these variables and no others. */
export function spawnWeb(port: number, variables: Readonly<Record<string, string>>) {
  const preload = pathToFileURL(join(ROOT, "dev/exit-with-parent.mjs")).href;
  const { PATH, HOME } = process.env;
  const given = { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
  const child = spawn(process.execPath, ["--import", preload, join(ROOT, "lib/serve.mjs")], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...given, ...variables, PORT: String(port), BIND_ADDRESS: "127.0.0.1" },
  });
  // Each by itself, and whole lines only: what comes in two pieces has the other stream's between them.
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on("line", (line) => printed.push(line));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines = () => printed.filter((line) => line.trim() !== "");
  return { child, ended, lines };
}

export async function untilReady(url: string, ended: Promise<unknown>, lines: () => string[]): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    if (over) throw new Error(`the web process ended:\n${lines().join("\n")}`);
    await sleep(50);
  }
}
