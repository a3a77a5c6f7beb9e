import { and, eq, isNull, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { prepareOnce } from "../../db/prepare-once";
import type { memberRole } from "../../db/schema";
import { memberships, purchasesSwitch, sessions, users } from "../../db/schema";
import { HAS_FACTOR } from "./operators-factor";
import { findTimeZone } from "./regional";
import type { SessionName } from "./session-token";
import { isRunning, SEEN_LONG_AGO } from "./sessions";

export type Role = (typeof memberRole.enumValues)[number];

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
  /** The one they chose, else their browser's; UTC until it has told. */
  readonly timeZone: string;
  readonly zoneFrom: "person" | "browser" | "nobody";
  /** Runs the product, and has the second factor that this needs. */
  readonly isOperator: boolean;
  /** Would be an operator with a second factor, and is not one without. */
  readonly mustAddFactor: boolean;
  /** What an operator tells everybody while purchases are paused; read here, where every page begins. Null: nobody is kept. */
  readonly purchasesPaused: string | null;
};

export type Found = { readonly customer: Customer; readonly seenLongAgo: boolean };

export type SessionRules = { readonly idleSeconds: number; readonly operatorsNeedFactor: boolean };

export type Seen = SessionRules & {
  /** What the browser says of its time zone: anything. */
  readonly toldZone?: string | null;
};

type Asked = SessionName & Pick<SessionRules, "idleSeconds">;

const preparedFor = (operatorsNeedFactor: boolean) =>
  prepareOnce(["sessionId", "userId", "idleSeconds"], (db, { sessionId, userId, idleSeconds }: Asked) =>
    db
      .select({
        userId: users.id,
        accountId: memberships.accountId,
        sessionId: sessions.id,
        role: memberships.role,
        email: users.email,
        name: users.name,
        locale: users.locale,
        chosenZone: users.timeZone,
        browserZone: users.browserTimeZone,
        isOperator: users.isOperator,
        // Looked up for operators alone.
        mayOperate: operatorsNeedFactor
          ? sql<boolean>`${users.isOperator} and ${HAS_FACTOR}`
          : sql<boolean>`${users.isOperator}`,
        seenLongAgo: SEEN_LONG_AGO,
        purchasesPaused: sql<string | null>`(select sentence from ${purchasesSwitch} where one)`,
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
      )
      .prepare("session"),
  );

const readWithFactor = preparedFor(true);
const readWithout = preparedFor(false);

/**
 * The session's person and account as they are now, in one query; null when it ended, was unused for longer than the
 * idle limit or is too old, and when they were disabled or removed.
 */
export async function findCustomer(
  db: Reader,
  { sessionId, userId }: SessionName,
  { idleSeconds, operatorsNeedFactor, toldZone = null }: Seen,
): Promise<Found | null> {
  const read = operatorsNeedFactor ? readWithFactor : readWithout;
  const [found] = await read(db, { sessionId, userId, idleSeconds });
  if (!found) return null;
  const { seenLongAgo, mayOperate, chosenZone, browserZone, ...person } = found;
  const followed = findTimeZone(toldZone) ?? browserZone;
  const customer = {
    ...person,
    timeZone: chosenZone ?? followed ?? "UTC",
    zoneFrom: chosenZone ? ("person" as const) : followed ? ("browser" as const) : ("nobody" as const),
    isOperator: mayOperate,
    mustAddFactor: person.isOperator && !mayOperate,
  };
  return { customer, seenLongAgo };
}
