import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../build";
import type { ContractReport } from "../contract-proxy";
import { tellFacts } from "./facts";
import { findLooseEnds } from "./loose-ends";
import { type OwnStack, startOwnStacks } from "./own-stack";

const contractProxy = process.env.STRIPE_CONTRACT_PROXY || undefined;
const interrupted = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupted.abort();
    // What is starting or running ends by the abort; whatever hangs does not keep the process.
    setTimeout(() => process.exit(130), 30_000).unref();
  });
}

/** Pages wait for servers and servers for each other: as many tests as cores leave a quarter of their time unused. */
const STACKS = Math.min(3, availableParallelism() + 1);

let own: OwnStack[] = [];
let passed = false;
try {
  own = await startOwnStacks(STACKS, contractProxy);
  passed = await test(own);
} catch (error) {
  if (!interrupted.signal.aborted) console.error(error);
}
const reports: ContractReport[] = [];
for (const each of own) {
  const report = await each.stop();
  if (report) reports.push(report);
}
if (reports.length > 0 && !interrupted.signal.aborted) passed = keepContract(reports) && passed;
process.exit(interrupted.signal.aborted ? 130 : passed ? 0 : 1);

async function test(running: readonly OwnStack[]): Promise<boolean> {
  interrupted.signal.throwIfAborted();
  const succeeded = await runPlaywright(running);
  interrupted.signal.throwIfAborted();
  const looseEnds = (await Promise.all(running.map(({ stack }) => findLooseEnds(stack)))).flat();
  for (const end of looseEnds) console.error(`Left behind by the tests: ${end}`);
  return succeeded && looseEnds.length === 0;
}

async function runPlaywright(running: readonly OwnStack[]): Promise<boolean> {
  const cli = join(ROOT, "node_modules/@playwright/test/cli.js");
  const config = fileURLToPath(new URL("playwright.config.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [cli, "test", "--config", config, ...process.argv.slice(2)],
    // A group of its own: a Ctrl-C reaches this process alone, which passes it on.
    {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...tellFacts(running.map(({ facts }) => facts)) },
      detached: true,
    },
  );
  const interrupt = () => child.kill("SIGINT");
  interrupted.signal.addEventListener("abort", interrupt, { once: true });
  for (const { stack } of running) {
    void stack.web.ended.then((why) => {
      if (child.exitCode !== null || interrupted.signal.aborted) return;
      console.error(why);
      interrupt(); // Every further test would only wait for its timeout.
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

function keepContract(reports: readonly ContractReport[]): boolean {
  const total = { requests: 0, webhooks: 0, violations: 0 };
  for (const { summary } of reports) {
    const line = summary.split("\n").find((each) => each.includes('"summary":true'));
    const counted: Record<string, unknown> = line ? JSON.parse(line) : {};
    for (const what of ["requests", "webhooks", "violations"] as const) total[what] += Number(counted[what]);
  }
  console.log(
    `Stripe contract: ${total.requests} requests, ${total.webhooks} webhooks, ${total.violations} violations`,
  );
  const kept = reports.every((each) => each.passed) && total.violations === 0 && total.requests > 0;
  if (!kept) for (const { summary, violations } of reports) console.error(violations || summary);
  return kept;
}
