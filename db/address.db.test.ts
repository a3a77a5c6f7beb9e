import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, connect as dial, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql as statement } from "drizzle-orm";
import pg from "pg";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type RunningPostgres, startPostgres } from "../dev/postgres";
import { AUTHORITY, OTHER_AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY } from "../dev/testing/certificates";
import { type Addressed, asRole, findConnectionFault, forPg } from "./address";
import { connect } from "./client";
import { findMisfit } from "./fits";
import { migrateDatabase } from "./migrate";
import { scramVerifier } from "./role";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A server of this file's own, which speaks TLS and keeps every statement in its log. */
const root = mkdtempSync(join(tmpdir(), "refill-tls-"));
let server: RunningPostgres;
let owner: Sql;
const ROLE = { name: "refill_tls", password: "a-password-nobody-logs" };
const url = (host: string, role = ROLE) => asRole(server.ownerUrl, role).replace("127.0.0.1", host);
const log = () => readFileSync(join(root, "postgres.log"), "utf8");

beforeAll(async () => {
  server = await startPostgres({ dataDir: root, durable: false, databaseUrl: "" });
  owner = postgres(server.ownerUrl, { max: 1, onnotice: () => {} });
  const [place] = await owner`select current_setting('data_directory') as path`;
  // Written by the server, whose the files have to be.
  for (const [name, text] of [
    ["server.crt", SERVER_CERTIFICATE],
    ["server.key", SERVER_KEY],
  ] as const) {
    const lines = text
      .trim()
      .split("\n")
      .map((line) => `('${line}')`)
      .join(",");
    await owner.unsafe(`copy (values ${lines}) to program 'umask 077; cat > "${place?.path}/${name}"'`);
  }
  await owner.unsafe("alter system set ssl = on");
  await owner.unsafe("alter system set log_statement = 'all'");
  await owner`select pg_reload_conf()`;
  await vi.waitFor(async () => expect((await owner`show ssl`)[0]?.ssl).toBe("on"));
  await migrateDatabase({ url: server.ownerUrl, ca: AUTHORITY }, ROLE);
});

afterAll(async () => {
  await owner?.end({ timeout: 5 });
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
  vi.resetConfig();
});

const ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

/** What the application's driver finds there: whether it is encrypted, or why there is no connection. */
async function askAsPages(address: Addressed): Promise<boolean | string | null> {
  const db = connect(address, { max: 1 });
  try {
    const [row] = await db.execute<{ ssl: boolean }>(statement.raw(ENCRYPTED));
    return row?.ssl ?? null;
  } catch (error) {
    return findConnectionFault(error);
  } finally {
    await db.pool.end({ timeout: 1 });
  }
}

