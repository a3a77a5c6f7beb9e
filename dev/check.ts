import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./build";

const bin = (name: string) => join(ROOT, "node_modules/.bin", name);

type Check = { readonly name: string; readonly command: string; readonly args: readonly string[] };

/** Cheap ones first, so that a slip is told within seconds. */
const AT_FIRST: readonly Check[] = [
  { name: "format and lint", command: bin("biome"), args: ["check", "--error-on-warnings", "."] },
  { name: "dead code", command: bin("knip"), args: ["--no-progress"] },
];

/**
 * Two rows beside each other, as many as a small machine has cores: tests wait for servers and servers for tests, and types are
 * one thread's work, so that one row alone leaves a core idle half of the time. In its row a check comes after what it needs:
 * the browser after the build, and the build after the types, which also read what the build writes.
 */
const ROWS: readonly (readonly Check[])[] = [
  [
    { name: "types", command: bin("tsc"), args: ["--noEmit"] },
    { name: "build", command: bin("tsx"), args: ["dev/build.ts"] },
    { name: "browser", command: bin("tsx"), args: ["dev/e2e/run.ts"] },
  ],
  [
    { name: "unit", command: bin("vitest"), args: ["run", "--project", "unit"] },
    { name: "database", command: bin("vitest"), args: ["run", "--project", "database"] },
  ],
];

type Verdict = { readonly name: string; readonly passed: boolean; readonly seconds: number };

const started = performance.now();
const running = new Set<ChildProcess>();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interrupted = true;
    for (const child of running) child.kill(signal);
    if (running.size === 0) process.exit(130);
  });
}

const verdicts = await inARow(AT_FIRST);
for (const row of await Promise.all(ROWS.map(inARow))) verdicts.push(...row);
report(verdicts);

/** Every check is run, whatever failed before it, so that one run tells everything. */
async function inARow(checks: readonly Check[]): Promise<Verdict[]> {
  const all: Verdict[] = [];
  for (const check of checks) {
    all.push(await run(check));
    if (interrupted && running.size === 0) process.exit(130);
    if (interrupted) return all;
  }
  return all;
}

/** Runs one to its end. What it prints is shown then, in one piece, as another prints at the same time. */
function run({ name, command, args }: Check): Promise<Verdict> {
  const began = performance.now();
  console.log(`${since(started)}  ${name} begins`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
      shell: process.platform === "win32",
    });
    running.add(child);
    const printed: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => printed.push(chunk));
    const done = (passed: boolean) => {
      if (!running.delete(child)) return;
      process.stdout.write(Buffer.concat([Buffer.from(`\n── ${name}\n`), ...printed, Buffer.from("\n")]));
      resolve({ name, passed, seconds: (performance.now() - began) / 1000 });
    };
    child.once("error", (error) => {
      printed.push(Buffer.from(error.message));
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
}

function since(at: number): string {
  return `${((performance.now() - at) / 1000).toFixed(0).padStart(4)} s`;
}

function report(all: readonly Verdict[]): void {
  console.log();
  for (const { name, passed, seconds } of all) {
    console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = all.filter((each) => !each.passed).length;
  console.log(`checks: ${all.length - failed} passed, ${failed} failed, after${since(started)}`);
  process.exit(failed === 0 ? 0 : 1);
}
