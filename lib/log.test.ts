import { expect, it } from "vitest";
import { logSeldom } from "./log";

it("trouble that comes again is counted: logged the first time, the tenth, the hundredth, each kind by itself", () => {
  const lines: [string, number][] = [];
  const tell = logSeldom(
    {
      warn: (facts: { err: { code: string }; times: number }) =>
        void lines.push([facts.err.code, facts.times]),
    } as never,
    "a sentence",
  );
  const error = (code: string) => Object.assign(new Error("no"), { code });
  for (let times = 0; times < 120; times += 1) tell(error("0A000"));
  tell(error("XX000"));
  expect(lines).toEqual([
    ["0A000", 1],
    ["0A000", 10],
    ["0A000", 100],
    ["XX000", 1],
  ]);
});
