import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import type { Bench } from "../bench/run";
import { ROOT } from "../build";
import { freePort } from "../ports";
import { type Stack, startStack } from "../stack";
import { startWeb } from "../web";
import { insist } from "./patience";

export const VICTIMS = ["first server", "second server", "worker", "operator", "Postgres"] as const;
export type Victim = (typeof VICTIMS)[number];

/** What is killed: two servers over one database, a worker of its own, and Postgres; each is started again where it was. */
export type Processes = {
  readonly stack: Stack;
  /** Where the servers answer, both as the one address that browsers know. */
  readonly urls: readonly string[];
  /** As `kill -9`. Once it resolves, what was killed is gone and has not been started again, unless it is Postgres. */
  kill(victim: Victim): Promise<void>;
  /** Once it resolves, everything answers again. */
  startAgain(): Promise<void>;
  /** The operator begins no refund until told to go on. */
  tellOperator(told: "rest" | "go on"): void;
};

/** A database to start with again may take so long to recover. */
const AGAIN_WITHIN_MS = 60_000;

export async function startProcesses(bench: Bench): Promise<Processes> {
  const port = await freePort();
  const stack = await startStack({
    dataDir: bench.dataDir("kill"),
    port,
    simulatorPort: await freePort(),
    realTime: true,
    variables: { WORKER: "separate", API_REQUESTS_PER_SECOND: "1000000" },
  });
  bench.onEnd(() => stack.stop());
  const ports = [port, await freePort()];
  const children: Record<Exclude<Victim, "Postgres">, ChildProcess> = {
    "first server": stack.web.child,
    "second server": (await startWeb(ports[1] ?? 0, stack.variables)).child,
    worker: await startWorker(stack),
    operator: startOperator(stack),
  };
  bench.onEnd(async () => Promise.all(Object.values(children).map(end)));
  const server = (which: number) =>
    insist(async () => (await startWeb(ports[which] ?? 0, stack.variables)).child);
  return {
    stack,
    urls: ports.map((each) => `http://127.0.0.1:${each}`),
    async kill(victim) {
      if (victim === "Postgres") return killPostgres(stack.ownerUrl);
      const child = children[victim];
      if (isOver(child)) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    async startAgain() {
      await untilAnswers(stack.ownerUrl);
      if (isOver(children["first server"])) children["first server"] = await server(0);
      if (isOver(children["second server"])) children["second server"] = await server(1);
      if (isOver(children.worker)) children.worker = await startWorker(stack);
      if (isOver(children.operator)) children.operator = startOperator(stack);
    },
    tellOperator(told) {
      if (!isOver(children.operator)) children.operator.send(told);
    },
  };
}

const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** `npm run worker`, once it says that it works. */
async function startWorker(stack: Stack): Promise<ChildProcess> {
  const child = startScript(stack, "lib/jobs/main.ts");
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`the worker ended (${signal ?? code})`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("worker started")) resolve();
      if (isTrouble(line)) console.log(line);
    });
  });
  return child;
}

/** Warnings and worse. */
const isTrouble = (line: string) => /"level":[456]0/.test(line);

const startOperator = (stack: Stack): ChildProcess =>
  startScript(stack, "dev/kill/operator.ts").on("error", () => {});

function startScript({ variables }: Stack, script: string): ChildProcess {
  const preload = pathToFileURL(join(ROOT, "dev/exit-with-parent.mjs")).href;
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, ["--import", preload, "--import", "tsx", join(ROOT, script)], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: { PATH, HOME, NODE_ENV: "production", ...variables, LOG_LEVEL: "info" },
    detached: true, // A Ctrl-C reaches the parent alone, which stops everything in order.
  });
}

/** The postmaster, with which its servers end. The stack starts it again. */
async function killPostgres(ownerUrl: string): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ directory: string }[]>`select current_setting('data_directory') as directory`;
  await sql.end();
  const lock = await readFile(join(row?.directory ?? "", "postmaster.pid"), "utf8");
  process.kill(Number(lock.split("\n")[0]), "SIGKILL");
}

async function untilAnswers(ownerUrl: string): Promise<void> {
  const deadline = Date.now() + AGAIN_WITHIN_MS;
  for (;;) {
    const sql = postgres(ownerUrl, { max: 1, connect_timeout: 2, onnotice: () => {} });
    const answers = await sql`select 1`.then(
      () => true,
      () => false,
    );
    await sql.end({ timeout: 1 }).catch(() => null);
    if (answers) return;
    if (Date.now() > deadline) throw new Error("Postgres did not come back");
    await sleep(200);
  }
}
