import { expect, it } from "vitest";
import { listNamedTests } from "./named-tests";

const namesOf = (source: string) => listNamedTests(source).map(({ name }) => name);
const only = (source: string) =>
  listNamedTests(source).map(({ isSetAside, expects }) => [isSetAside, expects]);

it("finds what a file calls, plain, for each of several, and with properties", () => {
  const source = `
    it("one", () => { expect(1).toBe(1); });
    describe("group", () => { test.each([1, 2])("%s of two", async (n) => { await expect(n).resolves.toBe(n); }); });
    it.prop([anything])("three", { timeout: 5 }, (value) => expect(value).toBe(value));`;
  expect(namesOf(source)).toEqual(["one", "%s of two", "three"]);
  expect(only(source)).toEqual([1, 2, 3].map(() => [false, true]));
});

it("takes no comment, text or other call for a test", () => {
  expect(
    namesOf(
      `// it("one", () => { expect(1).toBe(1); });\nconst text = 'it("two")'; quit("three", () => {});`,
    ),
  ).toEqual([]);
});

it.each([
  `it.skip("one", () => { expect(1).toBe(1); })`,
  `it.todo("one")`,
  `it.fails("one", () => { expect(1).toBe(1); })`,
  `it.skipIf(true)("one", () => { expect(1).toBe(1); })`,
  `it.skip.each([1])("one", () => { expect(1).toBe(1); })`,
  `it("one", { skip: true }, () => { expect(1).toBe(1); })`,
  `describe.skip("group", () => { it("one", () => { expect(1).toBe(1); }); })`,
])("tells what is set aside: %s", (source) => {
  expect(only(source)[0]?.[0]).toBe(true);
});

it.each([
  `it("one", () => {})`,
  `it("one", () => { look(); /* expect(1) */ })`,
  `it("one", () => "expect(1)")`,
])("tells what expects nothing: %s", (source) => {
  expect(only(source)).toEqual([[false, false]]);
});
