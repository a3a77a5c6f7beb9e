import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A test as its file calls it: what it is named, and what keeps it from proving anything. */
export type NamedTest = {
  readonly name: string;
  /** It, or a group it is in, is skipped, to be done, allowed to fail, or runs only where something is so. */
  readonly isSetAside: boolean;
  /** Its body calls `expect`. */
  readonly expects: boolean;
};

const GROUPS = ["describe", "suite"];
const TESTS = ["it", "test"];
const RUNS_WITH = ["each", "for", "prop", "concurrent", "sequential"];

/** The words of what is called: `it.each(rows)("…")` is it, each. */
function wordsOf(called: ts.Expression): readonly string[] {
  if (ts.isIdentifier(called)) return [called.text];
  if (ts.isPropertyAccessExpression(called)) return [...wordsOf(called.expression), called.name.text];
  if (ts.isCallExpression(called)) return wordsOf(called.expression);
  if (ts.isTaggedTemplateExpression(called)) return wordsOf(called.tag);
  return [];
}

const callsExpect = (node: ts.Node): boolean =>
  (ts.isCallExpression(node) && wordsOf(node.expression)[0] === "expect") ||
  (ts.forEachChild(node, callsExpect) ?? false);

/** A string, or strings with `+` between them, or a template without anything in it. */
function textOf(node: ts.Expression | undefined): string | null {
  return node && ts.isStringLiteralLike(node) ? node.text : null;
}

/** Every test that a file really calls, of its syntax: what stands in a comment or in a string is none. */
export function listNamedTests(source: string): readonly NamedTest[] {
  const found: NamedTest[] = [];
  const visit = (node: ts.Node, isSetAside: boolean): void => {
    let below = isSetAside;
    if (ts.isCallExpression(node)) {
      const [kind = "", ...how] = wordsOf(node.expression);
      const name = textOf(node.arguments[0]);
      if (name !== null && [...GROUPS, ...TESTS].includes(kind)) {
        const [, ...rest] = node.arguments;
        below ||= how.some((word) => !RUNS_WITH.includes(word)) || rest.some(setsAside);
        if (TESTS.includes(kind)) {
          const expects = rest.some((each) => isFunction(each) && callsExpect(each.body));
          found.push({ name, isSetAside: below, expects });
        }
      }
    }
    ts.forEachChild(node, (child) => visit(child, below));
  };
  visit(ts.createSourceFile("a.test.ts", source, ts.ScriptTarget.Latest, true), false);
  return found;
}

const isFunction = (node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node);

/** Options beside a test's name that set it aside. */
const setsAside = (node: ts.Expression): boolean =>
  ts.isObjectLiteralExpression(node) &&
  node.properties.some((each) => /^(skip|todo|fails|only)$/.test(each.name?.getText() ?? ""));

/** The tests of a file, by its address. */
export const listTestsOf = (file: URL): readonly NamedTest[] =>
  listNamedTests(readFileSync(fileURLToPath(file), "utf8"));
