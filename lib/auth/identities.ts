import { and, eq, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { identities, memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openAccount } from "../billing/open-account";
import { billingPeriodAt } from "../calendar";
import { freePlan } from "../catalog/plans";
import { newId } from "../ids";
import { isVisible, toPlainLine } from "../plain-text";
import { err, invariant, ok, type Result } from "../result";
import { normalizeEmail } from "./email";
import { takeInvitation } from "./invitations";
import { MAX_NAME_LENGTH } from "./profile";
import type { SessionSubject } from "./session-token";
import { findSessionSubject } from "./subject";

/** A person as an OAuth provider describes them. */
export type ProvidedIdentity = {
  readonly provider: "github" | "google";
  readonly providerUserId: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
};

/** Whom a provider may bring who is nobody yet: no one, who was invited, or anybody. */
export const SIGN_UPS = ["closed", "invited", "open"] as const;
export type SignUp = (typeof SIGN_UPS)[number];

export type IdentityRefusal = { readonly code: "email_not_verified" | "not_allowed" | "sign_up_refused" };

/** Who came; `opened` when it was for the first time and there is a new account. */
export type IdentitySubject = SessionSubject & { readonly opened: boolean };

/**
 * The user behind an identity: the one it was linked to before, else the one with its verified e-mail, else, if
 * `signUp` lets them, a new user with a Free account and its first credits. An address the provider did not verify
 * links and opens nothing. One transaction; coming twice at once makes one user.
 */
export async function signInWithIdentity(
  deps: { readonly db: Database; readonly signUp: SignUp },
  identity: ProvidedIdentity,
): Promise<Result<IdentitySubject, IdentityRefusal>> {
  return transact(deps.db, async (tx): Promise<Result<IdentitySubject, IdentityRefusal>> => {
    const linked = await findLinked(tx, identity);
    const person = linked
      ? ok({ userId: linked, opened: false })
      : await linkByEmail(tx, identity, deps.signUp);
    if (!person.ok) return person;
    const subject = await findSessionSubject(tx, person.value.userId);
    return subject ? ok({ ...subject, opened: person.value.opened }) : err({ code: "not_allowed" });
  });
}

async function findLinked(tx: Tx, identity: ProvidedIdentity): Promise<string | null> {
  const [linked] = await tx
    .select({ userId: identities.userId })
    .from(identities)
    .where(
      and(eq(identities.provider, identity.provider), eq(identities.providerUserId, identity.providerUserId)),
    );
  return linked?.userId ?? null;
}

type Person = { readonly userId: string; readonly opened: boolean };

async function linkByEmail(
  tx: Tx,
  identity: ProvidedIdentity,
  signUp: SignUp,
): Promise<Result<Person, IdentityRefusal>> {
  const email = normalizeEmail(identity.email);
  if (!email || !identity.emailVerified) return err({ code: "email_not_verified" });
  const known = await findByEmail(tx, email);
  const person = known
    ? { userId: known, opened: false }
    : await openIfAllowed(tx, email, identity.name, signUp);
  if (!person) return err({ code: "sign_up_refused" });
  await tx
    .insert(identities)
    .values({ provider: identity.provider, providerUserId: identity.providerUserId, userId: person.userId })
    .onConflictDoNothing();
  return ok(person);
}

async function findByEmail(tx: Tx, email: string): Promise<string | null> {
  const [known] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email));
  return known?.id ?? null;
}

/** Null when they may not, and somebody else did not make them a user in the meantime. */
async function openIfAllowed(
  tx: Tx,
  email: string,
  name: string | null,
  signUp: SignUp,
): Promise<Person | null> {
  const isInvited = signUp !== "closed" && (await takeInvitation(tx, email));
  const userId = signUp === "open" || isInvited ? await openUser(tx, email, name) : null;
  if (userId) return { userId, opened: true };
  // Whoever came at the same time had the invitation, or the address, first.
  const known = await findByEmail(tx, email);
  return known ? { userId: known, opened: false } : null;
}

/** Null when there is a user with this address by now. */
async function openUser(tx: Tx, email: string, name: string | null): Promise<string | null> {
  const given = toPlainLine(name ?? "", MAX_NAME_LENGTH);
  const plainName = isVisible(given) ? given : null;
  const [created] = await tx
    .insert(users)
    .values({ id: newId(), email, name: plainName ?? email })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  if (!created) return null;
  await openFreeAccount(tx, { ownerId: created.id, name: plainName ?? email });
  return created.id;
}

/** A step: a Free account whose months are counted from this instant, owned by the user. */
async function openFreeAccount(
  tx: Tx,
  given: { readonly ownerId: string; readonly name: string },
): Promise<void> {
  const [clock] = await tx.execute<{ now: string }>(sql`select date_trunc('second', now()) as now`);
  invariant(clock, "the database knows the time");
  const cycleAnchor = new Date(clock.now);
  const accountId = await openAccount(tx, {
    name: given.name,
    plan: freePlan().id,
    cycleAnchor,
    period: billingPeriodAt(cycleAnchor, cycleAnchor),
  });
  await tx.insert(memberships).values({ accountId, userId: given.ownerId, role: "owner" });
}
