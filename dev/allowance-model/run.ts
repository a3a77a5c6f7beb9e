import { parseArgs } from "node:util";
import { fc } from "@fast-check/vitest";
import { showProgress } from "../../lib/progress";
import { histories, PROMPT_ACTS, play, playLateAndPrompt, YEAR_ACTS } from "./history";
import { playEveryOrder, SHUFFLED, shuffledHistories } from "./orders";

const { values } = parseArgs({
  options: { runs: { type: "string" }, seed: { type: "string" }, "every-order": { type: "boolean" } },
});
const numRuns = Number((values.runs ?? "100000").replaceAll("_", ""));
const seed = Number(values.seed ?? Date.now() % 0x7fffffff);

const progress = showProgress();

/** Plays so many, says how long it took, and the smallest that breaks something. */
function search<T>(
  name: string,
  histories: fc.Arbitrary<T>,
  check: (history: T) => void,
  runs = numRuns,
): void {
  const started = performance.now();
  let played = 0;
  const playOne = (history: T) => {
    check(history);
    played += 1;
    progress.at(played);
  };
  progress.step(name, runs);
  const found = fc.check(fc.property(histories, playOne), { numRuns: runs, seed });
  progress.end();
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`${name}: ${found.numRuns} histories of seed ${seed} in ${seconds} s`);
  if (!found.failed) return;
  console.log(`BROKEN ${JSON.stringify(found.counterexample)}\n${found.errorInstance}`);
  process.exitCode = 1;
}

// Each is decided some hundred times: a tenth of them takes as long as the others.
const inEveryOrder = values["every-order"] ? numRuns : Math.ceil(numRuns / 10);
console.log(
  `${numRuns} histories, ${numRuns} of years that end early, ${numRuns} heard of late and at once, and ${inEveryOrder} in every order of the last ${SHUFFLED} changes` +
    `${values["every-order"] ? "" : ` (a tenth; all ${numRuns} with --every-order)`}`,
);
search("what must hold in every history", histories(), play);
search("what must hold of years that end early", histories(YEAR_ACTS), play);
search("late or at once, the same end", histories(PROMPT_ACTS), playLateAndPrompt);
search("in every order, the same end", shuffledHistories(), playEveryOrder, inEveryOrder);
