import { createHash, timingSafeEqual } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { apiKeys } from "../../db/schema";
import { fromPublicId } from "../ids";
import { err, ok, type Result } from "../result";
import type { ApiKey } from "./api-keys";

/** For so long a process believes what it read of a key, and so for so long a revoked key may still work. */
export const KEY_MEMORY_MS = 10_000;
/** Of keys that exist: made-up ones are never among them. */
const MAX_REMEMBERED = 10_000;
/** Ids looked up in one statement. */
const MAX_AT_ONCE = 1_000;

type KnownKey = ApiKey & {
  readonly secretHash: string;
  readonly lastUse: { isOld: boolean };
  /** When it ends, on this process's clock; infinite for a key without an end. */
  readonly endsAt: number;
};
type Remembered = { readonly until: number; readonly key: KnownKey };
type Waiting = {
  readonly answer: Promise<KnownKey | null>;
  readonly resolve: (key: KnownKey | null) => void;
  readonly reject: (error: unknown) => void;
};

export type KeyRefusal =
  | { readonly code: "unknown_key" }
  /** The right key, after its end. To its holder it looks like an unknown one; the operator is told. */
  | { readonly code: "expired_key"; readonly id: string };

export type KeyRing = {
  /** Whose key this is. Unknown, revoked and wrong keys look alike. Throws when the database is away. */
  check(text: string): Promise<Result<ApiKey, KeyRefusal>>;
};

/** In milliseconds, and never set back. */
type Clock = () => number;

/**
 * Checks keys against the database, remembering each for `KEY_MEMORY_MS` so that a busy one costs no queries. Whatever
 * is not remembered is looked up by one statement at a time, a thousand ids in each: a flood of made-up keys takes one
 * of the pool's connections, forgets no key that exists, and keeps a key that is new here waiting for a few
 * statements instead of turning it away.
 */
export function createKeyRing(db: Database, clock: Clock = () => performance.now()): KeyRing {
  const remembered = new Map<string, Remembered>();
  const keys = createLookUp(db, clock);

  async function find(id: string): Promise<KnownKey | null> {
    const known = remembered.get(id);
    if (known && clock() < known.until) return known.key;
    const key = await keys.lookUp(id);
    // Deleted first, so that a busy key is the youngest again.
    remembered.delete(id);
    if (!key) return null;
    const [oldest] = remembered.keys();
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.set(id, { until: clock() + KEY_MEMORY_MS, key });
    return key;
  }

  return {
    async check(text) {
      const parts = parseKey(text);
      if (!parts) return err({ code: "unknown_key" });
      const key = await find(parts.id);
      if (!key || !isSecret(key, parts.secret)) return err({ code: "unknown_key" });
      if (clock() >= key.endsAt) return err({ code: "expired_key", id: key.id });
      noteUse(db, key);
      return ok(key);
    },
  };
}

/** Looks ids up together: those that come while a statement is on its way share the next one. */
function createLookUp(db: Database, clock: Clock) {
  const waiting = new Map<string, Waiting>();
  const asked = new Map<string, Waiting>();
  let isAsking = false;

  async function askForAll(): Promise<void> {
    isAsking = true;
    while (waiting.size > 0) {
      for (const [id, each] of waiting) {
        if (asked.size >= MAX_AT_ONCE) break;
        waiting.delete(id);
        asked.set(id, each);
      }
      try {
        const found = new Map((await findKeys(db, [...asked.keys()], clock)).map((key) => [key.id, key]));
        for (const [id, { resolve }] of asked) resolve(found.get(id) ?? null);
      } catch (error) {
        for (const { reject } of asked.values()) reject(error);
      }
      asked.clear();
    }
    isAsking = false;
  }

  return {
    lookUp(id: string): Promise<KnownKey | null> {
      const before = waiting.get(id) ?? asked.get(id);
      if (before) return before.answer;
      const { promise, resolve, reject } = withResolvers<KnownKey | null>();
      waiting.set(id, { answer: promise, resolve, reject });
      if (!isAsking) void askForAll();
      return promise;
    },
  };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

function parseKey(text: string): { id: string; secret: string } | null {
  const [, head, secret] = /^(rk_[0-9a-f]{32})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  const id = fromPublicId("apiKey", head);
  return id && secret ? { id, secret } : null;
}

async function findKeys(db: Database, ids: string[], clock: Clock): Promise<KnownKey[]> {
  // Before the database reads its clock: measured from here, no key is believed beyond its end.
  const askedAt = clock();
  const rows = await db
    .select({
      id: apiKeys.id,
      number: apiKeys.number,
      scopes: apiKeys.scopes,
      onlyAccountId: apiKeys.onlyAccountId,
      secretHash: apiKeys.secretHash,
      isOld: sql<boolean>`coalesce(${apiKeys.lastUsedAt} < now() - interval '1 minute', true)`,
      msLeft: sql<number | null>`(extract(epoch from ${apiKeys.expiresAt} - now()) * 1000)::float8`,
      isRevoked: sql<boolean>`${apiKeys.revokedAt} is not null`,
    })
    .from(apiKeys)
    .where(sql`${apiKeys.id} = any(${`{${ids.join(",")}}`}::uuid[])`); // one parameter, so one statement
  return rows
    .filter(({ isRevoked }) => !isRevoked)
    .map(({ isOld, msLeft, isRevoked: _, ...key }) => ({
      ...key,
      lastUse: { isOld },
      endsAt: msLeft === null ? Number.POSITIVE_INFINITY : askedAt + msLeft,
    }));
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
