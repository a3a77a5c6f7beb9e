import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildIfStale, ROOT } from "../build";
import type { ContractReport } from "../contract-proxy";
import { freePort } from "../ports";
import { startPostgres } from "../postgres";
import { type Stack, startStack } from "../stack";
import { findBrowser } from "./browser";
import { tellFacts } from "./facts";
import { findLooseEnds } from "./loose-ends";

const DATA = join(ROOT, ".data");
const dataDir = join(DATA, `e2e-${process.pid}`);
const contractProxy = process.env.STRIPE_CONTRACT_PROXY || undefined;

let stack: Stack | null = null;
let stopping: Promise<ContractReport | null> | null = null;
const stopped = new AbortController();

/** Stops everything once, however often it is asked to. */
function stop(): Promise<ContractReport | null> {
  stopping ??= (async () => {
    const report = (await stack?.stop()) ?? null;
    await rm(dataDir, { recursive: true, force: true });
    return report;
  })();
  return stopping;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopped.abort();
    // What is starting or running ends by the abort; whatever hangs does not keep the process.
    setTimeout(() => process.exit(130), 30_000).unref();
  });
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  if (!stopped.signal.aborted) console.error(error);
  process.exitCode = stopped.signal.aborted ? 130 : 1;
} finally {
  await stop();
}
process.exit();

async function run(): Promise<boolean> {
  process.env.DATABASE_URL = ""; // These tests fill a database of their own, never one that somebody uses.
  const browser = await findBrowser();
  await removeLeftovers();
  await buildIfStale();
  stopped.signal.throwIfAborted();
  stack = await startStack({
    dataDir,
    port: await freePort(),
    simulatorPort: await freePort(),
    durable: false,
    contractProxy,
  });
  stopped.signal.throwIfAborted();
  const passed = await runPlaywright(stack, browser);
  stopped.signal.throwIfAborted();
  const looseEnds = await findLooseEnds(stack);
  for (const end of looseEnds) console.error(`Left behind by the tests: ${end}`);
  const report = await stop();
  return passed && looseEnds.length === 0 && (!report || keepsContract(report));
}

async function runPlaywright(running: Stack, browser: string): Promise<boolean> {
  const facts = tellFacts({
    url: running.url,
    simulatorUrl: running.simulator.url,
    appDatabaseUrl: running.appDatabaseUrl,
    ownerUrl: running.ownerUrl,
    authSecret: running.variables.AUTH_SECRET ?? "",
    webhookSecret: running.webhookSecret,
    browser,
    checked: contractProxy !== undefined,
  });
  const cli = join(ROOT, "node_modules/@playwright/test/cli.js");
  const config = join(import.meta.dirname, "playwright.config.ts");
  const child = spawn(
    process.execPath,
    [cli, "test", "--config", config, ...process.argv.slice(2)],
    // A group of its own: a Ctrl-C reaches this process alone, which passes it on.
    { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...facts }, detached: true },
  );
  const interrupt = () => child.kill("SIGINT");
  stopped.signal.addEventListener("abort", interrupt, { once: true });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
  const webEnded = running.web.ended.then((why) => {
    if (child.exitCode !== null || stopped.signal.aborted) return;
    console.error(why);
    interrupt();
  });
  const passed = await Promise.race([ended, webEnded.then(() => ended)]);
  return passed;
}

function keepsContract({ passed, summary, violations }: ContractReport): boolean {
  const line = summary.split("\n").find((each) => each.includes('"summary":true'));
  const counted = line ? (JSON.parse(line) as Record<string, unknown>) : {};
  console.log(
    `Stripe contract: ${counted.requests} requests, ${counted.webhooks} webhooks, ${counted.violations} violations`,
  );
  const kept = passed && counted.violations === 0 && Number(counted.requests) > 0;
  if (!kept) console.error(violations);
  return kept;
}

/** Folders of runs that were killed, and the database servers that may still write into them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(DATA).catch(() => [])) {
    const pid = Number(/^e2e-(\d+)$/.exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const postgres = join(DATA, name, "postgres");
    if (existsSync(postgres)) {
      await startPostgres({ dataDir: postgres, databaseUrl: "" }).then((left) => left.stop());
    }
    await rm(join(DATA, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
