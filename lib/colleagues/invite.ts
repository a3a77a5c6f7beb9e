import { and, count, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { accountInvitations, users } from "../../db/schema";
import { transact } from "../../db/transact";
import type { Role } from "../auth/customer";
import { normalizeEmail } from "../auth/email";
import { countUpTo, type TooManyAttempts } from "../auth/links/count-use";
import { hashToken, invitationName, linkToken } from "../auth/links/token";
import { recordSecurityEvent } from "../auth/security-events";
import { newId } from "../ids";
import { mailAddress } from "../outbox/enqueue";
import { err, ok, type Result } from "../result";
import { INVITATION_SECONDS, INVITATIONS_PER_EMAIL, INVITATIONS_PER_PERSON, MAX_PEOPLE } from "./limits";
import { type Actor, type ColleagueDeps, lockMembersAsOwner, type Member } from "./lock-members";
import { getAccountName } from "./queries";

export type InviteRefusal =
  | { readonly code: "not_an_owner" | "not_an_email" | "already_here" | "too_many_people" }
  | TooManyAttempts;

type Invitation = { readonly email: string; readonly role: Role };

/**
 * Asks somebody by mail to join the account, for a week. Asked again they get another link, and the one of before is of no
 * use. The answer is the same whether they are somebody here already.
 */
export async function inviteColleague(
  deps: ColleagueDeps,
  actor: Actor,
  given: Invitation,
): Promise<Result<Invitation, InviteRefusal>> {
  const email = normalizeEmail(given.email);
  if (!email) return err({ code: "not_an_email" });
  const ofPerson = await countUpTo(deps.db, `invite:${actor.userId}`, INVITATIONS_PER_PERSON);
  if (!ofPerson.ok) return ofPerson;
  const ofEmail = await countUpTo(deps.db, `invite:${actor.accountId}:${email}`, INVITATIONS_PER_EMAIL);
  if (!ofEmail.ok) return ofEmail;
  const invitation = { email, role: given.role };
  const invited = await transact(deps.db, (tx) => store(deps, tx, actor, invitation));
  if (!invited.ok) return invited;
  const { userId, accountId, caller } = actor;
  const details = { role: given.role };
  await recordSecurityEvent(deps, { kind: "invitation_made", userId, accountId, caller, details });
  return ok(invitation);
}

async function store(
  deps: ColleagueDeps,
  tx: Tx,
  actor: Actor,
  invitation: Invitation,
): Promise<Result<undefined, InviteRefusal>> {
  const members = await lockMembersAsOwner(tx, actor);
  if (!members.ok) return members;
  const possible = await checkPlace(tx, actor, members.value, invitation.email);
  if (!possible.ok) return possible;
  const { known } = possible.value;
  const sent = known ? { id: known.id, sends: known.sends + 1 } : { id: newId(), sends: 1 };
  const renewed = {
    role: invitation.role,
    sends: sent.sends,
    tokenHash: hashToken(linkToken(invitationName(sent.id, sent.sends), deps.sign)),
    expiresAt: sql`pg_catalog.now() + ${INVITATION_SECONDS} * interval '1 second'`,
  };
  if (known) {
    await tx
      .update(accountInvitations)
      .set(renewed)
      .where(and(eq(accountInvitations.accountId, actor.accountId), eq(accountInvitations.id, known.id)));
  } else {
    const { accountId, userId: invitedBy } = actor;
    const createdAt = sql`pg_catalog.now()`;
    await tx
      .insert(accountInvitations)
      .values({ id: sent.id, accountId, email: invitation.email, invitedBy, createdAt, ...renewed });
  }
  await mailInvitation(tx, actor, invitation, sent);
  return ok();
}

type Known = { readonly id: string; readonly sends: number };

/** Whether there is a place for them; the invitation they have already, if there is one. */
async function checkPlace(
  tx: Tx,
  { accountId }: Actor,
  members: readonly Member[],
  email: string,
): Promise<Result<{ readonly known: Known | null }, { code: "already_here" | "too_many_people" }>> {
  const [person] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (person && members.some(({ userId }) => userId === person.id)) return err({ code: "already_here" });
  const open = and(
    eq(accountInvitations.accountId, accountId),
    isNull(accountInvitations.acceptedAt),
    isNull(accountInvitations.withdrawnAt),
  );
  const [known] = await tx
    .select({ id: accountInvitations.id, sends: accountInvitations.sends })
    .from(accountInvitations)
    .where(and(open, eq(accountInvitations.email, email)))
    .for("update");
  if (known) return ok({ known });
  const [opened] = await tx.select({ count: count() }).from(accountInvitations).where(open);
  if (members.length + (opened?.count ?? 0) >= MAX_PEOPLE) return err({ code: "too_many_people" });
  return ok({ known: null });
}

async function mailInvitation(
  tx: Tx,
  { accountId, userId }: Actor,
  { email, role }: Invitation,
  { id, sends }: Known,
): Promise<void> {
  const accountName = await getAccountName(tx, accountId);
  const [inviter] = await tx.select({ name: users.name }).from(users).where(eq(users.id, userId));
  const [until] = await tx.execute<{ at: string }>(
    sql`select now() + ${INVITATION_SECONDS} * interval '1 second' as at`,
  );
  await mailAddress(tx, accountId, email, {
    kind: "invitation",
    effect: `invitation:${id}:${sends}`,
    facts: { invitationId: id, sends, accountName, inviterName: inviter?.name ?? "", role },
    ...(until && { uselessAt: new Date(until.at) }),
  });
}
