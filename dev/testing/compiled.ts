import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { ROOT } from "../build";
import { BUNDLE } from "../bundle";

const FOLDER = join(ROOT, ".data/compiled");
/** Programs that this process has asked for: their source does not change while tests run. */
const written = new Map<string, Promise<string>>();

/**
 * A program of ours and everything that it imports, as one file of plain JavaScript: answers the path to start with `node`. What
 * `tsx` does every time a process starts, and the loading of some hundred modules one by one, take longer than all the rest of
 * most commands.
 */
export function compiled(program: string): Promise<string> {
  const known = written.get(program) ?? bundle(program);
  written.set(program, known);
  return known;
}

async function bundle(program: string): Promise<string> {
  const place = join(FOLDER, `${program}.mjs`);
  // Several processes may do this at once: each leaves a whole file.
  const draft = join(FOLDER, `${program}.${randomUUID()}.mjs`);
  await mkdir(dirname(place), { recursive: true });
  try {
    await build({ ...BUNDLE, entryPoints: [program], outfile: draft, plugins: [WHERE_IT_WAS] });
    await rename(draft, place);
  } finally {
    await rm(draft, { force: true });
  }
  return place;
}

/** What a module of ours finds beside itself is beside its source. */
const WHERE_IT_WAS: Plugin = {
  name: "where-it-was",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](lib|db)[\\/].*\.ts$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return null;
      const text = await readFile(path, "utf8");
      const contents = text.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: "ts" };
    });
  },
};
