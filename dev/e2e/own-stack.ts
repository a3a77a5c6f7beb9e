import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildIfStale, ROOT } from "../build";
import type { ContractReport } from "../contract-proxy";
import { freePort, onFreePorts } from "../ports";
import { startPostgres } from "../postgres";
import { type Stack, type StackOptions, startStack } from "../stack";
import { findBrowser } from "./browser";
import { type Facts, factsOf } from "./facts";

const DATA = join(ROOT, ".data");

export type OwnStack = {
  readonly stack: Stack;
  readonly facts: Facts;
  /** Stops everything and removes its data; with a contract checker, what it found. */
  stop(): Promise<ContractReport | null>;
};

/** How an operator set up their Stripe account. */
export type StripeSettings = Pick<StackOptions, "afterLastRetry">;

/** A stack for this process alone, on free ports, with the demo's customers and data that go away with it. */
export async function startOwnStack(settings: StripeSettings = {}): Promise<OwnStack> {
  const [own] = await startOwnStacks(1, undefined, settings);
  if (!own) throw new Error("one stack is one stack");
  return own;
}

/** So many of them, apart from each other in everything but the build. */
export async function startOwnStacks(
  count: number,
  contractProxy?: string,
  settings: StripeSettings = {},
): Promise<OwnStack[]> {
  process.env.DATABASE_URL = ""; // Databases of their own, never one that somebody uses.
  const browser = await findBrowser();
  await removeLeftovers();
  await buildIfStale();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const starts = await Promise.allSettled(
    numbers.map((number) =>
      onFreePorts(() =>
        start(join(DATA, `e2e-${process.pid}-${number}`), browser, { ...settings, contractProxy }),
      ),
    ),
  );
  const started = starts.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = starts.find((each) => each.status === "rejected");
  if (!failed) return started;
  for (const each of started) await each.stop();
  throw failed.reason;
}

async function start(
  dataDir: string,
  browser: string,
  options: StripeSettings & Pick<StackOptions, "contractProxy">,
): Promise<OwnStack> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const stack = await startStack({
    dataDir,
    port,
    simulatorPort,
    durable: false,
    ...options,
    variables: {
      LOG_LEVEL: "error", // Stripe's bad days are warnings, and here on purpose.
      REFUND_WINDOW_HOURS: "24",
    },
  });
  return {
    stack,
    facts: factsOf(stack, browser, options.contractProxy !== undefined),
    async stop() {
      const report = await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
      return report;
    },
  };
}

/** Folders of runs that were killed, and the database servers that may still write into them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(DATA).catch(() => [])) {
    const pid = Number(/^e2e-(\d+)(?:-\d+)?$/.exec(name)?.[1]);
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
