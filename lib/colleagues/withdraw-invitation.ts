import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { accountInvitations } from "../../db/schema";
import { transact } from "../../db/transact";
import { recordSecurityEvent } from "../auth/security-events";
import { err, ok, type Result } from "../result";
import { type Actor, type ColleagueDeps, lockMembersAsOwner } from "./lock-members";

type Refusal = { readonly code: "not_an_owner" | "not_found" };

/** Takes an invitation back that nobody has accepted: its link is of no use from then on. */
export async function withdrawInvitation(
  deps: ColleagueDeps,
  actor: Actor,
  invitationId: string,
): Promise<Result<undefined, Refusal>> {
  const { userId, accountId, caller } = actor;
  const withdrawn = await transact(deps.db, async (tx): Promise<Result<undefined, Refusal>> => {
    const members = await lockMembersAsOwner(tx, actor);
    if (!members.ok) return members;
    const gone = await withdraw(tx, accountId, eq(accountInvitations.id, invitationId));
    return gone > 0 ? ok() : err({ code: "not_found" });
  });
  if (withdrawn.ok)
    await recordSecurityEvent(deps, { kind: "invitation_revoked", userId, accountId, caller });
  return withdrawn;
}

/** A step: takes back what this person invited to the account, as they are no owner of it any more. */
export async function withdrawInvitationsOf(tx: Tx, accountId: string, userId: string): Promise<void> {
  await withdraw(tx, accountId, eq(accountInvitations.invitedBy, userId));
}

async function withdraw(tx: Tx, accountId: string, which: SQL): Promise<number> {
  const gone = await tx
    .update(accountInvitations)
    .set({ withdrawnAt: sql`pg_catalog.now()` })
    .where(
      and(
        eq(accountInvitations.accountId, accountId),
        which,
        isNull(accountInvitations.acceptedAt),
        isNull(accountInvitations.withdrawnAt),
      ),
    )
    .returning({ id: accountInvitations.id });
  return gone.length;
}
