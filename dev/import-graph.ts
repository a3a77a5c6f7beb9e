import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import ts from "typescript";

/** Which files a file imports, by paths from the repository's root: for types alone, anew exported and at run time too. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const FOLDERS = ["app", "lib", "db", "dev"];

/**
 * The imports of every .ts and .tsx file, of which those of packages are left out. Throws where a relative one or one that
 * begins with `@/` leads to no file: otherwise a rule on the graph would pass because the graph does not see it.
 */
export function readImportGraph(root: string): ImportGraph {
  const found = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("node_modules"))
      .map((path) => posix.join(folder, path.split(sep).join("/"))),
  );
  const besides = readdirSync(root).filter((path) => /^[\w-]+(\.config)?\.tsx?$/.test(path));
  const files = new Set([...found, ...besides].filter((path) => !path.endsWith(".d.ts")));
  return new Map(
    [...files].map((path) => [path, importsOf(readFileSync(join(root, path), "utf8"), path, files)]),
  );
}

function importsOf(text: string, path: string, files: ReadonlySet<string>): readonly string[] {
  const own = namesIn(text).filter((name) => /^(\.{1,2}\/|@\/|\.{1,2}$)/.test(name));
  return [...new Set(own.flatMap((name) => resolve(name, path, files)))];
}

/** What a file names as an import, an export from elsewhere, `import("…")`, also of a type, and `vi.mock("…")`-like calls left out. */
function namesIn(text: string): readonly string[] {
  const names = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const ofTypes = [...text.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  return [...names, ...ofTypes];
}

const NOT_CODE = /\.(json|css|mjs|svg|png|woff2)$/;

function resolve(name: string, from: string, files: ReadonlySet<string>): readonly string[] {
  const base = name.startsWith("@/") ? name.slice(2) : posix.join(dirname(from), name);
  const candidates = [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`];
  const to = candidates.find((each) => files.has(each));
  if (to) return [to];
  if (NOT_CODE.test(name) || name.includes("/.next/")) return [];
  throw new Error(`${from} imports ${name}, which is no file that the graph knows`);
}

/** Files that import each other in a circle, each circle once, as the files on it. Empty where there is none. */
export function findCircles(graph: ImportGraph): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (file: string): void => {
    state.set(file, "open");
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (state.get(next) === "open") circles.push([...path.slice(path.indexOf(next)), next]);
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(file, "done");
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return circles;
}
