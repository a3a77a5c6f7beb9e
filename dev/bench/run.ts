import "../catalog";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../build";
import { startPostgres } from "../postgres";
import { processStart } from "../postgres/processes";
import { printReport, type Report } from "./report";

const DATA = join(ROOT, ".data");
const FOLDER = /^bench-(\d+)$/;
/** Would point the benchmark at somebody's own services. */
const NOT_OURS = ["DATABASE_URL", "STRIPE_API_BASE", "STRIPE_SIM_WEBHOOK_URL"];

export type Bench = {
  /** A data folder of this run alone, by name; it is removed afterwards. */
  dataDir(name: string): string;
  /** Runs at the end, last added first, however the run ends. */
  onEnd(step: () => Promise<unknown>): void;
  /** Says how far it is, on stderr. */
  progress(text: string): void;
  /** The number given as `--<name>`, or the default. */
  number(name: string, preferred: number): number;
};

/**
 * Runs one benchmark and prints its report. `options` names the whole numbers it takes as flags, besides `--json`.
 * Exits with 1 when it fails, with 0 when its figures merely disappoint.
 */
export async function runBench(
  options: readonly string[],
  measure: (bench: Bench) => Promise<Report>,
): Promise<void> {
  console.log = console.error; // Whatever is started reports its progress; stdout is the report's.
  for (const name of NOT_OURS) delete process.env[name];
  const own = join(DATA, `bench-${process.pid}`);
  const steps: (() => Promise<unknown>)[] = [() => rm(own, { recursive: true, force: true })];
  let ending: Promise<void> | null = null;
  const end = () => {
    ending ??= runAll(steps);
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void end().finally(() => process.exit(1)));
  }
  try {
    const { json, number } = readFlags(options);
    await removeLeftovers();
    await mkdir(own, { recursive: true, mode: 0o700 });
    const report = await measure({
      dataDir: (name) => join(own, name),
      onEnd: (step) => steps.push(step),
      progress: (text) => console.error(text),
      number,
    });
    await end();
    printReport(report, json);
  } catch (error) {
    if (ending === null) console.error(error);
    process.exitCode = 1;
    await end();
  }
}

function readFlags(options: readonly string[]) {
  const numbers = Object.fromEntries(options.map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({ options: { ...numbers, json: { type: "boolean", default: false } } });
  const given = values as Record<string, string | boolean | undefined>;
  return {
    json: given.json === true,
    number(name: string, preferred: number): number {
      const value = given[name] === undefined ? preferred : Number(given[name]);
      if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: a whole number above 0`);
      return value;
    },
  };
}

async function runAll(steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps.splice(0).reverse()) {
    await step().catch((error: unknown) => console.error(error));
  }
}

/** What killed runs left behind: their folders, and database servers that may still run in them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(DATA).catch(() => [])) {
    const pid = Number(FOLDER.exec(name)?.[1]);
    if (!pid || pid === process.pid || processStart(pid) !== null) continue;
    const left = join(DATA, name);
    for (const part of await readdir(left)) await stopPostgresIn(join(left, part, "postgres"));
    await rm(left, { recursive: true, force: true });
  }
}

async function stopPostgresIn(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  await startPostgres({ dataDir, databaseUrl: "" })
    .then((left) => left.stop())
    .catch((error: unknown) => console.error(error));
}
