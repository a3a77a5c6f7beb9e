import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, inArray, ne } from "drizzle-orm";
import { connect, type Database } from "../../db/client";
import { accounts, memberships, users } from "../../db/schema";
import { createApiKey } from "../../lib/auth/api-keys";
import { freePlan } from "../../lib/catalog/plans";
import { createRefillClient } from "../../lib/client";
import { toPublicId } from "../../lib/ids";
import { DEMO_ACCOUNTS } from "../seed-accounts";
import { serve } from "./backend";
import { seededRandom } from "./interaction";

export type Traffic = {
  readonly customers: number;
  /** Lets what is under way end; a hold whose application is gone already ends by expiring. */
  stop(): Promise<void>;
};

export type TrafficOptions = { readonly url: string; readonly databaseUrl: string; readonly dataDir: string };

const PARTING_MS = 5_000;

/** Starts spending for the demo's paying customers, through the API and with a key of its own. */
export async function startTraffic({ url, databaseUrl, dataDir }: TrafficOptions): Promise<Traffic> {
  const db = connect(databaseUrl, { max: 1 });
  const [apiKey, accountIds] = await Promise.all([
    ensureApiKey(db, join(dataDir, "traffic-key")),
    listPayingAccounts(db),
  ]).finally(() => db.pool.end({ timeout: 5 }));
  const client = createRefillClient({ baseUrl: url, apiKey });
  const stopping = new AbortController();
  const running = accountIds.map((accountId, index) =>
    serve(client, { accountId, random: seededRandom(index) }, stopping.signal).catch((error: unknown) => {
      console.error("The demo's traffic for one customer ended:", error);
    }),
  );
  return {
    customers: accountIds.length,
    async stop() {
      stopping.abort();
      await Promise.race([Promise.all(running), sleep(PARTING_MS, undefined, { ref: false })]);
    },
  };
}

/** One key per data folder: keys cannot be read back from the database. */
async function ensureApiKey(db: Database, file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept) return kept;
  const made = await createApiKey(db, {
    name: "Demo traffic",
    scopes: ["read", "spend"],
    onlyAccountId: null,
  });
  if (!made.ok) throw new Error(`the demo could not make its API key: ${made.error.code}`);
  await writeFile(file, made.value.key, { mode: 0o600 });
  return made.value.key;
}

async function listPayingAccounts(db: Database): Promise<string[]> {
  const emails = DEMO_ACCOUNTS.flatMap(({ people: [first] }) => (first ? [first.email] : []));
  const found = await db
    .select({ id: accounts.id })
    .from(accounts)
    .innerJoin(memberships, eq(memberships.accountId, accounts.id))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(inArray(users.email, emails), ne(accounts.plan, freePlan().id)));
  return found.map(({ id }) => toPublicId("account", id));
}
