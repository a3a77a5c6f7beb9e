import nextEnv from "@next/env";
import { captureConsole } from "../console-log";
import { backgroundDeps, type Deps, deps, sayWhatIsOff } from "../deps";
import { directAddress, env, metricsPortOf } from "../env";
import { lookForRestore } from "../look-for-restore";
import { serveMetrics } from "../metrics/serve";
import { refuseCatalog } from "../refuse-catalog";
import { refuseMisfit } from "../refuse-misfit";
import { refuseStripeAccount } from "../refuse-stripe-account";
import { answerInSentences } from "../sentences";
import { keepWorking } from "./worker";

// The worker as a process of its own: `npm run worker`, beside web processes with WORKER=separate.
nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const { SHUTDOWN_GRACE_SECONDS } = env();
const real = deps();
await refuseMisfit(real.db);
await refuseCatalog(real.db, real.log);
await refuseStripeAccount(real.access);
await lookForRestore(real);
captureConsole(real.log);
sayWhatIsOff(real);
const metricsPort = metricsPortOf(env());
if (metricsPort) serveMetrics(real, metricsPort);
logAndGoOn(real);
await keepWorking(backgroundDeps(), directAddress(), stopSignal(real), { mode: "separate" });
await real.db.pool.end({ timeout: 5 });
real.log.info({}, "worker stopped");
process.exit(0);

/** What nobody caught belongs to one job or one connection; the others go on. */
function logAndGoOn({ log }: Deps): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.removeAllListeners(event);
    process.on(event, (error: unknown) =>
      log.error({ err: error, event }, "the worker goes on after an error nobody caught"),
    );
  }
}

/** Aborts when the process is told to stop; what has not ended when the grace is over is cut off. */
function stopSignal({ log }: Deps): AbortSignal {
  const stop = new AbortController();
  const graceMs = SHUTDOWN_GRACE_SECONDS * 1_000;
  const end = () => {
    log.error({ graceMs }, "the grace is over: what still ran was cut off");
    process.exit(1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, "told to stop: finishing what was begun");
      setTimeout(end, graceMs).unref();
      stop.abort();
    });
  }
  log.info({}, "worker started");
  return stop.signal;
}
