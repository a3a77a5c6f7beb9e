import { createHash, randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../build";

const FOLDER = join(ROOT, ".data/compiled");
/** What this file wrote when it was another is written again. */
const translator = readFile(import.meta.filename);

/**
 * A program of ours and everything of ours that it imports, as plain JavaScript: answers the path to start with `node`. What
 * `tsx` does every time a process starts takes three times as long as all the rest of most commands; here it is done once for
 * all of them, and again for what has changed.
 */
export async function compiled(program: string): Promise<string> {
  const waiting = [join(ROOT, program)];
  const seen = new Set(waiting);
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    for (const imported of await compile(source)) {
      if (seen.has(imported)) continue;
      seen.add(imported);
      waiting.push(imported);
    }
  }
  return placeOf(join(ROOT, program));
}

const placeOf = (source: string) => join(FOLDER, `${relative(ROOT, source)}.mjs`);

/** Writes one file's JavaScript unless it is there. Answers which files of ours it imports. */
async function compile(source: string): Promise<readonly string[]> {
  const text = await readFile(source, "utf8");
  const place = placeOf(source);
  const hash = createHash("sha256")
    .update(await translator)
    .update(text)
    .digest("hex");
  const written = await readFile(place, "utf8").catch(() => "");
  const [first = ""] = written.split("\n", 1);
  const head = first.startsWith("// ") ? (JSON.parse(first.slice(3)) as Head) : null;
  if (head?.hash === hash && head.imports.every((each) => existsSync(join(ROOT, each))))
    return head.imports.map((each) => join(ROOT, each));
  const { code, imports } = source.endsWith(".json")
    ? { code: `export default ${text}`, imports: [] }
    : await translate(source, text);
  const told: Head = { hash, imports: imports.map((each) => relative(ROOT, each)) };
  await mkdir(dirname(place), { recursive: true });
  // Several processes, and several callers in one, may do this at once: each leaves a whole file.
  const draft = `${place}.${randomUUID()}`;
  await writeFile(draft, `// ${JSON.stringify(told)}\n${code}`);
  await rename(draft, place);
  return imports;
}

type Head = { readonly hash: string; readonly imports: readonly string[] };

async function translate(source: string, text: string) {
  const { default: ts } = await import("typescript");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  let code = ts.transpileModule(text, { compilerOptions, fileName: source }).outputText;
  const imports: string[] = [];
  for (const { fileName, pos, end } of ts.preProcessFile(code, true, true).importedFiles.toReversed()) {
    if (!fileName.startsWith(".")) continue;
    const imported = fileOf(join(dirname(source), fileName));
    imports.push(imported);
    const address = JSON.stringify(pathToFileURL(placeOf(imported)).href);
    code = `${code.slice(0, pos)}${address}${code.slice(end + 2)}`;
  }
  // What a module finds beside itself is beside its source; and JSON is a module like the others.
  code = code
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(source).href))
    .replaceAll(/ with \{ type: "json" \}/g, "");
  return { code, imports };
}

function fileOf(path: string): string {
  const found = [path, `${path}.ts`, `${path}.tsx`, join(path, "index.ts")].find(
    (each) => existsSync(each) && statSync(each).isFile(),
  );
  if (!found) throw new Error(`${path}: there is no such module`);
  return found;
}
