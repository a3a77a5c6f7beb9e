import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { deps } from "../deps";
import { BadEnvironment } from "../env";
import { fromPublicId, toPublicId } from "../ids";
import { createLogger } from "../log";
import { answerInSentences } from "../sentences";
import {
  API_SCOPES,
  type ApiKeyView,
  createApiKey,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
} from "./api-keys";
import { KEY_MEMORY_MS } from "./key-ring";
import { recordSecurityEvent } from "./security-events";

const USAGE = `Usage:
  npm run keys -- create --name <name> [--scopes read,spend] [--account acct_…] [--expires 2027-06-30 | --days 90]
      Prints a new key. With --expires it works to the end of that day (UTC), with --days for so many days from now.
  npm run keys -- list
  npm run keys -- revoke rk_…`;

/** A key that ends so soon is pointed at in the list. */
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;
const MAX_LISTED = 1_000;

const OPTIONS = {
  name: { type: "string" },
  scopes: { type: "string", default: API_SCOPES.join(",") },
  account: { type: "string" },
  expires: { type: "string" },
  days: { type: "string" },
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
  if (verb === "revoke" && id !== undefined && rest.length === 0) return revoke(id);
  return Promise.resolve(USAGE);
}

async function create(values: Given): Promise<string | null> {
  const asked = values.scopes.split(",").map((each) => each.trim());
  const scopes = API_SCOPES.filter((each) => asked.includes(each));
  if (!values.name || scopes.length !== new Set(asked).size) return USAGE;
  const onlyAccountId = values.account === undefined ? null : fromPublicId("account", values.account);
  if (values.account !== undefined && onlyAccountId === null)
    return "An account looks like acct_ and 32 digits.";
  const ends = endOf(values.expires, values.days);
  if (typeof ends === "string") return ends;
  const created = await createApiKey(deps().db, { name: values.name, scopes, onlyAccountId, ends });
  if (!created.ok) {
    return {
      bad_name: "The name has 1 to 100 characters, all of which can be seen.",
      no_scope: "A key needs a scope.",
      account_not_found: "There is no such account.",
      ends_in_the_past: "That end is over already.",
    }[created.error.code];
  }
  await note("api_key_created", created.value.id, onlyAccountId);
  console.log(created.value.key);
  console.error("This is shown once: keep it where your backend keeps its secrets.");
  return null;
}

/** A sentence where it cannot be read. */
function endOf(day: string | undefined, days: string | undefined): NewApiKey["ends"] | string {
  if (day !== undefined && days !== undefined) return "Either --expires or --days, not both.";
  if (days !== undefined) {
    return /^[1-9][0-9]{0,3}$/.test(days)
      ? { inDays: Number(days) }
      : "--days is a whole number from 1 to 9999.";
  }
  if (day === undefined) return undefined;
  const begins = /^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(day)
    ? new Date(`${day}T00:00:00Z`)
    : new Date(Number.NaN);
  const isDay = !Number.isNaN(begins.getTime()) && begins.toISOString().startsWith(day);
  return isDay ? { at: new Date(begins.getTime() + DAY_MS) } : "--expires is a day like 2027-06-30.";
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

function note(kind: "api_key_created" | "api_key_revoked", id: string, accountId: string | null = null) {
  // The output is for whoever typed the command; what happened is in the database.
  const told = { db: deps().db, log: createLogger("error") };
  return recordSecurityEvent(told, { kind, accountId, details: { key: toPublicId("apiKey", id) } });
}

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

async function revoke(text: string): Promise<string | null> {
  const id = fromPublicId("apiKey", text);
  const revoked = id === null ? null : await revokeApiKey(deps().db, id);
  if (!revoked?.ok || id === null) return "There is no such key that could be revoked.";
  await note("api_key_revoked", id);
  console.log(`Revoked. Servers that know it refuse it within ${KEY_MEMORY_MS / 1_000} seconds.`);
  return null;
}
