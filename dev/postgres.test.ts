import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type PostgresOptions, startPostgres } from "./postgres";
import { processStart } from "./postgres/processes";

const root = mkdtempSync(join(tmpdir(), "refill postgres "));
const dataDir = join(root, "shared");
const pidFile = join(dataDir, "cluster", "postmaster.pid");
const usual: PostgresOptions = { dataDir, databaseUrl: "", durable: false };
const nobody = 65_534;
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Starts Postgres as another process would, prints its port and waits to be killed. */
const launcher = join(root, "launcher.mts");
writeFileSync(
  launcher,
  `const { startPostgres } = await import(process.argv[2]);
const { ownerUrl, stop } = await startPostgres({ dataDir: process.argv[3], databaseUrl: "", durable: false });
console.log(ownerUrl);
if (process.argv[4] === "stop") await stop();
else setInterval(() => {}, 1000);
`,
);

beforeAll(async () => {
  const server = await startPostgres(usual);
  await query(server.ownerUrl, (sql) => sql`create table note as select 'kept' as body`);
  await server.stop();
});

afterAll(() => {
  vi.resetConfig();
  rmSync(root, { recursive: true, force: true });
});

async function start(options: Partial<PostgresOptions> = {}) {
  const server = await startPostgres({ ...usual, ...options });
  onTestFinished(server.stop);
  return server;
}

async function query<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

const readNote = (url: string) => query(url, async (sql) => (await sql`select body from note`)[0]?.body);
const serverPid = () => Number(readFileSync(pidFile, "utf8").split("\n")[0]);

async function launchElsewhere(
  directory: string,
  ...rest: string[]
): Promise<{ url: string; child: ChildProcess }> {
  return launchAs({}, directory, ...rest);
}

async function launchAs(user: { uid?: number; gid?: number }, directory: string, ...rest: string[]) {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const module = new URL("./postgres.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", tsx, launcher, module, directory, ...rest], {
    ...user,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let url = "";
  for await (const chunk of child.stdout) {
    url += chunk;
    if (url.includes("\n")) break;
  }
  return { url: url.trim(), child };
}

async function ended(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && processStart(pid) !== null; tries += 1) await sleep(25);
  return processStart(pid) === null;
}

