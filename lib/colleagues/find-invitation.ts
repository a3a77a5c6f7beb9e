import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../db/client";
import { accountInvitations, memberships, users } from "../../db/schema";
import type { Role } from "../auth/customer";
import { hashToken, isToken } from "../auth/links/token";
import { getAccountName } from "./queries";

/** What whoever has an invitation's link may know of it. */
export type FoundInvitation = {
  readonly accountId: string;
  readonly accountName: string;
  readonly inviterName: string;
  readonly email: string;
  readonly role: Role;
  readonly invited: Invited;
};

/**
 * Who the invited address is here: nobody yet, somebody who can sign in, somebody who belongs to no account (any more), or
 * somebody who was kept out.
 */
export type Invited =
  | { readonly kind: "nobody" }
  | { readonly kind: "person" | "without_account" | "disabled"; readonly userId: string };

const isOpen = (token: string): SQL | undefined =>
  and(
    eq(accountInvitations.tokenHash, hashToken(token)),
    isNull(accountInvitations.acceptedAt),
    isNull(accountInvitations.withdrawnAt),
    gt(accountInvitations.expiresAt, sql`pg_catalog.now()`),
  );

/** The invitation of this link; null when it works no more. Looking uses nothing up, as mail scanners look too. */
export async function findInvitation(db: Reader, token: unknown): Promise<FoundInvitation | null> {
  if (!isToken(token)) return null;
  const [found] = await db
    .select({
      accountId: accountInvitations.accountId,
      email: accountInvitations.email,
      role: accountInvitations.role,
      inviterName: users.name,
    })
    .from(accountInvitations)
    .innerJoin(users, eq(users.id, accountInvitations.invitedBy))
    .where(isOpen(token));
  if (!found) return null;
  const [accountName, invited] = await Promise.all([
    getAccountName(db, found.accountId),
    findInvited(db, found.email),
  ]);
  return { ...found, accountName, invited };
}

export async function findInvited(db: Reader, email: string): Promise<Invited> {
  const [person] = await db
    .select({
      userId: users.id,
      disabledAt: users.disabledAt,
      hasAccount: sql<boolean>`exists (select from ${memberships} m where m.user_id = ${users.id})`,
    })
    .from(users)
    .where(eq(users.email, email));
  if (!person) return { kind: "nobody" };
  const kind = person.disabledAt ? "disabled" : person.hasAccount ? "person" : "without_account";
  return { kind, userId: person.userId };
}

export type TakenInvitation = {
  readonly invitationId: string;
  readonly accountId: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string;
};

/** A step: locks an invitation that can be accepted; of thirty at once one gets it. `acceptInvitation` then ends it. */
export async function lockInvitation(tx: Tx, token: unknown): Promise<TakenInvitation | null> {
  if (!isToken(token)) return null;
  const [taken] = await tx
    .select({
      invitationId: accountInvitations.id,
      accountId: accountInvitations.accountId,
      email: accountInvitations.email,
      role: accountInvitations.role,
      invitedBy: accountInvitations.invitedBy,
    })
    .from(accountInvitations)
    .where(isOpen(token))
    .for("update");
  return taken ?? null;
}

/** A step: the person is in the account, and the invitation over. Who is in already keeps their role. */
export async function acceptInvitation(
  tx: Tx,
  { invitationId, accountId, role }: TakenInvitation,
  userId: string,
): Promise<void> {
  await tx
    .update(accountInvitations)
    .set({ acceptedAt: sql`pg_catalog.now()`, acceptedBy: userId })
    .where(and(eq(accountInvitations.accountId, accountId), eq(accountInvitations.id, invitationId)));
  await tx.insert(memberships).values({ accountId, userId, role }).onConflictDoNothing();
}
