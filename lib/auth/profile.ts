import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { users } from "../../db/schema";
import { transact } from "../../db/transact";
import { mailPerson } from "../outbox/enqueue";
import { isPlainLine, isVisible } from "../plain-text";
import { err, ok, type Result } from "../result";
import type { PasswordOwner } from "./guessable";
import { countAttempt, forgive } from "./limits";
import { checkNewPassword, hashPassword, type PasswordProblem, passwordMatches } from "./passwords";
import { findTimeZone, isLocale } from "./regional";

type Deps = { readonly db: Database };

export const MAX_NAME_LENGTH = 100;
const PASSWORD_ATTEMPTS = 10;

export type Profile = {
  readonly name: string;
  readonly locale: string;
  /** Null to follow the browser's. */
  readonly timeZone: string | null;
};
export type ProfileProblem = { readonly code: "bad_name" | "unknown_locale" | "unknown_time_zone" };

/** Saves what a person says of themselves, all of it or nothing. */
export async function saveProfile(
  deps: Deps,
  userId: string,
  profile: Profile,
): Promise<Result<undefined, ProfileProblem>> {
  const name = profile.name.trim();
  if (name === "" || name.length > MAX_NAME_LENGTH) return err({ code: "bad_name" });
  if (!isPlainLine(name) || !isVisible(name)) return err({ code: "bad_name" });
  if (!isLocale(profile.locale)) return err({ code: "unknown_locale" });
  const timeZone = findTimeZone(profile.timeZone);
  if (profile.timeZone !== null && !timeZone) return err({ code: "unknown_time_zone" });
  await deps.db.update(users).set({ name, locale: profile.locale, timeZone }).where(eq(users.id, userId));
  return ok();
}

/** Keeps the zone of the browser a person is in, for their mail and for other browsers; anything that is no zone is ignored. */
export async function rememberTimeZone(deps: Deps, userId: string, told: unknown): Promise<void> {
  const browserTimeZone = findTimeZone(told);
  if (!browserTimeZone) return;
  await deps.db
    .update(users)
    .set({ browserTimeZone })
    .where(and(eq(users.id, userId), sql`${users.browserTimeZone} is distinct from ${browserTimeZone}`));
}

export const hasPassword = async (deps: Deps, userId: string): Promise<boolean> => {
  const [found] = await deps.db
    .select({ has: sql<boolean>`${users.passwordHash} is not null` })
    .from(users)
    .where(eq(users.id, userId));
  return found?.has ?? false;
};

export type ChangePasswordRefusal = PasswordProblem | ProofRefusal | { readonly code: "changed_meanwhile" };

type Changed = { readonly sessionVersion: number };

/** Ends every other session; the answer is the version this one has to be issued again with. */
export async function changePassword(
  deps: Deps,
  userId: string,
  passwords: { readonly current: string; readonly next: string; readonly owner: PasswordOwner },
): Promise<Result<Changed, ChangePasswordRefusal>> {
  const acceptable = checkNewPassword(passwords.next, passwords.owner);
  if (!acceptable.ok) return acceptable;

  const proven = await provePassword(deps, userId, passwords.current);
  if (!proven.ok) return proven;
  const stored = proven.value.passwordHash;
  // Only over the password that was checked: of two changes at once one is told to look again.
  const passwordHash = await hashPassword(passwords.next);
  return transact(deps.db, async (tx): Promise<Result<Changed, { code: "changed_meanwhile" }>> => {
    const [changed] = await tx
      .update(users)
      .set({ passwordHash, sessionVersion: sql`${users.sessionVersion} + 1` })
      .where(and(eq(users.id, userId), eq(users.passwordHash, stored)))
      .returning({ sessionVersion: users.sessionVersion });
    if (!changed) return err({ code: "changed_meanwhile" });
    const effect = `password_changed:${changed.sessionVersion}`;
    await mailPerson(tx, userId, { kind: "password_changed", effect, facts: {} });
    return ok(changed);
  });
}

export type ProofRefusal =
  | { readonly code: "wrong_password" }
  | { readonly code: "too_many_attempts"; readonly retryAt: Date };

/** Whether somebody who is signed in knows their password, at most ten times in 15 minutes; the hash it is kept as. */
export async function provePassword(
  { db }: Deps,
  userId: string,
  password: string,
): Promise<Result<{ readonly passwordHash: string }, ProofRefusal>> {
  const subject = `password:${userId}`;
  const counted = await countAttempt(db, [{ subject, most: PASSWORD_ATTEMPTS }]);
  if (counted.blockedUntil) return err({ code: "too_many_attempts", retryAt: counted.blockedUntil });
  const [user] = await db
    .select({ passwordHash: users.passwordHash })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  const passwordHash = user?.passwordHash ?? null;
  if (!(await passwordMatches(passwordHash, password)) || passwordHash === null)
    return err({ code: "wrong_password" });
  await forgive(db, counted, { cleared: subject });
  return ok({ passwordHash });
}
