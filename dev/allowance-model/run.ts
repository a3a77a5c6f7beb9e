import { parseArgs } from "node:util";
import { fc } from "@fast-check/vitest";
import { type History, histories, PROMPT_ACTS, play, playLateAndPrompt } from "./history";

const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } });
const numRuns = Number((values.runs ?? "100000").replaceAll("_", ""));
const seed = Number(values.seed ?? Date.now() % 0x7fffffff);

const searches: readonly (readonly [string, fc.Arbitrary<History>, (history: History) => void])[] = [
  ["what must hold in every history", histories(), play],
  ["late or at once, the same end", histories(PROMPT_ACTS), playLateAndPrompt],
];
for (const [name, arbitrary, check] of searches) {
  const started = performance.now();
  const found = fc.check(fc.property(arbitrary, check), { numRuns, seed });
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`${name}: ${found.numRuns} histories of seed ${seed} in ${seconds} s`);
  if (!found.failed) continue;
  console.log(`BROKEN ${JSON.stringify(found.counterexample)}\n${found.errorInstance}`);
  process.exitCode = 1;
}
