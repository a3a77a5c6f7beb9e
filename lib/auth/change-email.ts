import { and, eq, gte, isNull, ne, or, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { identities, mailedLinks, users } from "../../db/schema";
import { sqlState, transact } from "../../db/transact";
import type { Sign } from "../mail/context";
import { mailPerson } from "../outbox/enqueue";
import { err, ok, type Result } from "../result";
import type { Caller } from "./caller";
import { normalizeEmail } from "./email";
import { isFresh } from "./factor";
import { countLinkUse, countUpTo, type TooManyAttempts } from "./links/count-use";
import { findLink, type LinkView, takeLink } from "./links/find-link";
import { makeLink } from "./links/make-link";
import { linkToken } from "./links/token";
import { provePassword } from "./profile";
import type { LinkDeps } from "./reset-password";
import { recordSecurityEvent, type SecurityEventKind } from "./security-events";

/** In 15 minutes: each sends a mail to an address that may be somebody else's. */
export const CHANGES_PER_PERSON = 5;

export type EmailPerson = {
  readonly userId: string;
  readonly accountId: string;
  readonly sessionId: string;
  readonly caller: Caller;
};

export type ChangeRefusal =
  | { readonly code: "not_an_email" | "same_email" | "wrong_password" | "not_fresh" }
  | TooManyAttempts;

/**
 * Somebody wants another e-mail address, and proves again who they are: by their password, or where they have none by having
 * signed in within the last 15 minutes. The new address gets a link that confirms it, the old one a way back. Whether the new
 * address is somebody's already is told to whoever reads its mail, and to nobody else.
 */
export async function askForEmailChange(
  deps: LinkDeps,
  person: EmailPerson,
  given: { readonly email: string; readonly password: string | null },
): Promise<Result<{ readonly email: string }, ChangeRefusal>> {
  const { db } = deps;
  const email = normalizeEmail(given.email);
  if (!email) return err({ code: "not_an_email" });
  const counted = await countUpTo(db, `email-change:${person.userId}`, CHANGES_PER_PERSON);
  if (!counted.ok) return counted;
  if (given.password !== null) {
    const proven = await provePassword(deps, person.userId, given.password);
    if (!proven.ok) return proven;
  } else if (!(await isFresh(db, person.sessionId))) {
    return err({ code: "not_fresh" });
  }
  const asked = await transact(db, (tx) => storeChange(deps, tx, { userId: person.userId, email }));
  if (!asked.ok) return asked;
  await record(deps, person, "email_change_asked");
  return ok({ email });
}

async function storeChange(
  { sign }: LinkDeps,
  tx: Tx,
  { userId, email }: { readonly userId: string; readonly email: string },
): Promise<Result<undefined, { code: "same_email" }>> {
  const [person] = await tx
    .select({ email: users.email, version: users.sessionVersion })
    .from(users)
    .where(and(eq(users.id, userId), ne(users.email, email)))
    .for("update");
  if (!person) return err({ code: "same_email" });
  const change = { purpose: "confirm_email", userId, email, otherEmail: person.email } as const;
  const confirm = await makeLink(tx, { ...change, version: person.version }, sign);
  const mail = { kind: "email_to_confirm", effect: `link:${confirm.linkId}` } as const;
  const facts = { linkId: confirm.linkId, from: person.email, to: email };
  await mailPerson(tx, userId, { ...mail, facts, uselessAt: confirm.uselessAt }, email);
  await offerWayBack(tx, sign, {
    kind: "email_change_asked",
    userId,
    from: person.email,
    to: email,
  });
  return ok();
}

type WayBack = {
  readonly kind: "email_change_asked" | "email_changed";
  readonly userId: string;
  readonly from: string;
  readonly to: string;
};

async function offerWayBack(tx: Tx, sign: Sign, { kind, userId, from, to }: WayBack): Promise<void> {
  const back = { purpose: "undo_email", userId, email: from, otherEmail: to, version: null } as const;
  const { linkId, uselessAt } = await makeLink(tx, back, sign);
  await mailPerson(
    tx,
    userId,
    { kind, effect: `link:${linkId}`, facts: { linkId, from, to }, uselessAt },
    from,
  );
}

export type ConfirmRefusal = { readonly code: "link_over" | "email_taken" } | TooManyAttempts;

/** The change that a link confirms, if it is this person's; null when it works no more. Looking uses nothing up. */
export async function findEmailChange(
  db: Database,
  token: unknown,
  userId: string,
): Promise<LinkView | null> {
  const link = await findLink(db, token, "confirm_email");
  return link?.userId === userId ? link : null;
}

/**
 * Makes the new address the person's, for whoever is signed in as them and has the link: a stranger who is sent one cannot be
 * led to give their address to somebody else's account. Ends every other session; the answer is the version this one has to be
 * issued again with.
 */
export async function confirmEmailChange(
  deps: LinkDeps,
  person: EmailPerson,
  token: string,
): Promise<Result<{ readonly sessionVersion: number; readonly email: string }, ConfirmRefusal>> {
  const counted = await countLinkUse(deps.db, person.caller.address);
  if (!counted.ok) return counted;
  const changed = await unlessTaken(() => transact(deps.db, (tx) => changeEmail(deps, tx, person, token)));
  if (!changed.ok) {
    if (changed.error.code === "link_over") await record(deps, person, "link_refused");
    return changed;
  }
  await record(deps, person, "email_changed");
  return changed;
}

type Changed = Result<
  { readonly sessionVersion: number; readonly email: string },
  { code: "link_over" | "email_taken" }
>;

async function changeEmail(
  { sign }: LinkDeps,
  tx: Tx,
  { userId }: EmailPerson,
  token: string,
): Promise<Changed> {
  const link = await takeLink(tx, token, "confirm_email");
  if (link?.userId !== userId || !link.otherEmail) return err({ code: "link_over" });
  const { email, otherEmail } = link;
  if (await isTaken(tx, email, userId)) return err({ code: "email_taken" });
  const [changed] = await tx
    .update(users)
    .set({ email, sessionVersion: sql`${users.sessionVersion} + 1` })
    .where(and(eq(users.id, userId), eq(users.email, otherEmail)))
    .returning({ sessionVersion: users.sessionVersion, email: users.email });
  if (!changed) return err({ code: "link_over" });
  await offerWayBack(tx, sign, { kind: "email_changed", userId, from: otherEmail, to: email });
  return ok(changed);
}

async function isTaken(tx: Tx, email: string, userId: string): Promise<boolean> {
  const [other] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, email), ne(users.id, userId)));
  return other !== undefined;
}

