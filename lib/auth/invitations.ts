import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { invitations, users } from "../../db/schema";
import { err, ok, type Result } from "../result";
import { normalizeEmail } from "./email";

export type InvitationView = {
  readonly email: string;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
};

const MAX_LISTED = 1_000;

/** Lets the person with this address open an account of their own, once. Inviting again changes nothing. */
export async function invite(
  db: Database,
  given: string,
): Promise<Result<{ readonly email: string }, { code: "not_an_email" | "is_a_customer" }>> {
  const email = normalizeEmail(given);
  if (!email) return err({ code: "not_an_email" });
  const [known] = await db.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (known) return err({ code: "is_a_customer" });
  await db.insert(invitations).values({ email }).onConflictDoNothing();
  return ok({ email });
}

/** Takes an invitation back that nobody has used. */
export async function revokeInvitation(
  db: Database,
  given: string,
): Promise<Result<undefined, { code: "not_found" }>> {
  const revoked = await db
    .delete(invitations)
    .where(and(eq(invitations.email, normalizeEmail(given) ?? ""), isNull(invitations.usedAt)))
    .returning({ email: invitations.email });
  return revoked.length > 0 ? ok() : err({ code: "not_found" });
}

/** The newest 1,000. */
export const listInvitations = (db: Database): Promise<InvitationView[]> =>
  db.select().from(invitations).orderBy(desc(invitations.createdAt)).limit(MAX_LISTED);

/** A step: marks the invitation as used; false when there is none that was not. Of two at once one gets it. */
export async function takeInvitation(tx: Tx, email: string): Promise<boolean> {
  const taken = await tx
    .update(invitations)
    .set({ usedAt: sql`now()` })
    .where(and(eq(invitations.email, email), isNull(invitations.usedAt)))
    .returning({ email: invitations.email });
  return taken.length > 0;
}
