import { and, eq, isNull } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { memberships, sessions, users } from "../../db/schema";
import type { SessionName } from "./session-token";
import { isRunning, SEEN_LONG_AGO } from "./sessions";

export type Role = "owner" | "billing" | "member";

/** The signed-in person, and the account they act for. */
export type Customer = {
  readonly userId: string;
  readonly accountId: string;
  /** The session they are here in. */
  readonly sessionId: string;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  /** UTC until the browser or the person has told. */
  readonly timeZone: string;
  readonly isOperator: boolean;
};

export type Found = { readonly customer: Customer; readonly seenLongAgo: boolean };

/**
 * The session's person and account as they are now, in one query; null when it ended, was unused for longer than the
 * idle limit or is too old, and when they were disabled or removed.
 */
export async function findCustomer(
  db: Reader,
  { sessionId, userId }: SessionName,
  idleSeconds: number,
): Promise<Found | null> {
  const [found] = await db
    .select({
      userId: users.id,
      accountId: memberships.accountId,
      sessionId: sessions.id,
      role: memberships.role,
      email: users.email,
      name: users.name,
      locale: users.locale,
      timeZone: users.timeZone,
      isOperator: users.isOperator,
      seenLongAgo: SEEN_LONG_AGO,
    })
    .from(sessions)
    .innerJoin(users, and(eq(users.id, sessions.userId), eq(users.sessionVersion, sessions.version)))
    .innerJoin(
      memberships,
      and(eq(memberships.userId, sessions.userId), eq(memberships.accountId, sessions.accountId)),
    )
    .where(
      and(
        eq(sessions.id, sessionId),
        eq(sessions.userId, userId),
        isRunning(idleSeconds),
        isNull(users.disabledAt),
      ),
    );
  if (!found) return null;
  const { seenLongAgo, ...person } = found;
  return { customer: { ...person, timeZone: person.timeZone ?? "UTC" }, seenLongAgo };
}
