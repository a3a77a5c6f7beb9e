import { and, asc, eq, isNull, type SQL } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { memberships, users } from "../../db/schema";
import type { SessionSubject } from "./session-token";

/** What a new session of this user would say; null when the user is disabled or belongs to no account. */
export async function findSessionSubject(db: Reader, userId: string): Promise<SessionSubject | null> {
  const [found] = await firstMembership(db, and(eq(users.id, userId), isNull(users.disabledAt)));
  return found ?? null;
}

/** The same in one of their accounts; null when they are not of it. */
export async function findSubjectIn(
  db: Reader,
  userId: string,
  accountId: string,
): Promise<SessionSubject | null> {
  const theirs = and(eq(users.id, userId), isNull(users.disabledAt), eq(memberships.accountId, accountId));
  const [found] = await firstMembership(db, theirs);
  return found ?? null;
}

const firstMembership = (db: Reader, where: SQL | undefined) =>
  db
    .select({
      userId: users.id,
      accountId: memberships.accountId,
      sessionVersion: users.sessionVersion,
    })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .where(where)
    .orderBy(asc(memberships.createdAt), asc(memberships.accountId))
    .limit(1);
