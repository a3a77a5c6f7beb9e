import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { ProviderSilent } from "../billing/provider-records";
import { createCommandLog } from "../command-log";
import { deps, recoveryDeps } from "../deps";
import { env } from "../env";
import { endWhenInterrupted } from "../interrupt";
import { showProgress } from "../progress";
import { findRecovery } from "../recovery/mode";
import { recover } from "../recovery/recover";
import { describeRecovery } from "../recovery/report";
import { refuseCatalog } from "../refuse-catalog";
import { refuseMisfit } from "../refuse-misfit";
import { answerInSentences } from "../sentences";

const USAGE = `Usage:
  npm run recover -- --since 2026-11-29   after a restored backup: brings back from Stripe what was sold since then; name a day before the backup
  npm run recover                         whether this database has to be brought up to date; exits 1 when it has`;

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const asked = readArguments();
if (asked) {
  const { db, log } = deps();
  await refuseMisfit(db);
  await refuseCatalog(db, log);
  process.exitCode = asked.since ? await run(asked.since) : await tell();
  await db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function readArguments(): { readonly since: Date | null } | null {
  try {
    const { values } = parseArgs({ options: { since: { type: "string" } } });
    if (values.since === undefined) return { since: null };
    const since = new Date(values.since);
    return Number.isNaN(since.getTime()) ? null : { since };
  } catch {
    return null;
  }
}

async function tell(): Promise<number> {
  const found = await findRecovery(deps().db);
  if (!found) {
    console.log("This database is not known to be older than what Stripe took.");
    return 0;
  }
  const told = found.because ? ` (${found.because} is not known here)` : "";
  console.log(`Since ${found.since.toISOString()} nothing is sold, swept or renewed${told}.\n\n${USAGE}`);
  return 1;
}

/** Returns the exit code: 0 everything is back, 1 something is lost, or could not be read and it is to be run again. */
async function run(since: Date): Promise<number> {
  const { deps: real, access } = recoveryDeps();
  const sentence = await access.check();
  if (sentence !== null || !(await access.isOpen())) {
    console.error(sentence ?? `Stripe cannot be asked now (${access.state().pausedFor}).`);
    return 1;
  }
  const progress = showProgress();
  // What is logged does not mix with what is reported.
  const quiet = { ...real, log: createCommandLog(env().LOG_LEVEL, progress) };
  const stays = "What was brought back stays, and nothing is sold until all is";
  endWhenInterrupted(`Stopped. ${stays}: run it again with the same day.`, progress);
  try {
    const report = await recover(quiet, { since, onStep: progress.step, onDone: progress.at });
    progress.end();
    for (const line of describeRecovery(report)) console.log(line);
    return report.done && report.lost.length === 0 ? 0 : 1;
  } catch (error) {
    progress.end();
    if (!(error instanceof ProviderSilent)) throw error;
    console.error(`${error.message}. Nothing is lost: run it again.`);
    return 1;
  }
}
