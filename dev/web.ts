import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./build";

export type WebServer = {
  url: string;
  /** The folder it was built in. */
  root: string;
  child: ChildProcess;
  /** Settles when the process has ended, with a sentence on why. */
  ended: Promise<string>;
  stop(): Promise<void>;
};

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;

/** Starts the application built in this folder as a process of its own and waits until it answers. */
export async function startWeb(
  port: number,
  variables: Record<string, string>,
  root = ROOT,
): Promise<WebServer> {
  const preload = new URL("exit-with-parent.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", preload, join(ROOT, "lib/serve.mjs")], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      ...variables,
      PORT: String(port),
      BIND_ADDRESS: "127.0.0.1",
    },
    detached: true, // A Ctrl-C reaches the parent alone, which stops everything in order.
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    // The framework's own greeting would come before everything is ready.
    for (const line of chunk.toString("utf8").split("\n")) if (line.startsWith("{")) console.log(line);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`the web process could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`the web process ended (${signal ?? code})`));
  });
  const url = `http://localhost:${port}`;
  try {
    await untilHealthy(`http://127.0.0.1:${port}/api/health`, ended);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    url,
    root,
    child,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const late = sleep(STOPPED_WITHIN_MS, "late", { ref: false });
      if ((await Promise.race([ended, late])) === "late") child.kill("SIGKILL");
      await ended;
    },
  };
}

async function untilHealthy(url: string, ended: Promise<string>): Promise<void> {
  let over: string | null = null;
  void ended.then((why) => {
    over = why;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (over) throw new Error(over);
    const answered = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (answered?.ok) return;
    if (Date.now() > deadline)
      throw new Error(`the web process did not answer within ${READY_WITHIN_MS / 1000} s`);
    await sleep(100);
  }
}
