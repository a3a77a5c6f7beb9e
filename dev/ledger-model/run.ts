import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { showProgress } from "../../lib/progress";
import { GUARANTEES } from "./guarantees";
import { COMMANDS_A_HISTORY } from "./history";
import { type Finding, search } from "./search";

const CHUNK = 10_000;

const { values } = parseArgs({
  options: { runs: { type: "string" }, seed: { type: "string" }, path: { type: "string" } },
});
const runs = wholeNumber("--runs", values.runs, 1_000_000);
const seed = wholeNumber("--seed", values.seed, Date.now() % 0x7fffffff);

if (process.send) process.on("message", (chunk: Chunk) => process.send?.(search(chunk)));
else if (values.path !== undefined) conclude(search({ runs: 1, seed, path: values.path }));
else conclude(await searchOnAllCores());

type Chunk = { readonly runs: number; readonly seed: number };

function wholeNumber(name: string, given: string | undefined, otherwise: number): number {
  const value = Number((given ?? String(otherwise)).replaceAll("_", ""));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`${name} wants a whole number, not "${given}".`);
  process.exit(2);
}

async function searchOnAllCores(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const started = performance.now();
  let [begun, done] = [0, 0];
  const nextChunk = (): Chunk | null => {
    if (begun >= runs || findings.length > 0) return null;
    const chunk = { runs: Math.min(CHUNK, runs - begun), seed: seed + begun / CHUNK };
    begun += chunk.runs;
    return chunk;
  };
  console.log(`${runs} histories of ${COMMANDS_A_HISTORY} commands, seed ${seed}`);
  const progress = showProgress();
  progress.step("histories", runs);
  const workers = Array.from({ length: availableParallelism() }, () =>
    work(nextChunk, (chunk, found) => {
      done += chunk.runs;
      progress.at(done);
      findings.push(...found);
    }),
  );
  await Promise.all(workers);
  progress.end();
  const seconds = (performance.now() - started) / 1_000;
  console.log(`${done} of ${runs} histories, ${Math.round(done / seconds)}/s, ${seconds.toFixed(0)} s`);
  return findings;
}

type Report = (chunk: Chunk, findings: readonly Finding[]) => void;

/** One process that searches chunk after chunk. Rejects when it dies. */
function work(nextChunk: () => Chunk | null, report: Report): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(fileURLToPath(import.meta.url));
    let chunk: Chunk | null = null;
    const goOn = () => {
      chunk = nextChunk();
      if (chunk) worker.send(chunk);
      else worker.disconnect();
    };
    worker.on("message", (found: readonly Finding[]) => {
      if (chunk) report(chunk, found);
      goOn();
    });
    worker.once("error", reject);
    worker.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`)),
    );
    goOn();
  });
}

function conclude(findings: readonly Finding[]): never {
  for (const { guarantee, story } of findings) {
    console.log(`\nBROKEN  ${GUARANTEES[guarantee]}\n${story}`);
  }
  console.log(findings.length === 0 ? "every guarantee held" : `\n${findings.length} findings`);
  process.exit(findings.length === 0 ? 0 : 1);
}
