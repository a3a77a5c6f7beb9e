import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { promisify } from "node:util";
import { createApiKey } from "../../lib/auth/api-keys";
import { toPublicId } from "../../lib/ids";
import { openBenchAccounts } from "./accounts";
import { atLeast, atMost, type Goal, median, percentile, type Table } from "./report";
import type { Bench } from "./run";
import { startMeasuredWeb } from "./web";

const BATCH = 500;
const BATCH_CONNECTIONS = 4;
const SINGLE_CONNECTIONS = 16;
const ACCOUNTS = 1_000;

export type ApiFigures = {
  readonly rounds: readonly ApiRound[];
  /** Of the web process, in MB: early and late in the long run. */
  readonly memory: { readonly seconds: number; readonly earlyMb: number; readonly lateMb: number };
};
export type ApiRound = {
  readonly batchedPerSecond: number;
  readonly singlePerSecond: number;
  readonly singleP50Ms: number;
  readonly singleP99Ms: number;
};

type Send = (path: string, body: string, key?: string) => Promise<void>;

/** Spends over HTTP, through the built application, with everything on this machine. */
export async function measureApi(
  bench: Bench,
  plan: { readonly rounds: number; readonly ms: number; readonly memorySeconds: number },
): Promise<ApiFigures> {
  const web = await startMeasuredWeb(bench, { API_REQUESTS_PER_SECOND: "1000000", LOG_LEVEL: "error" });
  const created = await createApiKey(web.deps.db, {
    name: "bench",
    scopes: ["read", "spend"],
    onlyAccountId: null,
  });
  if (!created.ok) throw new Error(created.error.code);
  const accounts = await openBenchAccounts(web.stack.ownerUrl, ACCOUNTS);
  const ids = accounts.map((each) => toPublicId("account", each));
  const agent = new Agent({ keepAlive: true, maxSockets: SINGLE_CONNECTIONS });
  bench.onEnd(async () => agent.destroy());
  const send = sender(new URL(web.url), agent, created.value.key);
  const rounds: ApiRound[] = [];
  await measureRound(send, ids, plan.ms);
  for (let round = 0; round < plan.rounds; round += 1) {
    bench.progress(`Over HTTP, round ${round + 1} of ${plan.rounds} …`);
    rounds.push(await measureRound(send, ids, plan.ms));
  }
  bench.progress(`Watching memory for ${plan.memorySeconds} s …`);
  const memory = await watchMemory(web.stack.web.child.pid, send, ids, plan.memorySeconds);
  return { rounds, memory };
}

const sender =
  (url: URL, agent: Agent, apiKey: string): Send =>
  (path, body, key) =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
      };
      if (key) headers["idempotency-key"] = key;
      const sent = request(
        { host: url.hostname, port: url.port, path, method: "POST", agent, headers },
        (answer) => {
          answer.on("end", () =>
            answer.statusCode === 200 || answer.statusCode === 201
              ? resolve()
              : reject(new Error(`${path}: ${answer.statusCode}`)),
          );
          answer.resume();
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });

const anyOf = (ids: readonly string[]) => ids[Math.floor(Math.random() * ids.length)] as string;
const spend = { credits: 100, category: "ai_processing", resource: "sonata-large" };

const sendBatch = (send: Send, ids: readonly string[]) => {
  const spends = Array.from({ length: BATCH }, () => ({
    account_id: anyOf(ids),
    idempotency_key: randomUUID(),
    ...spend,
  }));
  return send("/api/v1/spends", JSON.stringify({ spends }));
};

const sendOne = (send: Send, ids: readonly string[]) =>
  send(`/api/v1/accounts/${anyOf(ids)}/spends`, JSON.stringify(spend), randomUUID());

async function repeat(connections: number, ms: number, call: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ms;
  const one = async () => {
    while (performance.now() < end) {
      const started = performance.now();
      await call();
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return times;
}

async function measureRound(send: Send, ids: readonly string[], ms: number): Promise<ApiRound> {
  let started = performance.now();
  const batches = await repeat(BATCH_CONNECTIONS, ms, () => sendBatch(send, ids));
  const batchedPerSecond = (batches.length * BATCH * 1_000) / (performance.now() - started);
  started = performance.now();
  const singles = await repeat(SINGLE_CONNECTIONS, ms, () => sendOne(send, ids));
  return {
    batchedPerSecond,
    singlePerSecond: (singles.length * 1_000) / (performance.now() - started),
    singleP50Ms: median(singles),
    singleP99Ms: percentile(singles, 99),
  };
}

const run = promisify(execFile);

async function residentMb(pid: number): Promise<number> {
  const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout.trim()) / 1_024;
}

/** The middle of the second tenth of the time against the middle of its last tenth, under an even load. */
async function watchMemory(
  pid: number | undefined,
  send: Send,
  ids: readonly string[],
  seconds: number,
): Promise<ApiFigures["memory"]> {
  if (pid === undefined) throw new Error("the web process has no pid");
  if (seconds < 10) throw new Error("--memory-seconds: less than 10 says nothing");
  const samples: number[] = [];
  const sampling = setInterval(() => void residentMb(pid).then((mb) => samples.push(mb)), 500);
  try {
    await repeat(8, seconds * 1_000, () => sendOne(send, ids));
  } finally {
    clearInterval(sampling);
  }
  const tenth = Math.floor(samples.length / 10);
  return {
    seconds,
    earlyMb: median(samples.slice(tenth, 2 * tenth)),
    lateMb: median(samples.slice(-tenth)),
  };
}

export function apiGoals({ rounds, memory }: ApiFigures): Goal[] {
  const middle = (figure: keyof ApiFigures["rounds"][number]) => median(rounds.map((each) => each[figure]));
  return [
    atLeast("spends over HTTP in batches of 500", middle("batchedPerSecond"), 10_000, "per second"),
    atMost("single spends over HTTP, 16 connections, p99", middle("singleP99Ms"), 100, "ms"),
    atMost(
      `memory after ${memory.seconds} s over early memory`,
      memory.lateMb / memory.earlyMb,
      1.1,
      "ratio",
    ),
  ];
}

export function apiTable({ rounds, memory }: ApiFigures): Table {
  const middle = (figure: keyof ApiFigures["rounds"][number]) => median(rounds.map((each) => each[figure]));
  return {
    title: `Over HTTP, medians of ${rounds.length} rounds; memory over ${memory.seconds} s`,
    columns: [{ title: "figure" }, { title: "measured", decimals: 1 }],
    rows: [
      ["batches of 500, spends per second", middle("batchedPerSecond")],
      ["single spends per second", middle("singlePerSecond")],
      ["single spends, p50 ms", middle("singleP50Ms")],
      ["single spends, p99 ms", middle("singleP99Ms")],
      ["memory early, MB", memory.earlyMb],
      ["memory late, MB", memory.lateMb],
    ],
  };
}
