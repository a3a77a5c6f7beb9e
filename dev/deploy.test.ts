import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ENV_NAMES } from "../lib/env";
import packageJson from "../package.json" with { type: "json" };
import { ROOT } from "./build";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that looks like an installed Refill whose framework only prints what it is told. */
function installed({ dotEnv, standalone }: { dotEnv: string; standalone: boolean }): string {
  const folder = mkdtempSync(join(tmpdir(), "refill-serve-"));
  folders.push(folder);
  const print =
    "console.log(JSON.stringify([process.argv.slice(2), process.env.PORT, process.env.HOSTNAME]));";
  mkdirSync(join(folder, "node_modules/next/dist/bin"), { recursive: true });
  mkdirSync(join(folder, "node_modules/@next"));
  mkdirSync(join(folder, ".next"));
  symlinkSync(join(ROOT, "node_modules/@next/env"), join(folder, "node_modules/@next/env"));
  writeFileSync(join(folder, "node_modules/next/dist/bin/next"), print);
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, ".next/BUILD_ID"), "x");
  if (standalone) writeFileSync(join(folder, "server.js"), print);
  writeFileSync(join(folder, "serve.mjs"), readFileSync(join(ROOT, "lib/serve.mjs")));
  writeFileSync(join(folder, ".env"), dotEnv);
  return folder;
}

function serve(given: { dotEnv: string; standalone: boolean }, variables: Record<string, string> = {}) {
  const folder = installed(given);
  const env = { PATH: process.env.PATH, NODE_ENV: "production" as const, ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["serve.mjs"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  return { status, said: stdout ? JSON.parse(stdout) : null, stderr };
}

describe("npm start", () => {
  it("listens where a file of variables says", () => {
    const { said } = serve({ dotEnv: "PORT=3210\nBIND_ADDRESS=127.0.0.1\n", standalone: false });
    expect(said[0]).toEqual(["start", "-p", "3210", "-H", "127.0.0.1"]);
  });

  it("rather where the environment says, and else on port 3000 of every address", () => {
    const dotEnv = "PORT=3210\nBIND_ADDRESS=\n";
    expect(serve({ dotEnv, standalone: false }, { PORT: "4000" }).said[0]).toEqual([
      "start",
      "-p",
      "4000",
      "-H",
      "0.0.0.0",
    ]);
    expect(serve({ dotEnv: "", standalone: false }).said[0]).toContain("3000");
  });

  it("of a standalone build does the same, whatever a container calls its machine", () => {
    const { said } = serve({ dotEnv: "PORT=3210\n", standalone: true }, { HOSTNAME: "8f2c1d" });
    expect(said).toEqual([[], "3210", "0.0.0.0"]);
  });

  it.each([
    ["PORT=http", /^PORT: /],
    ["PORT=70000", /^PORT: /],
    ["BIND_ADDRESS=billing.example.com", /^BIND_ADDRESS: /],
  ])("refuses %s in a sentence", (dotEnv, sentence) => {
    const { status, stderr } = serve({ dotEnv, standalone: false });
    expect([status, stderr.split("\n").length]).toEqual([1, 2]);
    expect(stderr).toMatch(sentence);
  });
});

describe("what is deployed with", () => {
  const files = [
    ...["Dockerfile", "compose.yaml"].map((name) => join(ROOT, name)),
    ...readdirSync(join(ROOT, "docs/deploy")).map((name) => join(ROOT, "docs/deploy", name)),
  ].map((path) => ({ path, text: readFileSync(path, "utf8") }));
  /** What these files need beside the application's own variables. */
  const OTHERS = ["SITE", "UPSTREAMS", "DATABASE_PASSWORD", "DATABASE_OWNER_PASSWORD", "DATABASE_OWNER_URL"];
  const BUILD = ["NEXT_SERVER_ACTIONS_ENCRYPTION_KEY", "NEXT_TELEMETRY_DISABLED", "CUSTOMER_PASSWORD"];
  const POSTGRES = ["POSTGRES_DB", "POSTGRES_PASSWORD", "DATABASE_"];

  it("starts parts that there are", () => {
    const parts = ["web", ...Object.keys(packageJson.scripts)];
    const started = files.flatMap(({ text }) =>
      [...text.matchAll(/(?:command: |args: \["|refill\.mjs |CMD \[")(web|worker|[a-z]+:[a-z]+)\b/g)].map(
        ([, name]) => name,
      ),
    );
    expect(started.length).toBeGreaterThan(8);
    for (const name of started) expect(parts).toContain(name);
  });

  it("names only variables that are read", () => {
    const known = new Set<string>([...ENV_NAMES, ...OTHERS, ...BUILD, ...POSTGRES]);
    const named = files.flatMap(({ text }) =>
      [...text.matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([name]) => name),
    );
    expect(named.length).toBeGreaterThan(20);
    const systems = /^(AF_INET|AF_NETLINK|AF_UNIX|SHUTDOWN_GRACE_SECONDS)$/;
    expect([...new Set(named)].filter((name) => !known.has(name) && !systems.test(name))).toEqual([]);
  });

  it("keeps every secret out of the image: only what is listed goes into a build", () => {
    const [first, ...lines] = readFileSync(join(ROOT, ".dockerignore"), "utf8").trim().split("\n");
    expect(first).toBe("*");
    const allowed = lines.filter((line) => line.startsWith("!"));
    expect(allowed.some((line) => line.includes(".env") || line.includes(".git"))).toBe(false);
  });

  it("lets into the build what makes it, and all that it imports", () => {
    const allowed = new Set(readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n"));
    const needed = ["standalone.ts"];
    for (const name of needed) {
      const text = readFileSync(join(ROOT, "dev", name), "utf8");
      for (const [, imported] of text.matchAll(/from "\.\/([\w-]+)"/g)) needed.push(`${imported}.ts`);
    }
    expect(needed).toContain("build.ts");
    expect(needed.filter((name) => !allowed.has(`!dev/${name}`))).toEqual([]);
  });
});
