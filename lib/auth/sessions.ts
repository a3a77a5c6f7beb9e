import { and, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Reader } from "../../db/client";
import { sessions, users } from "../../db/schema";
import { newId } from "../ids";
import type { Caller } from "./caller";
import { SESSION_SECONDS, type SessionName, type SessionSubject } from "./session-token";

type Deps = { readonly db: Database };

/** Real time. Unqualified, `now()` is a rehearsal's clock where one is installed, and a moved clock signs nobody out. */
const NOW = sql`pg_catalog.now()`;
const ago = (seconds: number) => sql`${NOW} - ${seconds} * interval '1 second'`;

/** When a session was last seen is kept no finer than this. */
export const SEEN_EVERY_S = 300;
const MAX_LISTED = 50;

/** Whether the row is a session that has not ended, is not too old, and was used within the idle limit. */
export const isRunning = (idleSeconds: number): SQL | undefined =>
  and(
    isNull(sessions.endedAt),
    gt(sessions.createdAt, ago(SESSION_SECONDS)),
    gt(sessions.lastSeenAt, ago(idleSeconds)),
  );

/** Whether the row has to be told that it was seen. */
export const SEEN_LONG_AGO = sql<boolean>`${sessions.lastSeenAt} < ${ago(SEEN_EVERY_S)}`;

/**
 * A session of the person's, running from now on. With `madeFrom`, the session it is made anew from: they did not prove
 * again who they are.
 */
export async function createSession(
  db: Pick<Database, "insert">,
  { userId, accountId, sessionVersion }: SessionSubject,
  { address, browser, system }: Caller,
  madeFrom: SessionName | null = null,
): Promise<SessionName> {
  const row = { id: newId(), userId, accountId, version: sessionVersion, address, browser, system };
  const provenAt = madeFrom
    ? sql`coalesce((select proven_at from sessions where id = ${madeFrom.sessionId}), ${NOW})`
    : NOW;
  await db.insert(sessions).values({ ...row, createdAt: NOW, lastSeenAt: NOW, provenAt });
  return { sessionId: row.id, userId };
}

/** Keeps where and when a session was used. Called at once by many requests, one of them writes. */
export async function keepSeen(db: Database, sessionId: string, caller: Caller): Promise<void> {
  const { address, browser, system } = caller;
  await db
    .update(sessions)
    .set({ lastSeenAt: NOW, address, browser, system })
    .where(and(eq(sessions.id, sessionId), SEEN_LONG_AGO));
}

/** Ends one session of this person; false when there is none such that has not ended. */
export async function endOne({ db }: Deps, { sessionId, userId }: SessionName): Promise<boolean> {
  const ended = await db
    .update(sessions)
    .set({ endedAt: NOW })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isNull(sessions.endedAt)))
    .returning({ id: sessions.id });
  return ended.length > 0;
}

/**
 * Ends every session of the person, also one that is being begun on what was true before. Returns the version new ones
 * have to carry; null for nobody.
 */
export async function signOutEverywhere({ db }: Deps, userId: string): Promise<number | null> {
  const [raised] = await db
    .update(users)
    .set({ sessionVersion: sql`${users.sessionVersion} + 1` })
    .where(eq(users.id, userId))
    .returning({ sessionVersion: users.sessionVersion });
  return raised?.sessionVersion ?? null;
}

export type SessionView = {
  readonly id: string;
  readonly createdAt: Date;
  /** To a few minutes. */
  readonly lastSeenAt: Date;
  readonly address: string;
  readonly browser: string | null;
  readonly system: string | null;
};

/** The person's running sessions, the last used first, 50 at most. */
export const listSessions = (db: Reader, userId: string, idleSeconds: number): Promise<SessionView[]> =>
  db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      address: sessions.address,
      browser: sessions.browser,
      system: sessions.system,
    })
    .from(sessions)
    .innerJoin(users, and(eq(users.id, sessions.userId), eq(users.sessionVersion, sessions.version)))
    .where(and(eq(sessions.userId, userId), isRunning(idleSeconds)))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(MAX_LISTED);
