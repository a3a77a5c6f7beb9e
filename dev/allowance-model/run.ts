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
  console.log(`${name}: ${numRuns} histories, seed ${seed}`);
  const found = fc.check(fc.property(arbitrary, check), { numRuns, seed });
  if (!found.failed) continue;
  console.log(`BROKEN ${JSON.stringify(found.counterexample)}\n${found.errorInstance}`);
  process.exitCode = 1;
}
