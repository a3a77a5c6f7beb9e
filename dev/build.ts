import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NEXT = join(ROOT, "node_modules/next/dist/bin/next");
/** What ends up in the build. */
export const SOURCES = [
  "app",
  "lib",
  "db",
  "instrumentation.ts",
  "proxy.ts",
  "next.config.mjs",
  "postcss.config.mjs",
  "tsconfig.json",
];
/** Which packages it is built with, wherever it is built. */
const LOCK = join(ROOT, "package-lock.json");

/** Builds the application in this folder unless its last build was made of the same files. */
export async function buildIfStale(root = ROOT): Promise<void> {
  const mark = join(root, ".next/built-from");
  const sources = await hashOfSources(root);
  const built = await readFile(mark, "utf8").catch(() => "");
  if (built === sources) return;
  console.log("Building the application …");
  await runToItsEnd(process.execPath, [NEXT, "build"], root);
  await writeFile(mark, sources);
}

async function hashOfSources(root: string): Promise<string> {
  const hash = createHash("sha256")
    .update(process.version)
    .update(await readFile(LOCK));
  for (const source of SOURCES) {
    for (const file of await filesIn(join(root, source))) {
      if (/\.test\.tsx?$/.test(file)) continue;
      hash.update(file.slice(root.length)).update(await readFile(file));
    }
  }
  return hash.digest("hex");
}

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (!entries) return [path];
  const found = entries
    .filter((each) => each.isFile() || each.isDirectory())
    .map((each) => (each.isFile() ? [join(path, each.name)] : filesIn(join(path, each.name))));
  return (await Promise.all(found)).flat().sort();
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a command to its end; what it prints is shown only when it fails. It ends with this process: a signal is passed on, and where
 * nobody here listens to it ends this process, too, once the command has ended.
 */
export async function runToItsEnd(command: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env });
  const printed: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk));
  const isHeardElsewhere = new Map(SIGNALS.map((signal) => [signal, process.listenerCount(signal) > 0]));
  let stoppedBy: (typeof SIGNALS)[number] | null = null;
  const passOn = (signal: NodeJS.Signals) => {
    stoppedBy = SIGNALS.find((each) => each === signal) ?? null;
    child.kill(signal);
  };
  const end = () => void child.kill();
  for (const signal of SIGNALS) process.on(signal, passOn);
  process.once("exit", end);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, passOn);
    process.off("exit", end);
  });
  if (stoppedBy !== null) {
    if (!isHeardElsewhere.get(stoppedBy)) process.kill(process.pid, stoppedBy);
    throw new Error("interrupted");
  }
  if (code !== 0) throw new Error(`${Buffer.concat(printed).toString("utf8")}\nthe build failed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildIfStale();
