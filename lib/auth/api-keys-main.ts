import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { deps } from "../deps";
import { fromPublicId, toPublicId } from "../ids";
import {
  API_SCOPES,
  type ApiKeyView,
  createApiKey,
  KEY_MEMORY_MS,
  listApiKeys,
  revokeApiKey,
} from "./api-keys";

const USAGE = `Usage:
  npm run keys -- create --name <name> [--scopes read,spend] [--account acct_…]
  npm run keys -- list
  npm run keys -- revoke rk_…`;

nextEnv.loadEnvConfig(process.cwd());
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: "string" },
    scopes: { type: "string", default: API_SCOPES.join(",") },
    account: { type: "string" },
  },
});
const failure = await run(positionals);
await deps().db.pool.end({ timeout: 5 });
if (failure) {
  console.error(failure);
  process.exit(1);
}

/** What went wrong, or null. */
function run([verb, id, ...rest]: readonly string[]): Promise<string | null> {
  if (verb === "create" && id === undefined) return create();
  if (verb === "list" && id === undefined) return list();
  if (verb === "revoke" && id !== undefined && rest.length === 0) return revoke(id);
  return Promise.resolve(USAGE);
}

async function create(): Promise<string | null> {
  const asked = values.scopes.split(",").map((each) => each.trim());
  const scopes = API_SCOPES.filter((each) => asked.includes(each));
  if (!values.name || scopes.length !== new Set(asked).size) return USAGE;
  const onlyAccountId = values.account === undefined ? null : fromPublicId("account", values.account);
  if (values.account !== undefined && onlyAccountId === null)
    return "An account looks like acct_ and 32 digits.";
  const created = await createApiKey(deps().db, { name: values.name, scopes, onlyAccountId });
  if (!created.ok) {
    return {
      bad_name: "The name has 1 to 100 characters, all of which can be seen.",
      no_scope: "A key needs a scope.",
      account_not_found: "There is no such account.",
    }[created.error.code];
  }
  console.log(created.value.key);
  console.error("This is shown once: keep it where your backend keeps its secrets.");
  return null;
}

async function list(): Promise<null> {
  console.table((await listApiKeys(deps().db)).map(toRow));
  return null;
}

function toRow(key: ApiKeyView) {
  return {
    id: toPublicId("apiKey", key.id),
    name: key.name,
    scopes: key.scopes.join(","),
    account: key.onlyAccountId ? toPublicId("account", key.onlyAccountId) : "every",
    created: key.createdAt.toISOString(),
    "last used": key.lastUsedAt?.toISOString() ?? "never",
    revoked: key.revokedAt?.toISOString() ?? "",
  };
}

async function revoke(text: string): Promise<string | null> {
  const id = fromPublicId("apiKey", text);
  const revoked = id === null ? null : await revokeApiKey(deps().db, id);
  if (!revoked?.ok) return "There is no such key that could be revoked.";
  console.log(`Revoked. Servers that know it refuse it within ${KEY_MEMORY_MS / 1_000} seconds.`);
  return null;
}
