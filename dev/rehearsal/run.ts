import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Browser } from "@playwright/test";
import { chromium } from "@playwright/test";
import { ROOT } from "../build";
import { findBrowser } from "../e2e/browser";
import { type Asked, Refused } from "./arguments";
import type { Flow } from "./flow";
import { FLOWS } from "./flows";
import { hostedPages } from "./hosted/pages";
import type { Progress } from "./progress";
import { refuseOtherRelease } from "./release";
import { openScene } from "./scene";
import { type Stack, startStack } from "./stack";
import { type Answer, type Run, toTranscript, writeTranscript } from "./transcript";

type RunAsked = Extract<Asked, { kind: "run" }>;

/** How one flow went. */
export type Outcome = {
  readonly flow: Flow;
  readonly seconds: number;
  readonly failure: string | null;
  readonly answers: readonly Answer[];
  /** Of its transcript. */
  readonly path: string;
};

export type RunOptions = {
  readonly progress: Progress;
  /** Ends the flow that runs, and begins no other; what was started is stopped. */
  readonly signal: AbortSignal;
};

/** Runs the flows one after the other, and goes on after one that failed. Stops everything it started, however it ends. */
export async function rehearse(
  asked: RunAsked,
  { progress, signal }: RunOptions,
): Promise<readonly Outcome[]> {
  const flows = choose(asked.only);
  const runId = `${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString("hex")}`;
  const folder = asked.out ?? join(ROOT, ".data", "rehearsals", runId);
  const steps: (() => Promise<unknown>)[] = [];
  const outcomes: Outcome[] = [];
  const aborted = untilAborted(signal);
  aborted.catch(() => {}); // Whether anything waits for it or not.
  try {
    await refuseOtherRelease(asked);
    const browserPath = await findBrowser();
    const stack = await startStack({
      ...asked,
      progress: progress.say,
      onEnd: (step) => steps.push(step),
    });
    if (signal.aborted) return outcomes;
    const browser = await chromium.launch({
      executablePath: browserPath,
      headless: !asked.headed,
      args: ["--no-sandbox"],
      handleSIGINT: false,
    });
    steps.push(() => browser.close());
    progress.say(`Run ${runId}: ${flows.length} flows against ${nameOf(asked)}; transcripts in ${folder}`);
    for (const [at, flow] of flows.entries()) {
      if (signal.aborted) break;
      progress.now(`${at + 1} of ${flows.length}: ${flow.name} …`);
      const outcome = await runFlow({ stack, flow, browser, runId, folder, record: asked.record, aborted });
      outcomes.push(outcome);
      progress.say(describe(outcome));
    }
  } finally {
    for (const step of steps.splice(0).reverse())
      await step().catch((error: unknown) => console.error(error));
  }
  return outcomes;
}

const nameOf = ({ target }: RunAsked): string =>
  target === "stripe" ? "the sandbox of STRIPE_SECRET_KEY" : "the simulator";

function choose(only: readonly string[] | null): readonly Flow[] {
  if (only === null) return FLOWS;
  const unknown = only.filter((name) => !FLOWS.some((flow) => flow.name === name));
  if (unknown.length > 0) throw new Refused(`There is no flow ${unknown.join(", ")}: --list names them.`);
  return FLOWS.filter(({ name }) => only.includes(name));
}

function describe({ flow, seconds, failure, path }: Outcome): string {
  const head = `${failure === null ? "passed" : "FAILED"}  ${flow.name}  ${seconds.toFixed(1)} s`;
  return failure === null ? head : `${head}\n        ${failure.split("\n")[0]}\n        ${path}`;
}

type FlowRun = {
  stack: Stack;
  flow: Flow;
  browser: Browser;
  runId: string;
  folder: string;
  record: string | null;
  /** Rejects when the run is to end. */
  aborted: Promise<never>;
};

async function runFlow({ folder, record, ...about }: FlowRun): Promise<Outcome> {
  const began = performance.now();
  const run = await play(about);
  const transcript = toTranscript(run);
  const path = await writeTranscript(folder, transcript);
  if (record !== null && run.failure === null) await writeTranscript(record, toTranscript(run, "kept"));
  const { failure, answers } = transcript;
  return { flow: about.flow, seconds: (performance.now() - began) / 1_000, failure, answers, path };
}

/** What was seen is kept however the flow ends. */
async function play({ aborted, ...parts }: Omit<FlowRun, "folder" | "record">): Promise<Run> {
  const { stack, flow } = parts;
  const hosted = hostedPages(stack.target);
  const about = { flow, target: stack.target };
  const nothing = { startSeconds: Math.floor(Date.now() / 1_000), entries: [] };
  try {
    const open = await openScene({ ...parts, hosted });
    const { startSeconds } = open;
    // What follows while everything is stopped is no part of the flow.
    const seen = (failure: string | null): Run => ({
      ...about,
      startSeconds,
      entries: [...open.entries],
      failure,
    });
    try {
      await Promise.race([flow.run(open.scene), aborted]);
      await open.scene.events.settled();
      const faults = await open.findFaults();
      return seen(faults.length > 0 ? faults.join("\n") : null);
    } catch (error) {
      return seen(sentenceOf(error));
    } finally {
      await open.close();
    }
  } catch (error) {
    return { ...about, ...nothing, failure: sentenceOf(error) };
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error("It was interrupted."));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** Without the colours that the browser's own messages have. */
function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is how a colour begins.
  return message.replaceAll(/\u001b\[[\d;]*m/g, "");
}
