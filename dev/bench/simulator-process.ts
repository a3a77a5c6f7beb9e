import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { ROOT } from "../build";

const STARTED_WITHIN_MS = 20_000;

export type SimulatorProcess = { readonly url: string; stop(): Promise<void> };

/** The Stripe simulator on a free port in a process of its own, so that its work is not done on our time. */
export async function startSimulatorProcess(dataFile: string): Promise<SimulatorProcess> {
  const preload = pathToFileURL(join(ROOT, "dev/exit-with-parent.mjs")).href;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--import", preload, join(ROOT, "dev/stripe/main.ts")],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: "production",
        STRIPE_SIM_PORT: "0",
        STRIPE_SIM_DATA_FILE: dataFile,
      },
    },
  );
  const ended = once(child, "exit");
  const url = await Promise.race([
    firstUrl(child.stdout),
    ended.then(() => null),
    sleep(STARTED_WITHIN_MS, null, { ref: false }),
  ]);
  if (!url) {
    child.kill("SIGKILL");
    throw new Error("the Stripe simulator did not start");
  }
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function firstUrl(output: NodeJS.ReadableStream | null): Promise<string | null> {
  if (!output) return null;
  for await (const line of createInterface({ input: output })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) return url;
  }
  return null;
}
