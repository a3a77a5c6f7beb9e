import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./build";
import { endWhenTold } from "./when-told";

const bin = (name: string) => join(ROOT, "node_modules/.bin", name);

type Check = { readonly name: string; readonly command: string; readonly args: readonly string[] };

/** Of what is written, on one core. Cheap ones first, so that a slip is told within seconds. */
const OF_THE_SOURCE: readonly Check[] = [
  { name: "format and lint", command: bin("biome"), args: ["check", "--error-on-warnings", "."] },
  { name: "types", command: bin("tsc"), args: ["--noEmit"] },
  { name: "dead code", command: bin("knip"), args: ["--no-progress"] },
  { name: "build", command: bin("tsx"), args: ["dev/build.ts"] },
];
/** Meanwhile: they wait for Postgres often enough to leave room for the others. */
const MEANWHILE: readonly Check[] = [
  { name: "unit", command: bin("vitest"), args: ["run", "--project", "unit"] },
  { name: "database", command: bin("vitest"), args: ["run", "--project", "database"] },
];
/** Of what was built, with the machine to itself: a browser's patience is in seconds. */
const OF_THE_BUILD: readonly Check[] = [{ name: "browser", command: bin("tsx"), args: ["dev/e2e/run.ts"] }];

/** What a check printed last: where it failed, its reasons, told again at the end where they are looked for. */
const LAST_LINES = 80;

type Verdict = {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly lastLines: readonly string[];
};

const running = new Set<ReturnType<typeof spawn>>();
const { isTold } = endWhenTold((signal) =>
  Promise.all(
    [...running].map((child) => {
      child.kill(signal);
      return once(child, "close");
    }),
  ),
);

const started = performance.now();
/** Which check prints as it goes. */
let shown: string | null = null;
const verdicts = (await Promise.all([inTurn(OF_THE_SOURCE, keep), inTurn(MEANWHILE, show)])).flat();
verdicts.push(...(await inTurn(OF_THE_BUILD, show)));
if (isTold()) await new Promise(() => {}); // Whoever told the checks to end ends this process after them.
report(verdicts);

type Screen = {
  print(text: string): void;
  /** The check is over. */
  end(): void;
};

async function inTurn(checks: readonly Check[], open: (name: string) => Screen): Promise<Verdict[]> {
  const all: Verdict[] = [];
  for (const check of checks) if (!isTold()) all.push(await run(check, open(check.name)));
  return all;
}

/** Shows what a check prints as it prints it. */
function show(name: string): Screen {
  shown = name;
  console.log(`\n── ${name}`);
  return {
    print: (text) => process.stdout.write(text),
    end: () => {
      shown = null;
    },
  };
}

/** Shows what a check printed as soon as it is over, in one piece: what is shown meanwhile is another's. */
function keep(name: string): Screen {
  let kept = "";
  return {
    print: (text) => {
      kept += text;
    },
    end: () => {
      console.log(`\n── ${name}\n${kept.trimEnd()}`);
      if (shown !== null) console.log(`\n── ${shown}, going on`);
    },
  };
}

function run({ name, command, args }: Check, screen: Screen): Promise<Verdict> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      // Whoever sees colours on a terminal does so through this process too.
      env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...process.env } : process.env,
      shell: process.platform === "win32",
    });
    running.add(child);
    const lastLines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => screen.print(text));
      createInterface({ input: stream }).on("line", (line) => {
        lastLines.push(line);
        if (lastLines.length > LAST_LINES) lastLines.shift();
      });
    }
    const done = (passed: boolean) => {
      if (!running.delete(child)) return; // One that could not be started says so twice.
      screen.end();
      resolve({ name, passed, seconds: (performance.now() - begun) / 1000, lastLines });
    };
    child.once("error", (error) => {
      screen.print(`${error.message}\n`);
      lastLines.push(error.message);
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
  const whole = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`checks: ${all.length - failed} passed, ${failed} failed, in ${whole} s`);
  process.exit(failed === 0 ? 0 : 1);
}
