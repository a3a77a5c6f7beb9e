import { spawn } from "node:child_process";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import type { BillingDeps } from "../../lib/billing/deps";
import { always, type Report } from "../bench/report";
import { type Bench, runBench } from "../bench/run";
import { openDeps } from "../bench/web";
import { buildIfStale, ROOT } from "../build";
import { freePort } from "../ports";
import { type Stack, startStack } from "../stack";
import { beforeBackup, DAY, lookAgain, type People, sinceBackup, tryToSell } from "./story";

// The runbook's drill, with the commands and a copy of the database's own folder: docs/recovery.md.

const HEARD_WITHIN_MS = 120_000;

type Shop = { readonly stack: Stack; readonly deps: BillingDeps; readonly stripe: Stripe };

async function open(dataDir: string): Promise<Shop> {
  const stack = await startStack({ dataDir, port: await freePort(), simulatorPort: await freePort() });
  const { hostname: host, port } = new URL(stack.simulator.url);
  const stripe = new Stripe("sk_test_demo", { host, port, protocol: "http", telemetry: false });
  return { stack, deps: openDeps(stack.appDatabaseUrl, stack.simulator.url, stack.url), stripe };
}

async function close({ stack, deps }: Shop): Promise<void> {
  await deps.db.pool.end({ timeout: 5 });
  await stack.stop();
}

/** Every event of Stripe's was taken in, as in a day without trouble. */
async function heard({ deps: { db } }: Shop): Promise<void> {
  const deadline = Date.now() + HEARD_WITHIN_MS;
  for (let quiet = 0; quiet < 3; ) {
    await sleep(1_000);
    const [row] = await db.execute<{ waiting: number }>(
      sql`select count(*)::int as waiting from stripe_events where handled_at is null`,
    );
    quiet = row?.waiting === 0 ? quiet + 1 : 0;
    if (Date.now() > deadline) throw new Error(`${row?.waiting} events were not handled in time`);
  }
}

/** `npm run recover -- --since …` as an operator runs it. */
function recoverByCommand({ stack: { variables } }: Shop, since: Date): Promise<number> {
  const { PATH, HOME } = process.env;
  const args = ["--import", "tsx", "lib/jobs/recover-main.ts", "--since", since.toISOString()];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", process.stderr, process.stderr],
    env: { PATH, HOME, NODE_ENV: "production", ...variables },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

type Figures = {
  readonly differing: number;
  readonly sold: number;
  readonly again: number;
  readonly seconds: number;
};

async function drill(bench: Bench): Promise<Figures> {
  const dataDir = bench.dataDir("drill");
  const [database, backup] = [join(dataDir, "postgres"), join(dataDir, "backup")];
  let shop: Shop | null = null;
  bench.onEnd(async () => shop && close(shop));
  const restart = async (between: () => Promise<void>): Promise<Shop> => {
    if (shop) await close(shop);
    shop = null;
    await between();
    shop = await open(dataDir);
    return shop;
  };

  bench.progress("Selling before the backup …");
  const first = await restart(async () => {});
  const people: People = await beforeBackup(first);
  await heard(first);
  const since = new Date(first.stack.simulator.clock.now() - DAY);

  bench.progress("Copying the database's folder, and selling after that …");
  const second = await restart(() => cp(database, backup, { recursive: true }));
  await sinceBackup(second, people, () => heard(second));
  const before = await lookAgain(second, people);

  bench.progress("Restoring the copy …");
  const third = await restart(async () => {
    await rm(database, { recursive: true });
    await rename(backup, database);
  });
  const sold = (await tryToSell(third, people)) ? 1 : 0;
  const began = performance.now();
  if ((await recoverByCommand(third, since)) !== 0) throw new Error("recover did not bring everything back");
  const seconds = (performance.now() - began) / 1_000;
  await heard(third);
  const after = await lookAgain(third, people);
  const differing = before.filter((line, index) => line !== after[index]);
  for (const line of differing) bench.progress(`before: ${line}\nafter:  ${after[before.indexOf(line)]}`);
  return { differing: differing.length, sold, again: (await tryToSell(third, people)) ? 1 : 0, seconds };
}

const report = (figures: Figures): Report => ({
  bench: "restore",
  tables: [
    {
      title: "A backup restored, and what was sold since brought back from Stripe",
      columns: [{ title: "npm run recover, s", decimals: 1 }],
      rows: [[figures.seconds]],
    },
  ],
  goals: [
    always("accounts or orders that differ from before", [figures.differing], 0, ""),
    always("sold before it was recovered", [figures.sold], 0, ""),
    always("sold afterwards", [figures.again], 1, ""),
  ],
  figures,
});

await runBench([], async (bench) => {
  await buildIfStale();
  const figures = await drill(bench);
  if (figures.differing > 0 || figures.sold !== 0 || figures.again !== 1) process.exitCode = 1;
  return report(figures);
});
