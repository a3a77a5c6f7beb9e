import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../db/client";
import { apiKeys } from "../../db/schema";
import { fromPublicId, newId, toPublicId } from "../ids";
import { hasBooks } from "../ledger/queries";
import { isPlainLine, isVisible } from "../plain-text";
import { err, ok, type Result } from "../result";

export const API_SCOPES = ["read", "spend"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** A caller that proved who it is. */
export type ApiKey = {
  readonly id: string;
  readonly scopes: readonly ApiScope[];
  /** The one account it may touch; null for every account. */
  readonly onlyAccountId: string | null;
};

export type NewApiKey = {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly onlyAccountId: string | null;
};

const MAX_NAME_LENGTH = 100;

/** Makes a key. The key in the answer is shown this once: only the hash of its secret is kept. */
export async function createApiKey(
  db: Database,
  { name: given, scopes, onlyAccountId }: NewApiKey,
): Promise<
  Result<
    { readonly id: string; readonly key: string },
    { code: "bad_name" | "no_scope" | "account_not_found" }
  >
> {
  const name = given.trim();
  if (name === "" || name.length > MAX_NAME_LENGTH) return err({ code: "bad_name" });
  if (!isPlainLine(name) || !isVisible(name)) return err({ code: "bad_name" });
  if (scopes.length === 0) return err({ code: "no_scope" });
  if (onlyAccountId !== null && !(await hasBooks(db, onlyAccountId)))
    return err({ code: "account_not_found" });
  const id = newId();
  const secret = randomBytes(32).toString("base64url");
  const row = {
    id,
    name,
    scopes: [...new Set(scopes)],
    onlyAccountId,
    secretHash: sha256(secret).toString("hex"),
  };
  await db.insert(apiKeys).values(row);
  return ok({ id, key: `${toPublicId("apiKey", id)}_${secret}` });
}

export type ApiKeyView = ApiKey & {
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
};

const MOST_LISTED = 1_000;

/** The newest 1,000 keys, revoked ones included. */
export const listApiKeys = (db: Database): Promise<ApiKeyView[]> =>
  db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      scopes: apiKeys.scopes,
      onlyAccountId: apiKeys.onlyAccountId,
      createdAt: apiKeys.createdAt,
      lastUsedAt: apiKeys.lastUsedAt,
      revokedAt: apiKeys.revokedAt,
    })
    .from(apiKeys)
    .orderBy(desc(apiKeys.id))
    .limit(MOST_LISTED);

/** Ends a key for good. Every process refuses it within `KEY_MEMORY_MS`. */
export async function revokeApiKey(
  db: Database,
  id: string,
): Promise<Result<undefined, { code: "not_found" }>> {
  const revoked = await db
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0 ? ok() : err({ code: "not_found" });
}

/** For so long a process believes what it read of a key, and so for so long a revoked key may still work. */
export const KEY_MEMORY_MS = 10_000;
const MOST_REMEMBERED = 10_000;
/** Look-ups of keys this process does not know: a flood of made-up keys must not take the database's connections. */
const STRANGERS_PER_SECOND = 200;

type KnownKey = ApiKey & { readonly secretHash: string; readonly lastUse: { isOld: boolean } };
type Remembered = { readonly until: number; readonly key: Promise<KnownKey | null> };

export type KeyRefusal = { readonly code: "unknown_key" } | { readonly code: "too_many_unknown_keys" };

export type KeyRing = {
  /** Whose key this is. Unknown, revoked and wrong keys look alike. Throws when the database is away. */
  check(text: string): Promise<Result<ApiKey, KeyRefusal>>;
};

/** Checks keys against the database, remembering each for `KEY_MEMORY_MS` so that a busy one costs no queries. */
export function createKeyRing(db: Database): KeyRing {
  const remembered = new Map<string, Remembered>();
  const strangers = new RateLimiterMemory({ points: STRANGERS_PER_SECOND, duration: 1 });

  const remember = (id: string): Promise<KnownKey | null> => {
    const key = findKey(db, id);
    const [oldest] = remembered.keys();
    if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.set(id, { until: performance.now() + KEY_MEMORY_MS, key });
    const forget = () => remembered.delete(id);
    key.then((found) => found ?? forget(), forget);
    return key;
  };

  return {
    async check(text) {
      const parts = parseKey(text);
      if (!parts) return err({ code: "unknown_key" });
      const known = remembered.get(parts.id);
      if (!known && !(await mayAsk(strangers))) return err({ code: "too_many_unknown_keys" });
      const fresh = known && performance.now() < known.until;
      const key = await (fresh ? known.key : remember(parts.id));
      if (!key || !isSecret(key, parts.secret)) return err({ code: "unknown_key" });
      noteUse(db, key);
      return ok(key);
    },
  };
}

const mayAsk = (strangers: RateLimiterMemory): Promise<boolean> =>
  strangers.consume("all").then(
    () => true,
    (refused: unknown) => {
      if (refused instanceof RateLimiterRes) return false;
      throw refused;
    },
  );

function parseKey(text: string): { id: string; secret: string } | null {
  const [, head, secret] = /^(rk_[0-9a-f]{32})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = fromPublicId("apiKey", head);
  return id && secret ? { id, secret } : null;
}

async function findKey(db: Database, id: string): Promise<KnownKey | null> {
  const [found] = await db
    .select({
      id: apiKeys.id,
      scopes: apiKeys.scopes,
      onlyAccountId: apiKeys.onlyAccountId,
      secretHash: apiKeys.secretHash,
      isOld: sql<boolean>`coalesce(${apiKeys.lastUsedAt} < now() - interval '1 minute', true)`,
    })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  if (!found) return null;
  const { isOld, ...key } = found;
  return { ...key, lastUse: { isOld } };
}

const isSecret = ({ secretHash }: KnownKey, secret: string): boolean =>
  timingSafeEqual(sha256(secret), Buffer.from(secretHash, "hex"));

/** Beside the request, at most once a minute. If it fails the next look-up does it. */
function noteUse(db: Database, { id, lastUse }: KnownKey): void {
  if (!lastUse.isOld) return;
  lastUse.isOld = false;
  db.update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(eq(apiKeys.id, id))
    .catch(() => {});
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
