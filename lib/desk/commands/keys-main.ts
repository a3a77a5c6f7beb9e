import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { API_SCOPES, type ApiKeyView, listApiKeys } from "../../auth/api-keys";
import { KEY_MEMORY_MS } from "../../auth/key-ring";
import { deps } from "../../deps";
import { approvalsOf, BadEnvironment, env } from "../../env";
import { fromPublicId, toPublicId } from "../../ids";
import { createLogger } from "../../log";
import { answerInSentences } from "../../sentences";
import type { ActDeps } from "../acts/act";
import { actRefusalSentence } from "../acts/words";
import { BY_OPTIONS, notSaidText, readByOperator, WHO_AND_WHY } from "./by-operator";
import { endKey, makeKey } from "./keys";

const USAGE = `Usage:
  npm run keys -- create --name <name> [--scopes read,spend] [--account acct_…] [--expires 2027-06-30 | --days 90]
                         ${WHO_AND_WHY}
      Prints a new key. With --expires it works to the end of that day (UTC), with --days for so many days from now.
  npm run keys -- list
  npm run keys -- revoke rk_… ${WHO_AND_WHY}`;

/** A key that ends so soon is pointed at in the list. */
const SOON_DAYS = 30;
const MAX_LISTED = 1_000;

const OPTIONS = {
  name: { type: "string" },
  scopes: { type: "string", default: API_SCOPES.join(",") },
  account: { type: "string" },
  expires: { type: "string" },
  days: { type: "string" },
  ...BY_OPTIONS,
  help: { type: "boolean", short: "h", default: false },
} as const;

type Given = ReturnType<typeof readArguments>["values"];

nextEnv.loadEnvConfig(process.cwd());
answerInSentences();
const failure = await main().catch((error: unknown) => {
  if (error instanceof BadEnvironment) return error.message;
  throw error;
});
if (failure) {
  console.error(failure);
  process.exit(1);
}

function readArguments() {
  return parseArgs({ allowPositionals: true, options: OPTIONS });
}

async function main(): Promise<string | null> {
  let read: ReturnType<typeof readArguments>;
  try {
    read = readArguments();
  } catch (error) {
    return `${error instanceof Error ? error.message : error}\n\n${USAGE}`;
  }
  if (read.values.help) {
    console.log(USAGE);
    return null;
  }
  const { db } = deps();
  try {
    return await run(read.positionals, read.values);
  } finally {
    await db.pool.end({ timeout: 5 });
  }
}

/** What went wrong, or null. */
function run([verb, id, ...rest]: readonly string[], given: Given): Promise<string | null> {
  if (verb === "create" && id === undefined) return create(given);
  if (verb === "list" && id === undefined) return list();
  if (verb === "revoke" && id !== undefined && rest.length === 0) return revoke(id, given);
  return Promise.resolve(USAGE);
}

async function create(values: Given): Promise<string | null> {
  if (!values.name) return USAGE;
  const accountId = values.account === undefined ? null : fromPublicId("account", values.account);
  if (values.account !== undefined && accountId === null) return "An account looks like acct_ and 32 digits.";
  if (values.expires !== undefined && values.days !== undefined)
    return "Either --expires or --days, not both.";
  if (values.days !== undefined && !/^[1-9][0-9]{0,3}$/.test(values.days))
    return "--days is a whole number from 1 to 9999.";
  const by = await readByOperator(deps().db, values);
  if (!by.ok) return notSaidText(USAGE, by.error);
  const { name, scopes, expires } = values;
  const inDays = values.days === undefined ? null : Number(values.days);
  const made = await makeKey(actDeps(), { name, scopes, accountId, until: expires ?? "", inDays }, by.value);
  if (!made.ok) return actRefusalSentence(made.error);
  console.log(made.value);
  console.error("This is shown once: keep it where your backend keeps its secrets.");
  return null;
}

function actDeps(): ActDeps {
  // The output is for whoever typed the command; what happened is in the database.
  return { ...deps(), log: createLogger("error"), approvals: approvalsOf(env()) };
}

async function list(): Promise<null> {
  const { keys: all, hasMore } = await listApiKeys(deps().db, { most: MAX_LISTED });
  console.table(all.map(toRow));
  for (const { id, name, daysLeft, revokedAt } of all) {
    if (revokedAt || daysLeft === null || daysLeft < 0 || daysLeft >= SOON_DAYS) continue;
    console.error(
      `${toPublicId("apiKey", id)} (${name}) ends in less than ${daysLeft + 1} days: make its successor.`,
    );
  }
  if (hasMore)
    console.error(`The newest ${MAX_LISTED}. Older: npm run operator -- keys --before ${lastOf(all)}`);
  return null;
}

const lastOf = (all: readonly ApiKeyView[]): string => toPublicId("apiKey", all.at(-1)?.id ?? "");

function toRow(key: ApiKeyView) {
  return {
    id: toPublicId("apiKey", key.id),
    name: key.name,
    scopes: key.scopes.join(","),
    account: key.onlyAccountId ? toPublicId("account", key.onlyAccountId) : "every",
    created: key.createdAt.toISOString(),
    "last used": key.lastUsedAt?.toISOString() ?? "never",
    ends: key.expiresAt ? endText(key.expiresAt, key.daysLeft ?? 0) : "never",
    revoked: key.revokedAt?.toISOString() ?? "",
  };
}

function endText(expiresAt: Date, daysLeft: number): string {
  return `${expiresAt.toISOString()}${daysLeft < 0 ? " (over)" : daysLeft < SOON_DAYS ? " (soon)" : ""}`;
}

async function revoke(text: string, given: Given): Promise<string | null> {
  const id = fromPublicId("apiKey", text);
  if (!id) return "A key looks like rk_ and 32 digits.";
  const by = await readByOperator(deps().db, given);
  if (!by.ok) return notSaidText(USAGE, by.error);
  const revoked = await endKey(actDeps(), id, by.value);
  if (!revoked.ok) return "There is no such key that could be revoked.";
  console.log(`Revoked. Servers that know it refuse it within ${KEY_MEMORY_MS / 1_000} seconds.`);
  return null;
}
