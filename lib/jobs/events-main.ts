import nextEnv from "@next/env";
import { deps } from "../deps";
import { answerInSentences } from "../sentences";
import { listParkedEvents, retryEvent, retryParkedEvents } from "./events";

const USAGE = `Usage:
  npm run events -- list             events of Stripe's nobody tries any more; exits 1 when there are any
  npm run events -- retry evt_… …    lets the worker try them again
  npm run events -- retry --all      the same of all that are parked`;

const MAX_LISTED = 100;
const MAX_RETRIED = 10_000;

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const words = process.argv.slice(2);
if (understood(words)) {
  process.exitCode = await run(words);
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function understood([verb, ...ids]: readonly string[]): boolean {
  if (verb === "list") return ids.length === 0;
  return verb === "retry" && ids.length > 0 && (ids.length === 1 || !ids.includes("--all"));
}

/** Returns the exit code: 0 nothing is wrong, 1 something has to be looked at; 2 is for words nobody understands. */
function run([verb, ...ids]: readonly string[]): Promise<number> {
  return verb === "list" ? list() : retry(ids);
}

async function list(): Promise<number> {
  const { events, count } = await listParkedEvents(deps().db, MAX_LISTED);
  for (const { id, type, receivedAt, reason } of events)
    console.log(`${id}  ${receivedAt.toISOString()}  ${type}  ${reason}`);
  console.error(count === 0 ? "No event is parked." : `${count} parked, ${events.length} shown.`);
  return count === 0 ? 0 : 1;
}

async function retry(ids: readonly string[]): Promise<number> {
  if (ids[0] === "--all") {
    console.error(`${await retryParkedEvents(deps().db, MAX_RETRIED)} will be tried again.`);
    return 0;
  }
  let missing = 0;
  for (const id of ids) {
    const retried = await retryEvent(deps().db, id);
    console.log(`${id}: ${retried ? "will be tried again" : "is not a parked event"}`);
    if (!retried) missing += 1;
  }
  return missing === 0 ? 0 : 1;
}
