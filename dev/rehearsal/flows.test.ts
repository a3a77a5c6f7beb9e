import { expect, it } from "vitest";
import { Refused, readArguments } from "./arguments";
import { FLOW_GROUPS } from "./flow";
import { FLOWS } from "./flows";
import { readQuestions } from "./question-ids";

it("names each flow once, in the order of the groups", () => {
  const names = FLOWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, purpose } of FLOWS) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(purpose.length, name).toBeGreaterThan(20);
  }
  const places = FLOWS.map(({ group }) => FLOW_GROUPS.indexOf(group));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(new Set(places).size).toBe(FLOW_GROUPS.length);
});

it("answers questions that somebody asks", async () => {
  const questions = await readQuestions();
  expect(questions.size).toBeGreaterThan(30);
  for (const { name, answers = [] } of FLOWS)
    for (const id of answers) expect([...questions.keys()], name).toContain(id);
});

it("numbers each open question once", async () => {
  const questions = await readQuestions();
  expect([...questions.values()].every((words) => words.length > 10)).toBe(true);
  expect(new Set(questions.keys()).size).toBe(questions.size);
});

it.each([
  ["nothing", undefined],
  ["a live key", "sk_live_abc"],
  ["a restricted live key", "rk_live_abc"],
  ["a restricted key", "rk_test_abc"],
  ["a publishable key", "pk_test_abc"],
  ["anything else", "sk_test_"],
])("takes no key but a sandbox's secret key: not %s, which it does not repeat", (_, key) => {
  const read = () => readArguments([], { STRIPE_SECRET_KEY: key } as unknown as NodeJS.ProcessEnv);
  expect(read).toThrow(Refused);
  if (key) expect(read).not.toThrow(new RegExp(`${key}\\b(?!…)`));
});

it("reads what it is asked", () => {
  const environment = { STRIPE_SECRET_KEY: "sk_test_abc" } as unknown as NodeJS.ProcessEnv;
  expect(readArguments(["--only", "a,b"], environment)).toMatchObject({
    kind: "run",
    target: "stripe",
    secretKey: "sk_test_abc",
    only: ["a", "b"],
  });
  expect(readArguments(["--pretend"], environment)).toMatchObject({ target: "simulator", only: null });
  expect(readArguments(["--pretend"], environment)).not.toMatchObject({ secretKey: "sk_test_abc" });
  expect(readArguments(["--compare", "x", "y"], {} as NodeJS.ProcessEnv)).toEqual({
    kind: "compare",
    first: "x",
    second: "y",
  });
  expect(readArguments(["--list"], {} as NodeJS.ProcessEnv)).toEqual({ kind: "list" });
  for (const wrong of [["--compare", "x"], ["--compare", "x", "y", "z"], ["other"], ["--nothing"]])
    expect(() => readArguments(wrong, environment)).toThrow(Refused);
});
