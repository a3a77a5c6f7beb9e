import { parseArgs } from "node:util";
import type { SecurityEventDeps } from "../../auth/security-events";
import { fromPublicId } from "../../ids";
import { readCursor } from "../cursor";
import { EVENT_STATES } from "../events/list";
import { BY_OPTIONS, NO_OPERATOR, readByOperator, WHO_AND_WHY } from "./by-operator";
import { sayEvent, sayEvents, sayReplay } from "./events";
import { findOperatorByEmail } from "./find-operator";
import { sayKeys } from "./keys";
import { sayMoney } from "./money";
import { sayQueue } from "./queue";
import { asJson } from "./said";

export const READING_USAGE = `  npm run operator -- queue <name>                      what waits in one queue; exits 1 when anything does
  npm run operator -- events [--state ${EVENT_STATES.join("|")}] [--type invoice.paid] [--account acct_…]
                                                        Stripe's events, newest first; exits 1 when one of them is parked
  npm run operator -- event evt_… --as <e-mail>         one of them, with what Stripe said
  npm run operator -- replay evt_… --as <e-mail> --reason <why>
                                                        makes it due again
  npm run operator -- keys [--account acct_…] [--before rk_…]
                                                        API keys, newest first: of every account, or of one alone
  npm run operator -- money [2026-11]                   a month by day, plan and bundle, and the credits of all months;
                                                        exits 1 when a day differs from what Stripe says`;

/** What was said, and the exit code: 0 well, 1 something waits or was refused, 2 words nobody understands. */
export type Told = { readonly rows: unknown; readonly lines: readonly string[]; readonly code: 0 | 1 | 2 };

const text = { type: "string" } as const;
const OPTIONS = {
  ...BY_OPTIONS,
  state: text,
  type: text,
  account: text,
  before: text,
  json: { type: "boolean", default: false },
} as const;

type Given = ReturnType<typeof readArguments>["values"];
type Verb = (deps: SecurityEventDeps, named: string | undefined, given: Given) => Promise<Told>;

const readArguments = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });

const NO_CURSOR = "--before takes what the page before ended with.";
const NO_ACCOUNT_ID = "An account looks like acct_ and 32 digits.";
const VERBS: Readonly<Record<string, Verb>> = {
  queue: async ({ db }, named, { before }) => {
    const after = before === undefined ? null : readCursor(before);
    if (before !== undefined && !after) return misread(NO_CURSOR);
    return sayQueue(db, named ?? "", after);
  },
  event: async (deps, named, { as }) => {
    if (!named || !as) return misread("Which event, and who looks? evt_… --as <your e-mail>");
    const operator = await findOperatorByEmail(deps.db, as);
    return operator ? sayEvent(deps, operator, named) : refused(NO_OPERATOR);
  },
  money: ({ db }, named) => sayMoney(db, named),
  keys: async ({ db }, _named, { account, before }) => {
    const accountId = account === undefined ? null : fromPublicId("account", account);
    if (account !== undefined && !accountId) return misread(NO_ACCOUNT_ID);
    const from = before === undefined ? null : fromPublicId("apiKey", before);
    if (before !== undefined && !from) return misread("A key looks like rk_ and 32 digits.");
    return sayKeys(db, { accountId, before: from });
  },
  events: async ({ db }, _named, { state, type = null, account, before }) => {
    const known = EVENT_STATES.find((each) => each === state) ?? null;
    const accountId = account === undefined ? null : fromPublicId("account", account);
    if (state !== undefined && !known) return misread(`A state is one of ${EVENT_STATES.join(", ")}.`);
    if (account !== undefined && !accountId) return misread(NO_ACCOUNT_ID);
    const after = before === undefined ? null : readCursor(before);
    if (before !== undefined && !after) return misread(NO_CURSOR);
    return sayEvents(db, { state: known, type, accountId }, after);
  },
  replay: async ({ db }, named, given) => {
    if (!named) return misread(`Which event, and who replays it? evt_… ${WHO_AND_WHY}`);
    const by = await readByOperator(db, given);
    if (!by.ok) return by.error.code === "misread" ? misread(by.error.sentence) : refused(by.error.sentence);
    return sayReplay(db, named, by.value);
  },
};

const misread = (why: string): Told => ({ rows: null, lines: [why, "", READING_USAGE], code: 2 });
const refused = (why: string): Told => ({ rows: null, lines: [why], code: 1 });

/** Whether a word is the verb of something that is read here, or of replaying an event. */
export const isReadingVerb = (word: string | undefined): boolean =>
  word !== undefined && Object.hasOwn(VERBS, word);

/** Carries out `npm run operator -- <args>` where it is about queues, events and money. */
export async function readingCommand(
  args: readonly string[],
  connect: () => SecurityEventDeps,
): Promise<{ readonly text: string; readonly code: 0 | 1 | 2 }> {
  let read: ReturnType<typeof readArguments>;
  try {
    read = readArguments(args);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { text: `${why}\n\n${READING_USAGE}`, code: 2 };
  }
  const [verb = "", named, ...more] = read.positionals;
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (!run || more.length > 0) return { text: READING_USAGE, code: 2 };
  const { rows, lines, code } = await run(connect(), named, read.values);
  const sentences = lines.join("\n");
  const isJson = read.values.json && code !== 2;
  return { text: isJson ? asJson(rows ?? { refused: sentences }) : sentences, code };
}