/** Somebody else may get the address in the same instant; the unique key, the only one these rows can violate, then refuses. */
async function unlessTaken<T, E extends { readonly code: string }>(
  change: () => Promise<Result<T, E>>,
): Promise<Result<T, E | { readonly code: "email_taken" }>> {
  try {
    return await change();
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    return err({ code: "email_taken" });
  }
}

/** What a way back goes back to; null when it works no more. Looking uses nothing up. */
export async function findWayBack(
  db: Database,
  token: unknown,
): Promise<{ readonly email: string; readonly otherEmail: string | null } | null> {
  const link = await findLink(db, token, "undo_email");
  return link && { email: link.email, otherEmail: link.otherEmail };
}

/**
 * "This was not me": makes the old address the person's again, whether the new one was confirmed yet or not. As who asked for
 * the change knew the password or was signed in, it ends every session and other link, takes the password away, and lets go of
 * what came to open the account since. The answer is what the link to a new password says.
 */
export async function undoEmailChange(
  deps: LinkDeps,
  { token, caller }: { readonly token: string; readonly caller: Caller },
): Promise<Result<{ readonly resetToken: string }, ConfirmRefusal>> {
  const counted = await countLinkUse(deps.db, caller.address);
  if (!counted.ok) return counted;
  const undone = await unlessTaken(() => transact(deps.db, (tx) => goBack(deps, tx, token)));
  if (!undone.ok) {
    const details = { purpose: "undo_email" };
    await recordSecurityEvent(deps, { kind: "link_refused", caller, details });
    return undone;
  }
  const { userId, resetLinkId } = undone.value;
  await recordSecurityEvent(deps, { kind: "email_change_undone", userId, caller });
  return ok({ resetToken: linkToken(resetLinkId, deps.sign) });
}

type Undone = Result<
  { readonly userId: string; readonly resetLinkId: string },
  { code: "link_over" | "email_taken" }
>;

async function goBack({ sign }: LinkDeps, tx: Tx, token: string): Promise<Undone> {
  const link = await takeLink(tx, token, "undo_email");
  if (!link) return err({ code: "link_over" });
  const { userId, email, createdAt } = link;
  if (await isTaken(tx, email, userId)) return err({ code: "email_taken" });
  const [back] = await tx
    .update(users)
    .set({ email, passwordHash: null, sessionVersion: sql`${users.sessionVersion} + 1` })
    .where(eq(users.id, userId))
    .returning({ version: users.sessionVersion });
  if (!back) return err({ code: "link_over" });
  // Ways back that were mailed after this one went to addresses that the same stranger chose.
  await tx
    .update(mailedLinks)
    .set({ usedAt: sql`pg_catalog.now()` })
    .where(
      and(
        eq(mailedLinks.userId, userId),
        eq(mailedLinks.purpose, "undo_email"),
        isNull(mailedLinks.usedAt),
        or(gte(mailedLinks.createdAt, createdAt), eq(mailedLinks.email, email)),
      ),
    );
  await tx.delete(identities).where(and(eq(identities.userId, userId), gte(identities.createdAt, createdAt)));
  const reset = { purpose: "reset_password", userId, email, ...back } as const;
  return ok({ userId, resetLinkId: (await makeLink(tx, reset, sign)).linkId });
}

const record = (
  deps: LinkDeps,
  { userId, accountId, caller }: EmailPerson,
  kind: SecurityEventKind,
): Promise<void> => recordSecurityEvent(deps, { kind, userId, accountId, caller });
