import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../build";
import type { ContractReport } from "../contract-proxy";
import { tellFacts } from "./facts";
import { findLooseEnds } from "./loose-ends";
import { type OwnStack, startOwnStack } from "./own-stack";

const contractProxy = process.env.STRIPE_CONTRACT_PROXY || undefined;
const interrupted = new AbortController();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupted.abort();
    // What is starting or running ends by the abort; whatever hangs does not keep the process.
    setTimeout(() => process.exit(130), 30_000).unref();
  });
}

let own: OwnStack | null = null;
let passed = false;
try {
  own = await startOwnStack(contractProxy);
  passed = await test(own);
} catch (error) {
  if (!interrupted.signal.aborted) console.error(error);
}
const report = own && (await own.stop());
if (report && !interrupted.signal.aborted) passed = keepsContract(report) && passed;
process.exit(interrupted.signal.aborted ? 130 : passed ? 0 : 1);

async function test(running: OwnStack): Promise<boolean> {
  interrupted.signal.throwIfAborted();
  const succeeded = await runPlaywright(running);
  interrupted.signal.throwIfAborted();
  const looseEnds = await findLooseEnds(running.stack);
  for (const end of looseEnds) console.error(`Left behind by the tests: ${end}`);
  return succeeded && looseEnds.length === 0;
}

async function runPlaywright({ stack, facts }: OwnStack): Promise<boolean> {
  const cli = join(ROOT, "node_modules/@playwright/test/cli.js");
  const config = join(import.meta.dirname, "playwright.config.ts");
  const child = spawn(
    process.execPath,
    [cli, "test", "--config", config, ...process.argv.slice(2)],
    // A group of its own: a Ctrl-C reaches this process alone, which passes it on.
    {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...tellFacts(facts) },
      detached: true,
    },
  );
  const interrupt = () => child.kill("SIGINT");
  interrupted.signal.addEventListener("abort", interrupt, { once: true });
  void stack.web.ended.then((why) => {
    if (child.exitCode !== null || interrupted.signal.aborted) return;
    console.error(why);
    interrupt(); // Every further test would only wait for its timeout.
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

function keepsContract({ passed: clean, summary, violations }: ContractReport): boolean {
  const line = summary.split("\n").find((each) => each.includes('"summary":true'));
  const counted: Record<string, unknown> = line ? JSON.parse(line) : {};
  console.log(
    `Stripe contract: ${counted.requests} requests, ${counted.webhooks} webhooks, ${counted.violations} violations`,
  );
  const kept = clean && counted.violations === 0 && Number(counted.requests) > 0;
  if (!kept) console.error(violations || summary);
  return kept;
}
