import { BadAddress, findConnectionFault } from "../db/address";
import { databaseIsAway } from "../db/pool";
import { DatabaseBusy } from "../db/transact";
import { BadEnvironment } from "./env";
import { describeError } from "./log-clean";

/** What to tell whoever runs a command about what stopped it: no stack, no query, no secret. */
export function sentenceOf(error: unknown): string {
  if (error instanceof BadEnvironment || error instanceof BadAddress) return error.message;
  const fault = findConnectionFault(error);
  if (fault) return fault;
  if (error instanceof DatabaseBusy || databaseIsAway(error)) {
    return "The database cannot be reached: check DATABASE_URL, and that it runs.";
  }
  const { type, message, code, cause } = describeError(error);
  const reason = cause?.message || message;
  const state = cause?.code ?? code;
  return `It could not be done (${[type, state].filter(Boolean).join(" ")}): ${reason}`;
}

/** For commands: whatever stops this process is said in a sentence, and ends it with code 1. */
export function answerInSentences(): void {
  const answer = (error: unknown) => {
    console.error(sentenceOf(error));
    process.exit(1);
  };
  process.once("uncaughtException", answer);
  process.once("unhandledRejection", answer);
}
