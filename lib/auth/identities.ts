import { and, eq, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { identities, memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { openAccount } from "../billing/open-account";
import { billingPeriodAt } from "../calendar";
import { newId } from "../ids";
import { isVisible, toPlainLine } from "../plain-text";
import { err, invariant, ok, type Result } from "../result";
import { normalizeEmail } from "./email";
import { MAX_NAME_LENGTH } from "./profile";
import type { SessionSubject } from "./session-token";
import { findSessionSubject } from "./subject";

/** A person as an OAuth provider describes them. */
export type ProvidedIdentity = {
  readonly provider: string;
  readonly providerUserId: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
};

export type IdentityRefusal = { readonly code: "email_not_verified" | "not_allowed" };

/**
 * The user behind an identity: the one it was linked to before, else the one with its verified e-mail, else a new
 * user with a Free account and its first credits. One transaction; coming twice at once makes one user.
 */
export async function signInWithIdentity(
  deps: { readonly db: Database },
  identity: ProvidedIdentity,
): Promise<Result<SessionSubject, IdentityRefusal>> {
  return transact(deps.db, async (tx): Promise<Result<SessionSubject, IdentityRefusal>> => {
    const userId = (await findLinked(tx, identity)) ?? (await linkByEmail(tx, identity));
    if (!userId) return err({ code: "email_not_verified" });
    const subject = await findSessionSubject(tx, userId);
    return subject ? ok(subject) : err({ code: "not_allowed" });
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

async function linkByEmail(tx: Tx, identity: ProvidedIdentity): Promise<string | null> {
  const email = normalizeEmail(identity.email);
  if (!email || !identity.emailVerified) return null;
  const userId = await ensureUser(tx, email, identity.name);
  await tx
    .insert(identities)
    .values({ provider: identity.provider, providerUserId: identity.providerUserId, userId })
    .onConflictDoNothing();
  return userId;
}

async function ensureUser(tx: Tx, email: string, name: string | null): Promise<string> {
  const given = toPlainLine(name ?? "", MAX_NAME_LENGTH);
  const plainName = isVisible(given) ? given : null;
  const [created] = await tx
    .insert(users)
    .values({ id: newId(), email, name: plainName ?? email })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  if (created) {
    await openFreeAccount(tx, { ownerId: created.id, name: plainName ?? email });
    return created.id;
  }
  const [existing] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email));
  invariant(existing, "a user whose e-mail is taken exists");
  return existing.id;
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
    plan: "free",
    cycleAnchor,
    period: billingPeriodAt(cycleAnchor, cycleAnchor),
  });
  await tx.insert(memberships).values({ accountId, userId: given.ownerId, role: "owner" });
}