describe("an own server", () => {
  test("keeps its data across a stop", async () => {
    const server = await start();
    expect(await readNote(server.ownerUrl)).toBe("kept");
    expect(server).toMatchObject({ host: "127.0.0.1", port: Number(new URL(server.ownerUrl).port) });
  });

  test("lets nobody in without its password, which only its owner can read", async () => {
    const server = await start();
    const url = new URL(server.ownerUrl);
    url.password = "guess";
    await expect(readNote(url.href)).rejects.toThrow("password authentication failed");
    expect(statSync(join(dataDir, "password")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "cluster")).mode & 0o777).toBe(0o700);
  });

  test("creates the database asked for", async () => {
    const server = await start({ database: "My-other_1" });
    const name = await query(server.ownerUrl, (sql) => sql`select current_database() as name`);
    expect(name[0]?.name).toBe("My-other_1");
  });

  test("is durable unless told otherwise", async () => {
    const settings = (url: string) =>
      query(url, async (sql) => [
        (await sql`show fsync`)[0]?.fsync,
        (await sql`show synchronous_commit`)[0]?.synchronous_commit,
        (await sql`show full_page_writes`)[0]?.full_page_writes,
      ]);
    const durable = await start({ durable: undefined });
    expect(await settings(durable.ownerUrl)).toEqual(["on", "on", "on"]);
    await durable.stop();
    const fast = await start({ durable: false });
    expect(await settings(fast.ownerUrl)).toEqual(["off", "off", "off"]);
  });

  test("uses the port given, and names it when it is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    onTestFinished(() => void blocker.close());
    const { port } = blocker.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is already taken`);
    blocker.close();
    await once(blocker, "close");
    expect((await start({ port })).port).toBe(port);
  });

  test("refuses a second launcher on the same directory", async () => {
    const server = await start();
    await expect(start()).rejects.toThrow("is in use by this same process");
    expect(await readNote(server.ownerUrl)).toBe("kept");
  });

  test("shows what the server said when it cannot start", async () => {
    const config = join(dataDir, "cluster", "postgresql.conf");
    const before = readFileSync(config, "utf8");
    onTestFinished(() => writeFileSync(config, before));
    writeFileSync(config, `${before}\nno_such_setting = 1\n`);
    await expect(start()).rejects.toThrow('unrecognized configuration parameter "no_such_setting"');
  });
});

describe("after a crash", () => {
  test("a killed server starts again with its data", async () => {
    const { ended } = await start();
    process.kill(serverPid(), "SIGKILL");
    await ended;
    expect(await readNote((await start()).ownerUrl)).toBe("kept");
  });

  test("the server of a killed launcher is reused, and stopped by the one who reuses it", async () => {
    const { url, child } = await launchElsewhere(dataDir);
    const pid = serverPid();
    await expect(start()).rejects.toThrow(`is in use by process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");

    const server = await start();
    expect([server.ownerUrl, serverPid()]).toEqual([url, pid]);
    await server.stop();
    expect(await ended(pid)).toBe(true);
  });

  test("the server of a killed launcher gives way when another port is asked for", async () => {
    const { url, child } = await launchElsewhere(dataDir);
    const pid = serverPid();
    child.kill("SIGKILL");
    await once(child, "exit");
    const port = Number(new URL(url).port) + 1;
    const server = await start({ port });
    expect(server.port).toBe(port);
    expect(await ended(pid)).toBe(true);
    expect(await readNote(server.ownerUrl)).toBe("kept");
  });

  test("both launcher and server killed: the data is still there", async () => {
    const { child } = await launchElsewhere(dataDir);
    process.kill(serverPid(), "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await readNote((await start()).ownerUrl)).toBe("kept");
  });

  test("a terminated launcher takes its server along", async () => {
    const { child } = await launchElsewhere(dataDir);
    const pid = serverPid();
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(await ended(pid)).toBe(true);
  });

  test("a pid file that names another live process does not stand in the way", async () => {
    const rest = ["/elsewhere", "1", "5432", "", "127.0.0.1", "  1234567         0", "ready"];
    writeFileSync(pidFile, [process.pid, ...rest].join("\n"));
    expect(await readNote((await start()).ownerUrl)).toBe("kept");
  });

  test("an interrupted initdb is started over, and nothing is deleted that it did not make", async () => {
    const directory = join(root, "interrupted");
    mkdirSync(join(directory, "cluster.new-1", "base"), { recursive: true });
    mkdirSync(join(directory, "cluster", "base"), { recursive: true });
    writeFileSync(join(directory, "claim-999999999-1-ab"), "");
    const server = await start({ dataDir: directory });
    await server.stop();
    const left = readdirSync(directory).map((name) => name.replace(/\d+$/, ""));
    expect(left.sort()).toEqual(["cluster", "cluster.broken-", "password", "postgres.log"]);
  });
});

test.runIf(process.getuid?.() === 0)(
  "works for an ordinary user, and for root on that user's data",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "refill-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    chownSync(directory, nobody, nobody);
    chmodSync(root, 0o711);
    const { url, child } = await launchAs({ uid: nobody, gid: nobody }, directory, "stop");
    expect(url).toContain("postgres://");
    if (child.exitCode === null) await once(child, "exit");
    const server = await start({ dataDir: directory });
    expect(await query(server.ownerUrl, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
    expect(statSync(join(directory, "cluster", "postmaster.pid")).uid).toBe(nobody);
  },
);

describe("DATABASE_URL", () => {
  test("is used as it is, and stop() leaves that server alone", async () => {
    const server = await start();
    const named = await startPostgres({ dataDir: join(root, "unused"), databaseUrl: server.ownerUrl });
    await named.stop();
    expect(named).toMatchObject({ origin: "DATABASE_URL", ownerUrl: server.ownerUrl, port: server.port });
    expect(await readNote(server.ownerUrl)).toBe("kept");
  });

  test.each(["postgres://me:secret@127.0.0.1:1/db", "me:secret@nowhere", "postgres://me:secret@/\\:x"])(
    "is named, but its password is not, when %s does not work",
    async (databaseUrl) => {
      const error = await startPostgres({ dataDir: root, databaseUrl }).catch((reason: Error) => reason);
      expect(String(error)).toContain("DATABASE_URL");
      expect(String(error)).not.toContain("secret");
    },
  );
});
