import { and, eq, isNull } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { memberships, users } from "../../db/schema";
import type { SessionSubject } from "./session-token";

export type Role = "owner" | "billing" | "member";

/** The signed-in person, and the account they act for. */
export type Customer = {
  readonly userId: string;
  readonly accountId: string;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  /** UTC until the browser or the person has told. */
  readonly timeZone: string;
  readonly isOperator: boolean;
};

/** The session's person and account as they are now; null when it was ended, or they were disabled or removed. */
export async function findCustomer(db: Reader, subject: SessionSubject): Promise<Customer | null> {
  const [found] = await db
    .select({
      userId: users.id,
      accountId: memberships.accountId,
      role: memberships.role,
      email: users.email,
      name: users.name,
      locale: users.locale,
      timeZone: users.timeZone,
      isOperator: users.isOperator,
    })
    .from(users)
    .innerJoin(memberships, eq(memberships.userId, users.id))
    .where(
      and(
        eq(users.id, subject.userId),
        eq(memberships.accountId, subject.accountId),
        eq(users.sessionVersion, subject.sessionVersion),
        isNull(users.disabledAt),
      ),
    );
  return found ? { ...found, timeZone: found.timeZone ?? "UTC" } : null;
}
