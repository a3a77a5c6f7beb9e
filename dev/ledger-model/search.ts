import fc from "fast-check";
import { show } from "./checks";
import type { Broken, Guarantee } from "./guarantees";
import { type History, histories } from "./history";
import { play } from "./play";

/** A guarantee that some history broke, and the smallest history found that breaks it. */
export type Finding = {
  readonly guarantee: Guarantee;
  readonly seed: number;
  readonly path: string;
  /** For people: the history, what broke, and how to see it again. */
  readonly story: string;
};

export type SearchOptions = { readonly runs: number; readonly seed: number; readonly path?: string };

/** Plays so many histories and returns, of every guarantee that one of them broke, a shrunk one. Takes no shortcut: a broken guarantee hides no other. */
export function search(options: SearchOptions): readonly Finding[] {
  const broken = new Set<Guarantee>();
  const everything = fc.property(histories, (history) => {
    const found = play(history);
    if (found) broken.add(found.guarantee);
    return true;
  });
  fc.check(everything, parametersOf(options));
  return [...broken].map((guarantee) => shrink(guarantee, options));
}

const parametersOf = ({ runs, seed, path }: SearchOptions) => ({
  numRuns: runs,
  seed,
  ...(path === undefined ? {} : { path }),
});

function shrink(guarantee: Guarantee, options: SearchOptions): Finding {
  const holds = fc.property(histories, (history) => play(history)?.guarantee !== guarantee);
  const { counterexample, counterexamplePath, seed } = fc.check(holds, parametersOf(options));
  const [history] = counterexample ?? [];
  const path = counterexamplePath ?? "";
  if (!history) throw new Error(`a history broke ${guarantee} once, and not again: a rule is not pure`);
  return { guarantee, seed, path, story: tell(history, { seed, path }) };
}

function tell(history: History, { seed, path }: { seed: number; path: string }): string {
  const lines: string[] = [];
  const broken: Broken | null = play(history, (command, decided, nowMs) => {
    lines.push(`  at ${nowMs}: ${show(command)}`);
    lines.push(`        → ${show("answer" in decided ? decided.answer : decided.refusal)}`);
  });
  const how = history.isBatched ? "commands of one instant in one batch" : "every command alone";
  return [
    `${broken?.message}`,
    `after this history (${how}):`,
    ...lines,
    `see it again: npm run test:model -- --seed ${seed} --path ${path}`,
  ].join("\n");
}
