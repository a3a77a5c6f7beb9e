import { startWeb, type WebServer } from "../web";
import { buildWithBarePage } from "./bare-build";
import { percentile } from "./report";
import type { Bench } from "./run";
import type { Visitor } from "./visitor";
import type { MeasuredWeb } from "./web";

/** So many connections at once, each sending its next request when it has its answer whole. */
export const LOADS = [1, 10] as const;
/** Enough for every pooled connection to have prepared every statement, and for the code to be compiled. */
export const WARM_UP_VIEWS = 120;
/** The pages take turns, so that what else the machine does falls on all of them. */
const TURNS = 5;

export type Speed = {
  readonly connections: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  readonly requestsPerSecond: number;
  /** Of the web process alone: less disturbed by what else runs on the machine. */
  readonly cpuMsPerRequest: number;
  readonly htmlBytes: number;
};

/** Requests to one page over as many connections. */
export type Caller = {
  open(connections: number): Visitor;
  see(visitor: Visitor): Promise<{ readonly firstByteMs: number; readonly body: string }>;
};

type Sample = { firstBytes: number[]; seconds: number; cpuMs: number; htmlBytes: number };

/** The same application with the bare page in it, in place of the one that runs, telling its processor time. */
export async function startWithBarePage(bench: Bench, { stack, url }: MeasuredWeb): Promise<WebServer> {
  const root = await buildWithBarePage();
  await stack.web.stop();
  const preload = new URL("report-cpu.mjs", import.meta.url).href;
  const variables = { ...stack.variables, NODE_OPTIONS: `--import=${preload}` };
  const web = await startWeb(Number(new URL(url).port), variables, root);
  bench.onEnd(() => web.stop());
  return web;
}

/** How fast each page is, at each of the loads, `requests` requests each. */
export async function measureSpeeds(
  web: WebServer,
  callers: readonly Caller[],
  requests: number,
): Promise<readonly (readonly Speed[])[]> {
  const perLoad: (readonly Speed[])[] = [];
  for (const connections of LOADS) perLoad.push(await measureAt(web, callers, connections, requests));
  return callers.map((_, index) => perLoad.flatMap((speeds) => speeds[index] ?? []));
}

async function measureAt(
  web: WebServer,
  callers: readonly Caller[],
  connections: number,
  requests: number,
): Promise<readonly Speed[]> {
  const samples = callers.map((): Sample => ({ firstBytes: [], seconds: 0, cpuMs: 0, htmlBytes: 0 }));
  const visitors = callers.map((caller) => caller.open(connections));
  const each = async (step: (caller: Caller, visitor: Visitor, sample: Sample) => Promise<void>) => {
    for (const [index, caller] of callers.entries()) {
      const [visitor, sample] = [visitors[index], samples[index]];
      if (visitor && sample) await step(caller, visitor, sample);
    }
  };
  await each(async (caller, visitor) => void (await load(caller, visitor, connections, WARM_UP_VIEWS)));
  for (let turn = 0; turn < TURNS; turn += 1) {
    await each(async (caller, visitor, sample) => {
      const [before, started] = [await cpuMs(web), performance.now()];
      const seen = await load(caller, visitor, connections, Math.ceil(requests / TURNS));
      sample.seconds += (performance.now() - started) / 1000;
      sample.cpuMs += (await cpuMs(web)) - before;
      sample.firstBytes.push(...seen.firstBytes);
      sample.htmlBytes = seen.htmlBytes;
    });
  }
  for (const visitor of visitors) visitor.close();
  return samples.map((sample) => toSpeed(connections, sample));
}

const toSpeed = (connections: number, { firstBytes, seconds, cpuMs, htmlBytes }: Sample): Speed => ({
  connections,
  firstByteP50Ms: percentile(firstBytes, 50),
  firstByteP99Ms: percentile(firstBytes, 99),
  requestsPerSecond: firstBytes.length / seconds,
  cpuMsPerRequest: cpuMs / firstBytes.length,
  htmlBytes,
});

/** As many requests, each connection sending its next when it has its answer whole. */
export async function load(
  { see }: Pick<Caller, "see">,
  visitor: Visitor,
  connections: number,
  requests: number,
): Promise<{ readonly firstBytes: number[]; readonly htmlBytes: number }> {
  const firstBytes: number[] = [];
  let htmlBytes = 0;
  let left = requests;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const { firstByteMs, body } = await see(visitor);
      firstBytes.push(firstByteMs);
      htmlBytes = Buffer.byteLength(body);
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return { firstBytes, htmlBytes };
}

/** The processor time the process has used, user's and system's. */
function cpuMs({ child }: WebServer): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) =>
      resolve((message as { cpuMicroseconds: number }).cpuMicroseconds / 1000),
    );
    child.send("cpu", (error) => error && reject(error));
  });
}
