import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { onAbruptExit } from "./postgres/abrupt-exit";
import { findBinaries, minimumVersion } from "./postgres/binaries";
import {
  clusterVersion,
  createCluster,
  findLeftover,
  launch,
  type Place,
  PortTaken,
  placeIn,
  portTakenMessage,
  readPassword,
  type Server,
  stopServer,
  type Tools,
} from "./postgres/cluster";
import { chooseIdentity } from "./postgres/identity";
import { claim } from "./postgres/processes";

export type RunningPostgres = {
  /** Superuser connection to the database asked for; with DATABASE_URL, that URL itself. */
  ownerUrl: string;
  host: string;
  port: number;
  /** Shuts the server down and waits for its end. Does nothing to a server that DATABASE_URL names. */
  stop(): Promise<void>;
  /** Resolves when the server this call launched has ended, for whatever reason; never for any other. */
  ended: Promise<void>;
  origin: "DATABASE_URL" | "embedded" | "system";
};

export type PostgresOptions = {
  /** Holds the cluster, its password and its log. Only one process at a time can run it. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Created if missing; letters, digits, _ and -. Default: refill. */
  database?: string;
  /** False trades crash safety for speed: only for tests. */
  durable?: boolean;
  /** Default: the environment variable DATABASE_URL. An empty string ignores that variable. */
  databaseUrl?: string;
};

type Settings = { port?: number; database: string; durable: boolean };

const adoptLimitMs = 5_000;
const portAttempts = 5;
const NEVER = new Promise<void>(() => {});

/** Makes a Postgres available: DATABASE_URL when set, else the embedded binaries, else a system Postgres >= 15. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const url = options.databaseUrl ?? process.env.DATABASE_URL;
  if (url) return fromDatabaseUrl(url);

  const { database = "refill", durable = true, port } = options;
  // The postgres client takes the name from a URL without decoding it.
  if (!/^[\w-]+$/.test(database)) throw new Error(`"${database}" cannot name a database here.`);
  const directory = resolve(options.dataDir);
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const release = await claim(directory);
  const forgetClaim = onAbruptExit(release);
  const letGo = () => {
    forgetClaim();
    release();
  };
  try {
    return await startIn(placeIn(directory), { port, database, durable }, letGo);
  } catch (error) {
    letGo();
    throw error;
  }
}

async function startIn(place: Place, settings: Settings, letGo: () => void): Promise<RunningPostgres> {
  const identity = chooseIdentity(place);
  const binaries = findBinaries(identity, place.directory, clusterVersion(place));
  const tools: Tools = { place, identity, binaries };
  if (clusterVersion(place) === null) await createCluster(tools, settings.durable);
  const password = readPassword(place);

  const server = (await adoptLeftover(tools, settings, password)) ?? (await launchOnPort(tools, settings));
  try {
    await createDatabase(ownerUrl(server, password, "postgres"), settings.database);
  } catch (error) {
    await stopServer(tools, server);
    throw error;
  }
  const ended = new Promise<void>((resolve) => {
    server.child?.once("exit", () => {
      server.forget();
      letGo();
      resolve();
    });
  });
  let stopping: Promise<void> | undefined;
  return {
    ownerUrl: ownerUrl(server, password, settings.database),
    host: "127.0.0.1",
    port: server.port,
    origin: binaries.origin,
    ended,
    stop() {
      stopping ??= stopServer(tools, server).finally(letGo);
      return stopping;
    },
  };
}

function ownerUrl(server: Server, password: string, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${server.port}/${database}`;
}

/** Takes over the server of a killed launcher if it fits what is asked for, else stops it. */
async function adoptLeftover(tools: Tools, settings: Settings, password: string): Promise<Server | null> {
  const server = findLeftover(tools.place);
  if (server === null) return null;
  const portFits = settings.port === undefined || settings.port === server.port;
  if (portFits && (await answers(server, password, settings.durable))) return server;
  await stopServer(tools, server);
  return null;
}

async function answers(server: Server, password: string, durable: boolean): Promise<boolean> {
  const deadline = Date.now() + adoptLimitMs;
  do {
    try {
      return await withConnection(ownerUrl(server, password, "postgres"), async (sql) => {
        const [row] = await sql`select current_setting('fsync') as fsync`;
        return row?.fsync === (durable ? "on" : "off");
      });
    } catch (error) {
      // 57P03: starting up or shutting down.
      if ((error as { code?: string }).code !== "57P03") return false;
      await sleep(100);
    }
  } while (Date.now() < deadline);
  return false;
}

async function launchOnPort(tools: Tools, { port, durable }: Settings): Promise<Server> {
  if (port !== undefined) {
    if (!(await isFree(port))) throw new PortTaken(portTakenMessage(port));
    return launch(tools, port, durable);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(tools, await freePort(), durable);
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === portAttempts) throw error;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await tryListening(port)) !== null;
}

async function freePort(): Promise<number> {
  const port = await tryListening(0);
  if (port === null) throw new Error("No free port on 127.0.0.1 for Postgres.");
  return port;
}

function tryListening(port: number): Promise<number | null> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : null));
    });
  });
}

async function createDatabase(url: string, name: string): Promise<void> {
  await withConnection(url, async (sql) => {
    const found = await sql`select 1 from pg_database where datname = ${name}`;
    if (found.length === 0) await sql`create database ${sql(name)}`;
  });
}

async function fromDatabaseUrl(url: string): Promise<RunningPostgres> {
  const { host, port } = parseDatabaseUrl(url);
  let version: number;
  try {
    version = await withConnection(url, async (sql) => {
      const [row] = await sql`select current_setting('server_version_num')::int as version`;
      return Math.floor(row?.version / 10_000);
    });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    throw new Error(`DATABASE_URL names a Postgres at ${host}:${port}, which refused: ${message || code}`);
  }
  if (version < minimumVersion) {
    throw new Error(
      `DATABASE_URL names Postgres ${version} at ${host}:${port}; version ${minimumVersion} or later is needed.`,
    );
  }
  return { ownerUrl: url, host, port, origin: "DATABASE_URL", ended: NEVER, stop: async () => {} };
}

function parseDatabaseUrl(text: string): { host: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "postgres:" && url?.protocol !== "postgresql:") {
    throw new Error("DATABASE_URL is not of the form postgres://user:password@host:port/database.");
  }
  return { host: url.hostname || "localhost", port: Number(url.port || 5432) };
}

async function withConnection<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
