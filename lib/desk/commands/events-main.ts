import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { deps } from "../../deps";
import { listParkedEvents } from "../../jobs/events";
import { answerInSentences } from "../../sentences";
import { retryEvent, retryParkedEvents } from "../events/retry";
import type { ByOperator } from "../record-act";
import { BY_OPTIONS, notSaidExit, notSaidText, readByOperator, WHO_AND_WHY } from "./by-operator";

const USAGE = `Usage:
  npm run events -- list             events of Stripe's nobody tries any more; exits 1 when there are any
  npm run events -- retry evt_… … ${WHO_AND_WHY}
                                     lets the worker try them again
  npm run events -- retry --all ${WHO_AND_WHY}
                                     the same of all that are parked`;

const MAX_LISTED = 100;
const MAX_RETRIED = 10_000;

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const given = readArguments();
if (given) {
  process.exitCode = given.verb === "list" ? await list() : await retry(given);
  await deps().db.pool.end({ timeout: 5 });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

function readArguments() {
  try {
    const all = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { all, ...BY_OPTIONS } });
    const [verb, ...ids] = positionals;
    const isList = verb === "list" && Object.keys(values).length === 1 && !values.all && ids.length === 0;
    if (isList) return { verb, ids, ...values };
    return verb === "retry" && values.all === (ids.length === 0) ? { verb, ids, ...values } : null;
  } catch {
    return null;
  }
}

type Given = NonNullable<ReturnType<typeof readArguments>>;

/** Returns the exit code: 0 nothing is wrong, 1 something has to be looked at; 2 is for words nobody understands. */
async function list(): Promise<number> {
  const { events, count } = await listParkedEvents(deps().db, MAX_LISTED);
  for (const { id, type, receivedAt, reason } of events)
    console.log(`${id}  ${receivedAt.toISOString()}  ${type}  ${reason}`);
  const more =
    count > events.length ? " The desk and npm run operator -- queue events have all of them." : "";
  console.error(count === 0 ? "No event is parked." : `${count} parked, ${events.length} shown.${more}`);
  return count === 0 ? 0 : 1;
}

async function retry({ ids, all, as, reason }: Given): Promise<number> {
  const { db } = deps();
  const by = await readByOperator(db, { as, reason });
  if (!by.ok) {
    console.error(notSaidText(USAGE, by.error));
    return notSaidExit(by.error);
  }
  if (!all) return retryThese(ids, by.value);
  console.error(`${await retryParkedEvents(db, by.value, MAX_RETRIED)} will be tried again.`);
  return 0;
}

async function retryThese(ids: readonly string[], by: ByOperator): Promise<number> {
  let missing = 0;
  for (const id of ids) {
    const retried = await retryEvent(deps().db, id, by);
    console.log(`${id}: ${retried ? "will be tried again" : "is not a parked event"}`);
    if (!retried) missing += 1;
  }
  return missing === 0 ? 0 : 1;
}
