import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { ROOT } from "./build";
import { BUNDLE } from "./bundle";

// `npm run build:standalone`: a build that needs neither this repository nor its packages, in .next/standalone: the web process, the
// worker and the commands (`node refill.mjs <name>`), with what they import and nothing else.
const OUT = join(ROOT, ".next/standalone");
/** What `npm run <name>` starts with `tsx <file>`, by name. */
const programs = Object.entries(packageJson.scripts).flatMap(([name, script]) => {
  const [, file] = /^tsx ((?:lib|db)\/\S+)$/.exec(script) ?? [];
  return file ? [{ name, file }] : [];
});

const next = spawnSync(process.execPath, [join(ROOT, "node_modules/next/dist/bin/next"), "build"], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NEXT_OUTPUT: "standalone" },
});
if (next.status !== 0) process.exit(next.status ?? 1);

// The framework copies the files of variables it read: a secret has no place in a build.
for (const name of await readdir(OUT)) if (name.startsWith(".env")) await rm(join(OUT, name));
// Nor is anything resized or are types checked while it serves, which the framework copies packages for.
for (const name of ["@img", "sharp", "typescript"])
  await rm(join(OUT, "node_modules", name), { recursive: true, force: true });
await cp(join(ROOT, ".next/static"), join(OUT, ".next/static"), { recursive: true });
await rm(join(OUT, "commands"), { recursive: true, force: true });
// Not before the framework has said what is missing.
const { build } = await import("esbuild");
await build({
  ...BUNDLE,
  entryPoints: programs.map(({ name, file }) => ({ in: file, out: name.replaceAll(":", "-") })),
  outdir: join(OUT, "commands"),
  outExtension: { ".js": ".mjs" },
  splitting: true,
  sourcemap: "linked",
  sourcesContent: false,
});
// Without what each migration began from, which only whoever writes the next one needs.
const migrations = join(ROOT, "db/migrations");
await cp(migrations, join(OUT, "commands/migrations"), {
  recursive: true,
  filter: (path) => !path.endsWith("_snapshot.json"),
});
await mkdir(join(OUT, "lib/catalog"), { recursive: true });
await cp(join(ROOT, "lib/catalog/catalog.json"), join(OUT, "lib/catalog/catalog.json"));
await cp(join(ROOT, "lib/serve.mjs"), join(OUT, "commands/web.mjs"));
await writeFile(join(OUT, "refill.mjs"), starter(programs.map(({ name }) => name)));
console.log(`Standalone build in ${OUT}: node refill.mjs web`);

/** The one program of the build: starts another by its name. */
function starter(names: readonly string[]): string {
  return `// Starts a part of Refill by its name: node refill.mjs <name> [options]
import { fileURLToPath } from "node:url";
const names = ${JSON.stringify(["web", ...names])};
const [name, ...options] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error("Usage: node refill.mjs <name> [options]; the names are " + names.join(", "));
  process.exit(2);
}
process.chdir(fileURLToPath(new URL(".", import.meta.url)));
process.argv.splice(1, process.argv.length, fileURLToPath(import.meta.url), ...options);
await import("./commands/" + name.replaceAll(":", "-") + ".mjs");
`;
}
