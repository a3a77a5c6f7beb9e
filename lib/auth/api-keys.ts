import { createHash, randomBytes } from "node:crypto";
import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../db/client";
import { apiKeys, apiScope } from "../../db/schema";
import { newId, toPublicId } from "../ids";
import { hasBooks } from "../ledger/queries";
import { isPlainLine, isVisible } from "../plain-text";
import { err, invariant, ok, type Result } from "../result";

export const API_SCOPES = apiScope.enumValues;
export type ApiScope = (typeof API_SCOPES)[number];

/** A caller that proved who it is. */
export type ApiKey = {
  readonly id: string;
  /** What the entries it causes name it by. */
  readonly number: number;
  readonly scopes: readonly ApiScope[];
  /** The one account it may touch; null for every account. */
  readonly onlyAccountId: string | null;
};

export type NewApiKey = {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly onlyAccountId: string | null;
  /** When it ends: an instant, or so many days from now on. Left out, never. */
  readonly ends?: { readonly at: Date } | { readonly inDays: number };
};

const MAX_NAME_LENGTH = 100;

/** Makes a key. The key in the answer is shown this once: only the hash of its secret is kept. */
export async function createApiKey(
  db: Database | Tx,
  { name: given, scopes, onlyAccountId, ends }: NewApiKey,
): Promise<
  Result<
    { readonly id: string; readonly key: string },
    { code: "bad_name" | "no_scope" | "account_not_found" | "ends_in_the_past" }
  >
> {
  const name = given.trim();
  if (name === "" || name.length > MAX_NAME_LENGTH) return err({ code: "bad_name" });
  if (!isPlainLine(name) || !isVisible(name)) return err({ code: "bad_name" });
  if (scopes.length === 0) return err({ code: "no_scope" });
  if (onlyAccountId !== null && !(await hasBooks(db, onlyAccountId)))
    return err({ code: "account_not_found" });
  const expiresAt = await endOf(db, ends);
  if (!expiresAt.ok) return expiresAt;
  const id = newId();
  const secret = randomBytes(32).toString("base64url");
  const row = {
    id,
    name,
    scopes: [...new Set(scopes)],
    onlyAccountId,
    secretHash: sha256(secret),
    expiresAt: expiresAt.value,
  };
  await db.insert(apiKeys).values(row);
  return ok({ id, key: `${toPublicId("apiKey", id)}_${secret}` });
}

/** By the database's clock, as whenever the key is used. */
async function endOf(
  db: Database | Tx,
  ends: NewApiKey["ends"],
): Promise<Result<Date | null, { code: "ends_in_the_past" }>> {
  if (!ends) return ok(null);
  const end =
    "at" in ends
      ? sql`${ends.at.toISOString()}::timestamptz`
      : sql`now() + ${ends.inDays} * interval '1 day'`;
  const [found] = await db.execute<{ end: string; is_past: boolean }>(
    sql`select ${end} as "end", ${end} <= now() as is_past`,
  );
  invariant(found, "the database knows the time");
  return found.is_past ? err({ code: "ends_in_the_past" }) : ok(new Date(found.end));
}

export type ApiKeyView = ApiKey & {
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date | null;
  /** Whole days until it ends, rounded down; below 0 when it has. Null for a key without an end. */
  readonly daysLeft: number | null;
};

export type KeysAsked = {
  /** Only keys that may touch this account alone. */
  readonly accountId?: string | null;
  /** Only keys that were made before the one of this id. */
  readonly before?: string | null;
  readonly most?: number;
};
export type KeysPage = { readonly keys: readonly ApiKeyView[]; readonly hasMore: boolean };

/** API keys, the newest first, revoked ones included: 50 at most, unless it says how many. */
export async function listApiKeys(
  db: Reader,
  { accountId = null, before = null, most = 50 }: KeysAsked = {},
): Promise<KeysPage> {
  const keys = await db
    .select({
      id: apiKeys.id,
      number: apiKeys.number,
      name: apiKeys.name,
      scopes: apiKeys.scopes,
      onlyAccountId: apiKeys.onlyAccountId,
      createdAt: apiKeys.createdAt,
      lastUsedAt: apiKeys.lastUsedAt,
      revokedAt: apiKeys.revokedAt,
      expiresAt: apiKeys.expiresAt,
      daysLeft: sql<number | null>`floor(extract(epoch from ${apiKeys.expiresAt} - now()) / 86400)::integer`,
    })
    .from(apiKeys)
    .where(
      and(
        accountId ? eq(apiKeys.onlyAccountId, accountId) : undefined,
        before ? lt(apiKeys.id, before) : undefined,
      ),
    )
    .orderBy(desc(apiKeys.id))
    .limit(most + 1);
  return { keys: keys.slice(0, most), hasMore: keys.length > most };
}

/** Ends a key for good. Every process refuses it within `KEY_MEMORY_MS`. */
export async function revokeApiKey(
  db: Database | Tx,
  id: string,
): Promise<Result<undefined, { code: "not_found" }>> {
  const revoked = await db
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0 ? ok() : err({ code: "not_found" });
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
