import { spawn } from "node:child_process";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What a checker of Stripe's contract found between the application and the simulator. */
export type ContractReport = { passed: boolean; summary: string; violations: string };

export type ContractProxy = { apiBase: string; stop(): Promise<void>; report(): ContractReport };

type ProxyOptions = {
  /** A Node script that forwards and checks; takes the flags below, answers /__contract/report, exits 1 on violations. */
  script: string;
  api: number;
  webhook: number;
  upstream: string;
  webhookUpstream: string;
  secret: string;
};

/** Starts a contract checker between the application and the simulator, and on the way of the webhooks. */
export async function startContractProxy(options: ProxyOptions): Promise<ContractProxy> {
  const folder = await mkdtemp(join(tmpdir(), "contract-"));
  const log = join(folder, "violations.jsonl");
  const flags = {
    "--listen": `127.0.0.1:${options.api}`,
    "--upstream": options.upstream,
    "--log": log,
    "--webhook-listen": `127.0.0.1:${options.webhook}`,
    "--webhook-upstream": options.webhookUpstream,
    "--webhook-secret": options.secret,
  };
  // By its real path: scripts tell by their path whether they were started or only imported.
  const script = await realpath(options.script);
  const child = spawn(process.execPath, [script, ...Object.entries(flags).flat()], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let summary = "";
  child.stderr.on("data", (chunk: Buffer) => {
    summary += chunk.toString("utf8");
  });
  let isOver = false;
  child.once("close", () => {
    isOver = true;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const apiBase = `http://127.0.0.1:${options.api}`;
  for (let tries = 0; ; tries += 1) {
    if ((await fetch(`${apiBase}/__contract/report`).catch(() => null))?.ok) break;
    if (tries > 100 || isOver) throw new Error(`the contract checker did not start: ${summary}`);
    await sleep(100);
  }
  let report: ContractReport | null = null;
  return {
    apiBase,
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      const violations = await readFile(log, "utf8").catch(() => "");
      report = { passed: code === 0, summary, violations };
      await rm(folder, { recursive: true, force: true });
    },
    report() {
      if (!report) throw new Error("the contract checker is still running");
      return report;
    },
  };
}
