import { guardAnswers } from "./answers";
import { recordPeerAddresses } from "./auth/peer-address";
import { buildFacts } from "./build-facts";
import { captureConsole } from "./console-log";
import { backgroundDeps, type Deps, deps, sayWhatIsOff } from "./deps";
import { watchAnswers } from "./draining";
import { BadEnvironment, directAddress, env } from "./env";
import { keepWorking } from "./jobs/worker";
import { lookForRestore } from "./look-for-restore";
import { refuseCatalog } from "./refuse-catalog";
import { refuseMisfit } from "./refuse-misfit";
import { refuseStripeAccount } from "./refuse-stripe-account";
import { startFollowing } from "./requests/start";
import { drainOnSignals } from "./shutdown";
import { joinWebProcesses, type Presence } from "./web-process";

/**
 * Checks the environment, the catalog and that it has what accounts use, the role it connects as and whose Stripe key it has, or ends
 * the process saying what is wrong; then starts the worker beside the pages.
 */
export async function startProcess(): Promise<void> {
  try {
    env();
    deps(); // Reads the catalog.
  } catch (error) {
    if (!(error instanceof BadEnvironment)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  const { NODE_ENV, SHUTDOWN_GRACE_SECONDS, WORKER, APP_URL } = env();
  // Before anything is waited for: the server listens already, and what arrives meanwhile is to be seen, too.
  startFollowing(deps().log, env());
  recordPeerAddresses();
  guardAnswers(APP_URL);
  watchAnswers();
  const real = deps();
  await refuseMisfit(real.db);
  await refuseCatalog(real.db, real.log);
  await refuseStripeAccount(real.access);
  await lookForRestore(real);
  if (NODE_ENV === "production") captureConsole(real.log);
  sayWhatIsOff(real);
  const presence = joinOthers(real);
  const stop = new AbortController();
  const worker =
    WORKER === "inline" ? keepWorking(backgroundDeps(), directAddress(), stop.signal) : Promise.resolve();
  drainOnSignals({
    log: real.log,
    graceMs: SHUTDOWN_GRACE_SECONDS * 1_000,
    onSignal: () => stop.abort(),
    finish: () => finish(real, worker, presence),
  });
}

/** A second process of another build is told of in the log; no answer waits for that. */
function joinOthers({ db, log }: Deps): Presence | null {
  const build = buildFacts();
  if (!build) return null;
  const served = { fingerprint: build.fingerprint, deploymentId: env().NEXT_DEPLOYMENT_ID ?? "" };
  const presence = joinWebProcesses(db, log, served);
  void presence.said();
  return presence;
}

/** The job that runs and what waits for a commit end first, then the connections they need. */
async function finish(
  { batcher, db }: Deps,
  worker: Promise<void>,
  presence: Presence | null,
): Promise<void> {
  await Promise.all([worker, batcher.close(), presence?.leave()]);
  await db.pool.end({ timeout: 5 });
}
