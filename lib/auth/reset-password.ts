import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { users } from "../../db/schema";
import { transact } from "../../db/transact";
import { enqueuePasswordReset } from "../jobs/enqueue";
import type { Sign } from "../mail/context";
import { mailPerson } from "../outbox/enqueue";
import { err, ok, type Result } from "../result";
import type { Caller } from "./caller";
import { normalizeEmail } from "./email";
import { countLinkUse, countUpTo, type TooManyAttempts } from "./links/count-use";
import { findLink, takeLink } from "./links/find-link";
import { makeLink } from "./links/make-link";
import { checkNewPassword, hashPassword, type PasswordProblem } from "./passwords";
import { recordSecurityEvent, type SecurityEventDeps } from "./security-events";

/** In 15 minutes, whoever asks: so many mails one person can be sent. */
export const RESETS_PER_EMAIL = 3;
/** In 15 minutes, of one address (`clientAddress`), whoever they ask for. */
export const RESETS_PER_ADDRESS = 10;

export type Asked = { readonly email: string; readonly caller: Caller };

/**
 * Somebody forgot their password. The answer and the work are the same whether there is somebody with this e-mail: it is
 * noted, and a job looks. Beyond the limit of an e-mail nothing more is mailed to it, and the answer is still the same.
 */
export async function askForReset(
  { db }: { readonly db: Database },
  { email: given, caller }: Asked,
): Promise<Result<undefined, TooManyAttempts | { readonly code: "not_an_email" }>> {
  const email = normalizeEmail(given);
  if (!email) return err({ code: "not_an_email" });
  const ofAddress = await countUpTo(db, `reset-address:${caller.address}`, RESETS_PER_ADDRESS);
  if (!ofAddress.ok) return ofAddress;
  const ofEmail = await countUpTo(db, `reset:${email}`, RESETS_PER_EMAIL);
  if (ofEmail.ok) await enqueuePasswordReset(db, { email, caller });
  return ok();
}

export type LinkDeps = SecurityEventDeps & { readonly sign: Sign };

/** The job behind it: mails a link that works for half an hour, if there is somebody. Run twice it mails two. */
export async function mailReset(deps: LinkDeps, { email, caller }: Asked): Promise<void> {
  const userId = await transact(deps.db, async (tx) => {
    const [person] = await tx
      .select({ userId: users.id, version: users.sessionVersion })
      .from(users)
      .where(and(eq(users.email, email), isNull(users.disabledAt)));
    if (!person) return null;
    const link = { purpose: "reset_password", email, ...person } as const;
    const { linkId, uselessAt } = await makeLink(tx, link, deps.sign);
    await mailPerson(tx, person.userId, {
      kind: "password_reset",
      effect: `link:${linkId}`,
      facts: { linkId },
      uselessAt,
    });
    return person.userId;
  });
  await recordSecurityEvent(deps, { kind: "password_reset_asked", userId, caller });
}

/** Whose password the link sets; null when it works no more. Looking uses nothing up. */
export async function findReset(db: Database, token: unknown): Promise<{ readonly email: string } | null> {
  const link = await findLink(db, token, "reset_password");
  return link && { email: link.email };
}

export type ResetRefusal = PasswordProblem | TooManyAttempts | { readonly code: "link_over" };

/**
 * Sets a new password for whoever has the link, and ends all of the person's sessions and all other links of theirs. Nobody
 * is signed in by it: who has a second factor is asked for it when they sign in.
 */
export async function resetPassword(
  deps: LinkDeps,
  given: {
    readonly token: string;
    readonly password: string;
    readonly productName: string;
    readonly caller: Caller;
  },
): Promise<Result<undefined, ResetRefusal>> {
  const { token, password, productName, caller } = given;
  const counted = await countLinkUse(deps.db, caller.address);
  if (!counted.ok) return counted;
  const link = await findLink(deps.db, token, "reset_password");
  if (!link) return refuse(deps, caller);
  const acceptable = checkNewPassword(password, { email: link.email, name: link.name, productName });
  if (!acceptable.ok) return acceptable;
  const passwordHash = await hashPassword(password);
  const reset = await transact(deps.db, async (tx): Promise<Result<string, { code: "link_over" }>> => {
    const taken = await takeLink(tx, token, "reset_password");
    if (!taken) return err({ code: "link_over" });
    const { userId, email } = taken;
    const changed = await tx
      .update(users)
      .set({ passwordHash, sessionVersion: sql`${users.sessionVersion} + 1` })
      .where(and(eq(users.id, userId), eq(users.email, email)))
      .returning({ userId: users.id });
    if (changed.length === 0) return err({ code: "link_over" });
    await mailPerson(tx, userId, {
      kind: "password_was_reset",
      effect: `reset:${taken.linkId}`,
      facts: {},
    });
    return ok(userId);
  });
  if (!reset.ok) return refuse(deps, caller);
  await recordSecurityEvent(deps, { kind: "password_reset", userId: reset.value, caller });
  return ok();
}

async function refuse(deps: LinkDeps, caller: Caller): Promise<Result<never, { code: "link_over" }>> {
  await recordSecurityEvent(deps, { kind: "link_refused", caller, details: { purpose: "reset_password" } });
  return err({ code: "link_over" });
}
