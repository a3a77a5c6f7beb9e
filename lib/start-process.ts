import { guardAnswers } from "./answers";
import { recordPeerAddresses } from "./auth/peer-address";
import { buildFacts } from "./build-facts";
import { deps } from "./deps";
import { BadEnvironment, env } from "./env";
import { keepWorking } from "./jobs/worker";
import { joinWebProcesses } from "./web-process";

/** Checks the environment, or ends the process saying what is wrong with it; then starts the worker beside the pages. */
export async function startProcess(): Promise<void> {
  try {
    env();
  } catch (error) {
    if (!(error instanceof BadEnvironment)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  recordPeerAddresses();
  guardAnswers(env().APP_URL);
  joinOthers();
  if (env().WORKER === "inline") startInlineWorker();
}

/** A second process of another build is told of in the log; no answer waits for that. */
function joinOthers(): void {
  const build = buildFacts();
  if (!build) return;
  const { db, log } = deps();
  const served = { fingerprint: build.fingerprint, deploymentId: env().NEXT_DEPLOYMENT_ID ?? "" };
  const presence = joinWebProcesses(db, log, served);
  void presence.said();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void presence.leave());
}

function startInlineWorker(): void {
  const stop = new AbortController();
  const ended = keepWorking(deps(), env().DATABASE_URL, stop.signal);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  waitBeforeExit(stop.signal, ended);
}

/** The framework ends the process as soon as its last request is answered; a running job may need a moment more. */
function waitBeforeExit(stopping: AbortSignal, ended: Promise<void>): void {
  const exit = process.exit.bind(process);
  stopping.addEventListener("abort", () => {
    process.exit = ((code?: number) => void ended.finally(() => exit(code))) as typeof process.exit;
  });
}
