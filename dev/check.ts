import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./build";

const bin = (name: string) => join(ROOT, "node_modules/.bin", name);

type Check = { readonly name: string; readonly command: string; readonly args: readonly string[] };

/** Cheap ones first, so that a slip is told within seconds. */
const CHECKS: readonly Check[] = [
  { name: "format and lint", command: bin("biome"), args: ["check", "--error-on-warnings", "."] },
  { name: "types", command: bin("tsc"), args: ["--noEmit"] },
  { name: "dead code", command: bin("knip"), args: ["--no-progress"] },
  { name: "unit", command: bin("vitest"), args: ["run", "--project", "unit"] },
  { name: "database", command: bin("vitest"), args: ["run", "--project", "database"] },
  { name: "build", command: bin("tsx"), args: ["dev/build.ts"] },
  { name: "browser", command: bin("tsx"), args: ["dev/e2e/run.ts"] },
];

/** What a check printed last: where it failed, its reasons, told again at the end where they are looked for. */
const LAST_LINES = 80;

type Verdict = {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly lastLines: readonly string[];
};

let running: ReturnType<typeof spawn> | null = null;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    running?.kill(signal);
    running?.once("exit", () => process.exit(130));
  });
}

const verdicts: Verdict[] = [];
for (const check of CHECKS) {
  console.log(`\n── ${check.name}`);
  verdicts.push(await run(check));
}
report(verdicts);

function run({ name, command, args }: Check): Promise<Verdict> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      // Whoever sees colours on a terminal does so through this process too.
      env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...process.env } : process.env,
      shell: process.platform === "win32",
    });
    running = child;
    const lastLines: string[] = [];
    child.stdout.pipe(process.stdout, { end: false });
    createInterface({ input: child.stdout }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    });
    const done = (passed: boolean) =>
      resolve({ name, passed, seconds: (performance.now() - started) / 1000, lastLines });
    child.once("error", (error) => {
      console.error(error.message);
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
}

/** Every check is run, whatever failed before it, so that one run tells everything; what failed says why once more. */
function report(all: readonly Verdict[]): void {
  for (const { name, lastLines } of all.filter((each) => !each.passed)) {
    console.log(`\n── ${name} FAILED; its last lines again:\n${lastLines.join("\n")}`);
  }
  console.log();
  for (const { name, passed, seconds } of all) {
    console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = all.filter((each) => !each.passed).length;
  console.log(`checks: ${all.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
