import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../build";
import { endWhenTold } from "../when-told";
import { MUTATIONS } from "./all";
import { type Mutation, PROOFS, type Proof } from "./mutation";

// Writes the ledger and what billing decides wrongly, one line at a time and in a copy, and asks whether the tests notice.
const COPIED = ["db", "dev", "lib", "package.json", "tsconfig.json", "vitest.config.ts"];
/** As much of each proof as finds what is looked for here. */
const ENOUGH = { LEDGER_HISTORIES: "3000", LEDGER_ROUNDS: "50" };
const PATIENCE_MS = 180_000;
/** How a test says which guarantee it is about. */
const GUARANTEE = /\b(I\d+|life|debt|whole|usage|sweep|model)(?=[:),])/g;

type Verdict = {
  readonly name: string;
  readonly proof: Proof;
  readonly caughtBy: readonly string[];
  readonly problem: string | null;
};

const [wanted = ""] = process.argv.slice(2);
const copies: string[] = [];
process.once("exit", () => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});
endWhenTold(() => {});

// Named by what it does wrong, or by its file or folder.
const chosen = MUTATIONS.filter(({ name, file }) => `${name} ${file}`.includes(wanted));
const sound = await onAllCores([...new Set(chosen.map((each) => each.proof))], checkUnmutated);
const verdicts = sound.every(({ problem }) => problem === null) ? await onAllCores(chosen, tryMutation) : [];
report([...sound, ...verdicts]);

/** Works on as many as there are cores at once, each in a copy of its own. */
async function onAllCores<T, R>(
  items: readonly T[],
  work: (copy: string, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    const copy = makeCopy();
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(copy, item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), items.length) }, worker));
  return results;
}

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), "refill-mutations-"));
  copies.push(copy);
  for (const each of COPIED) cpSync(join(ROOT, each), join(copy, each), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
  return copy;
}

/** Tests that fail already would catch anything. */
async function checkUnmutated(copy: string, proof: Proof): Promise<Verdict> {
  const failed = await failuresOf(copy, proof);
  const problem = failed === null ? "did not run" : failed.length > 0 ? `fails as it is: ${failed[0]}` : null;
  return { name: `nothing (${proof})`, proof, caughtBy: [], problem };
}

async function tryMutation(copy: string, mutation: Mutation): Promise<Verdict> {
  const { name, file, right, wrong, proof } = mutation;
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(right).length !== 2) {
    return { name, proof, caughtBy: [], problem: `${file} does not say «${right}» exactly once` };
  }
  writeFileSync(
    path,
    source.replace(right, () => wrong),
  );
  const failed = await failuresOf(copy, proof);
  writeFileSync(path, source);
  const caughtBy = [...new Set((failed ?? []).flatMap((each) => each.match(GUARANTEE) ?? []))];
  const problem = failed === null ? "did not run" : failed.length === 0 ? "SURVIVED" : null;
  return {
    name,
    proof,
    caughtBy,
    problem: problem ?? (caughtBy.length === 0 ? "caught by no guarantee" : null),
  };
}

/** The names of the tests that fail in a copy; null when they could not be run at all. */
async function failuresOf(copy: string, proof: Proof): Promise<readonly string[] | null> {
  const { project, files, ...rest } = PROOFS[proof];
  const named = "only" in rest ? ["-t", rest.only] : [];
  const output = join(copy, "verdict.json");
  rmSync(output, { force: true });
  const how = ["run", "--project", project, ...files, ...named, "--reporter", "json", "--outputFile", output];
  await run(join(ROOT, "node_modules/.bin/vitest"), how, copy);
  return existsSync(output) ? failedIn(readFileSync(output, "utf8")) : null;
}

type VitestReport = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

function failedIn(report: string): readonly string[] | null {
  const { testResults } = JSON.parse(report) as VitestReport;
  const ran = testResults
    .flatMap((each) => each.assertionResults)
    .filter((each) => each.status === "passed" || each.status === "failed");
  // Where the database did not start, every test is skipped and none fails.
  if (ran.length === 0) return null;
  return ran.filter((each) => each.status === "failed").map((each) => each.fullName);
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...ENOUGH };
    const child = spawn(command, args, { cwd, env, stdio: "ignore", timeout: PATIENCE_MS });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}

function report(all: readonly Verdict[]): never {
  const width = Math.max(...all.map((each) => each.name.length));
  console.log(`${"mutation".padEnd(width)}  tests     caught by`);
  for (const { name, proof, caughtBy, problem } of all) {
    const what = problem ?? (caughtBy.length > 0 ? caughtBy.join(", ") : "sound");
    console.log(`${name.padEnd(width)}  ${proof.padEnd(8)}  ${what}`);
  }
  const failed = all.filter((each) => each.problem !== null).length;
  console.log(`${all.length - failed} of ${all.length} as it should be`);
  process.exit(failed === 0 ? 0 : 1);
}