/** The same with the job queue's. */
async function askAsJobs(address: Addressed): Promise<boolean | string | null> {
  const client = new pg.Client(forPg(address));
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ ssl: boolean }>(ENCRYPTED);
    return rows[0]?.ssl ?? null;
  } catch (error) {
    return findConnectionFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

describe.each([
  ["pages", askAsPages],
  ["jobs", askAsJobs],
])("a connection for %s", (_, ask) => {
  it.each(["localhost", "127.0.0.1"])("is encrypted, and the server's name compared: %s", async (host) => {
    expect(await ask({ url: url(host), ca: AUTHORITY })).toBe(true);
  });

  it("is refused where another authority made the certificate, or it is of another name", async () => {
    expect(await ask({ url: url("localhost"), ca: OTHER_AUTHORITY })).toMatch(/certificate is not accepted/);
    expect(await ask({ url: url("127.1"), ca: AUTHORITY })).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
    for (const mode of ["require", "verify-full"])
      expect(await ask(`${url("localhost")}?sslmode=${mode}`)).toMatch(/certificate is not accepted/);
  });

  it("is as it was where nothing is said", async () => {
    expect(await ask(url("localhost"))).toBe(false);
    expect(await ask(`${url("localhost")}?sslmode=disable`)).toBe(false);
  });

  it("goes through a socket, whatever authorities there are", async () => {
    const folder = mkdtempSync(join(tmpdir(), "refill-socket-"));
    const socket = await forward(join(folder, `.s.PGSQL.${server.port}`));
    const address = `${url("")}?host=${folder}`;
    expect(address).toContain("@:");
    expect(await ask({ url: address, ca: AUTHORITY })).toBe(false);
    socket.close();
    rmSync(folder, { recursive: true });
  });
});

/** A socket that leads to the server, as its own would. */
function forward(path: string): Promise<Server> {
  const socket = createServer((from) => {
    const to = dial(server.port, "127.0.0.1");
    from.pipe(to).pipe(from);
    from.on("error", () => to.destroy());
    to.on("error", () => from.destroy());
  });
  return new Promise((resolve) => socket.listen(path, () => resolve(socket)));
}

describe("the application's role", () => {
  it("has its password, which is in no statement and so in no log", async () => {
    await migrateDatabase(server.ownerUrl, ROLE);
    expect(log()).toMatch(/role "refill_tls" login password 'SCRAM-SHA-256\$4096:/);
    expect(log()).not.toContain(ROLE.password);
    await migrateDatabase(server.ownerUrl, { ...ROLE, password: "another password, ü" });
    expect(await askAsJobs(url("localhost", { ...ROLE, password: "another password, ü" }))).toBe(false);
    expect(await askAsPages(url("localhost", { ...ROLE, password: "another password, ü" }))).toBe(false);
    await migrateDatabase(server.ownerUrl, ROLE);
  });

  it("is kept as the server itself would keep it", async () => {
    await owner.unsafe("create role someone password 'pencil'");
    const [kept] = await owner`select rolpassword as verifier from pg_authid where rolname = 'someone'`;
    const salt = Buffer.from(String(kept?.verifier).split(/[$:]/)[2] ?? "", "base64");
    expect(scramVerifier("pencil", salt)).toBe(kept?.verifier);
  });

  it("behind a pooler has the limits that a connection cannot ask for there, or no process begins", async () => {
    const pooled = connect({ url: url("localhost"), prepare: false }, { max: 1 });
    expect(await findMisfit(pooled)).toBe("no_time_limits");
    await pooled.pool.end();
    await migrateDatabase({ url: server.ownerUrl, prepare: false }, ROLE);
    const again = connect({ url: url("localhost"), prepare: false }, { max: 1 });
    expect(await findMisfit(again)).toBeNull();
    await again.pool.end();
  });

  it("that a connection does not get what it asked for is taken for a pooler nobody told of", async () => {
    // As one that passes over what a connection is opened with: the driver is told to ask for nothing.
    const through = Object.assign(connect({ url: url("localhost"), prepare: false }, { max: 1 }), {
      keepsSettings: true,
    });
    expect(await findMisfit(through)).toBe("behind_pooler");
    await through.pool.end();
  });
});

describe("an owner who may make no roles", () => {
  const OWNER = { name: "refill_owner", password: "owner-password" };
  const OTHER = { name: "refill_other", password: "other-password" };
  const migrate = (role = OTHER, prepare = true) =>
    migrateDatabase({ url: asRole(server.ownerUrl.replace(/refill$/, "owned"), OWNER), prepare }, role);

  beforeAll(async () => {
    await owner.unsafe(`create role ${OWNER.name} login nocreaterole password '${OWNER.password}'`);
    await owner.unsafe(`create database owned owner ${OWNER.name}`);
  });

  it("is told what somebody who may has to run, and with that done, goes on without", async () => {
    const refused = await migrate().then(String, (error: Error) => error.message);
    const told = refused.match(/^ {2}(.*);$/gm)?.map((line) => line.trim()) ?? [];
    expect(told).toEqual([
      expect.stringMatching(/^create role "refill_other" login password 'SCRAM-SHA-256\$/),
    ]);
    expect(refused).not.toContain(OTHER.password);
    for (const line of told) await owner.unsafe(line);
    await migrate();
    const db = connect(asRole(server.ownerUrl.replace(/refill$/, "owned"), OTHER), { max: 1 });
    expect(await findMisfit(db)).toBeNull();
    await db.pool.end();
  });

  it("is told when the password is another, and of limits that are missing behind a pooler", async () => {
    const other = { ...OTHER, password: "not that one" };
    await expect(migrate(other)).rejects.toThrow(/alter role "refill_other" login password 'SCRAM/);
    const refused = await migrate(OTHER, false).then(String, (error: Error) => error.message);
    const told = refused.match(/^ {2}(.*);$/gm) ?? [];
    expect(told.map((line) => /set (\w+)/.exec(line)?.[1])).toEqual([
      "statement_timeout",
      "lock_timeout",
      "idle_in_transaction_session_timeout",
    ]);
    for (const line of told) await owner.unsafe(line);
    await migrate(OTHER, false);
  });
});
