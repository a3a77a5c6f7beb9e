import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onAbruptExit } from "./abrupt-exit";
import type { Binaries } from "./binaries";
import type { Identity } from "./identity";
import { failure, logSince, logSize, openLog } from "./log";
import { isPostgresOn, isStillRunning, processStart } from "./processes";

/** Everything below one data directory: `cluster` exists only once initdb has finished. */
export type Place = { directory: string; cluster: string; password: string; log: string };
export type Tools = { place: Place; identity: Identity; binaries: Binaries };
export type Server = { pid: number; start: string; port: number; child?: ChildProcess; forget(): void };

const startLimitMs = 120_000;
const orphansLimitMs = 15_000;
const fastShutdownMs = 10_000;
const immediateShutdownMs = 5_000;
const deadPid = 2 ** 31 - 1;

export function placeIn(directory: string): Place {
  return {
    directory,
    cluster: join(directory, "cluster"),
    password: join(directory, "password"),
    log: join(directory, "postgres.log"),
  };
}

export function clusterVersion({ cluster }: Place): number | null {
  try {
    return Number.parseInt(readFileSync(join(cluster, "PG_VERSION"), "utf8"), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

export function readPassword({ directory, password }: Place): string {
  if (existsSync(password)) return readFileSync(password, "utf8").trim();
  throw new Error(
    `${password} is missing, so nobody can log in. Delete ${directory} to start with an empty database.`,
  );
}

/** Creates the cluster beside its final name and renames it, so that a killed initdb leaves nothing half done. */
export async function createCluster({ place, identity, binaries }: Tools, durable: boolean): Promise<void> {
  const { directory, cluster, password } = place;
  for (const name of readdirSync(directory)) {
    if (name.startsWith("cluster.new-")) rmSync(join(directory, name), { recursive: true, force: true });
  }
  if (existsSync(cluster)) renameSync(cluster, `${cluster}.broken-${Date.now()}`);
  writeFileSync(password, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600 });
  chmodSync(password, 0o600);
  identity.own(password);

  const draft = `${cluster}.new-${randomBytes(4).toString("hex")}`;
  mkdirSync(draft, { mode: 0o700 });
  identity.own(draft);
  const args = ["-D", draft, "--username=postgres", `--pwfile=${password}`, "--auth=scram-sha-256"];
  args.push("--encoding=UTF8", "--locale=C", ...(durable ? [] : ["--no-sync"]));
  await runInitdb({ place, identity, binaries }, args);
  renameSync(draft, cluster);
  if (durable) syncDirectory(directory);
}

async function runInitdb({ place, identity, binaries }: Tools, initdbArgs: string[]): Promise<void> {
  const log = openLog(place.log, identity);
  const [command, args] = identity.wrap(binaries.path("initdb"), initdbArgs);
  const child = spawn(command, args, {
    ...identity.spawnAs,
    cwd: place.directory,
    env: binaries.env,
    stdio: ["ignore", log.fd, log.fd],
    windowsHide: true,
  });
  log.close();
  const outcome = await new Promise<string | number>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  if (outcome !== 0) throw failure(`initdb failed (${outcome}).`, place.log, log.offset);
}

function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(directory, "r");
  fsyncSync(fd);
  closeSync(fd);
}

/** The live server that a killed launcher left on this cluster; a pid file that names anything else is defused. */
export function findLeftover({ cluster }: Place): Server | null {
  const file = join(cluster, "postmaster.pid");
  const lines = readLines(file);
  const pid = Number(lines[0]);
  if (lines.length === 0) return null;
  if (Number.isInteger(pid) && pid > 0 && isPostgresOn(pid, cluster)) {
    return watched(pid, Number(lines[3]));
  }
  // Postgres trusts any live or zombie pid in here, so name a dead one. Deleting the file would also delete the
  // shared memory key, by which Postgres notices that workers of a killed server still use the data.
  if (lines.length > 1) writeFileSync(file, [deadPid, ...lines.slice(1)].join("\n"));
  else rmSync(file, { force: true });
  return null;
}

/** A server that is told to shut down if this process ends without stopServer(). */
function watched(pid: number, port: number): Server {
  const start = processStart(pid) ?? "gone";
  const forget = onAbruptExit(() => {
    try {
      if (isStillRunning(pid, start)) process.kill(pid, "SIGINT");
    } catch {
      // It ended in between.
    }
  });
  return { pid, start, port, forget };
}

function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

export class PortTaken extends Error {}

/** Starts the server and waits until it accepts connections. */
export async function launch(tools: Tools, port: number, durable: boolean): Promise<Server> {
  const orphansDeadline = Date.now() + orphansLimitMs;
  for (;;) {
    const offset = logSize(tools.place.log);
    try {
      return await launchOnce(tools, port, durable);
    } catch (error) {
      const said = logSince(tools.place.log, offset);
      if (/could not bind|could not create any TCP\/IP/.test(said))
        throw new PortTaken(portTakenMessage(port));
      // Workers of a killed server end a moment after it.
      if (!/shared memory block .* still in use/.test(said) || Date.now() > orphansDeadline) throw error;
      await sleep(200);
    }
  }
}

export function portTakenMessage(port: number): string {
  return `Port ${port} on 127.0.0.1 is already taken. Stop what uses it, or choose another port for Postgres.`;
}

async function launchOnce(tools: Tools, port: number, durable: boolean): Promise<Server> {
  const { place, identity, binaries } = tools;
  const log = openLog(place.log, identity);
  const [command, args] = identity.wrap(binaries.path("postgres"), [
    "-D",
    place.cluster,
    ...settings(port, durable),
  ]);
  // Its own process group keeps the terminal's Ctrl-C from it. On Linux the cwd identifies it before it is ready.
  const child = spawn(command, args, {
    ...identity.spawnAs,
    cwd: place.cluster,
    detached: true,
    env: binaries.env,
    stdio: ["ignore", log.fd, log.fd],
    windowsHide: true,
  });
  log.close();
  let ended: string | null = null;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, signal) => {
    ended ??= `exit ${code ?? signal}`;
  });
  child.unref();
  if (child.pid === undefined) {
    await sleep(0);
    throw failure(`Postgres did not start (${ended}).`, place.log, log.offset);
  }
  const server: Server = { ...watched(child.pid, port), child };

  const deadline = Date.now() + startLimitMs;
  while (ended === null && Date.now() < deadline) {
    const lines = readLines(join(place.cluster, "postmaster.pid"));
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === "ready") return server;
    await sleep(20);
  }
  const why = ended === null ? `was not ready after ${startLimitMs / 1000} s` : `did not start (${ended})`;
  await stopServer(tools, server);
  throw failure(`Postgres ${why}.`, place.log, log.offset);
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 100,
    shared_buffers: "128MB",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "off",
    log_checkpoints: "off",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Fast shutdown, then immediate, then kill: returns once the server is gone. */
export async function stopServer({ binaries }: Pick<Tools, "binaries">, server: Server): Promise<void> {
  const steps = [
    ["SIGINT", fastShutdownMs],
    ["SIGQUIT", immediateShutdownMs],
    ["SIGKILL", immediateShutdownMs],
  ] as const;
  for (const [signal, limitMs] of steps) {
    const deadline = Date.now() + limitMs;
    if (isStillRunning(server.pid, server.start)) send(binaries, server.pid, signal);
    while (isStillRunning(server.pid, server.start) && Date.now() < deadline) await sleep(25);
    if (!isStillRunning(server.pid, server.start)) {
      server.forget();
      return;
    }
  }
  throw new Error(`Postgres (process ${server.pid}) could not be stopped.`);
}

function send(binaries: Binaries, pid: number, signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): void {
  try {
    if (process.platform !== "win32" || signal === "SIGKILL") process.kill(pid, signal);
    else execFileSync(binaries.path("pg_ctl"), ["kill", signal.slice(3), String(pid)], { stdio: "ignore" });
  } catch {
    // It ended in between; the caller looks again.
  }
}
