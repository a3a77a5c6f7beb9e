import { and, eq, isNull, sql } from "drizzle-orm";
import { memberships, sessions } from "../../db/schema";
import { transact } from "../../db/transact";
import { recordSecurityEvent } from "../auth/security-events";
import { err, ok, type Result } from "../result";
import type { RoleRefusal } from "./change-role";
import { type Actor, type ColleagueDeps, isLastOwner, lockMembersAsOwner } from "./lock-members";
import { withdrawInvitationsOf } from "./withdraw-invitation";

/**
 * Takes somebody out of the account, oneself included; never the last owner. Their sessions for this account end with it, also
 * should they be asked in again, and those for other accounts go on. What they did stays theirs.
 */
export async function removeColleague(
  deps: ColleagueDeps,
  actor: Actor,
  userId: string,
): Promise<Result<undefined, RoleRefusal>> {
  const { accountId, caller } = actor;
  const removed = await transact(deps.db, async (tx): Promise<Result<undefined, RoleRefusal>> => {
    const members = await lockMembersAsOwner(tx, actor);
    if (!members.ok) return members;
    const member = members.value.find((each) => each.userId === userId);
    if (!member) return err({ code: "not_found" });
    if (member.role === "owner" && isLastOwner(members.value, userId)) return err({ code: "last_owner" });
    await tx
      .delete(memberships)
      .where(and(eq(memberships.accountId, accountId), eq(memberships.userId, userId)));
    await tx
      .update(sessions)
      .set({ endedAt: sql`pg_catalog.now()` })
      .where(and(eq(sessions.userId, userId), eq(sessions.accountId, accountId), isNull(sessions.endedAt)));
    await withdrawInvitationsOf(tx, accountId, userId);
    return ok();
  });
  if (!removed.ok) return removed;
  const details = { by: actor.userId };
  await recordSecurityEvent(deps, { kind: "member_removed", userId, accountId, caller, details });
  return ok();
}
