import { asc, eq } from "drizzle-orm";
import type { Database } from "../../db/client";
import { memberships, users } from "../../db/schema";
import { err, ok, type Result } from "../result";
import { normalizeEmail } from "./email";
import { countAttempt, forgive } from "./limits";
import { MAX_PASSWORD_LENGTH, passwordMatches } from "./passwords";
import type { SessionSubject } from "./session-token";

export const ATTEMPTS_PER_EMAIL = 10;
export const ATTEMPTS_PER_ADDRESS = 50;

export type SignInRefusal =
  | { readonly code: "wrong_credentials" }
  | { readonly code: "too_many_attempts"; readonly retryAt: Date };

/**
 * Checks an e-mail and a password; the answer is what the new session will say. At most 10 failures per e-mail
 * and 50 per address in 15 minutes. Answer and cost are the same whether the account exists, has no password,
 * is disabled, or the password is wrong.
 */
export async function signIn(
  deps: { readonly db: Database },
  given: { readonly email: string; readonly password: string; readonly address: string },
): Promise<Result<SessionSubject, SignInRefusal>> {
  const { db } = deps;
  const email = normalizeEmail(given.email);
  if (!email || given.password.length > MAX_PASSWORD_LENGTH) return err({ code: "wrong_credentials" });

  const byEmail = `email:${email}`;
  const byAddress = `address:${given.address}`;
  const counted = await countAttempt(db, [
    { subject: byEmail, most: ATTEMPTS_PER_EMAIL },
    { subject: byAddress, most: ATTEMPTS_PER_ADDRESS },
  ]);
  if (counted.blockedUntil) return err({ code: "too_many_attempts", retryAt: counted.blockedUntil });

  const found = await findByEmail(db, email);
  const matches = await passwordMatches(found?.passwordHash ?? null, given.password);
  if (!matches || !found?.accountId || found.disabledAt) return err({ code: "wrong_credentials" });

  await forgive(db, counted, { cleared: byEmail, shared: byAddress });
  return ok({ userId: found.userId, accountId: found.accountId, sessionVersion: found.sessionVersion });
}

async function findByEmail(db: Database, email: string) {
  const [found] = await db
    .select({
      userId: users.id,
      accountId: memberships.accountId,
      passwordHash: users.passwordHash,
      sessionVersion: users.sessionVersion,
      disabledAt: users.disabledAt,
    })
    .from(users)
    .leftJoin(memberships, eq(memberships.userId, users.id))
    .where(eq(users.email, email))
    .orderBy(asc(memberships.createdAt), asc(memberships.accountId))
    .limit(1);
  return found ?? null;
}
