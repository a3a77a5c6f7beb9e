import { and, eq } from "drizzle-orm";
import { memberships } from "../../db/schema";
import { transact } from "../../db/transact";
import type { Role } from "../auth/customer";
import { recordSecurityEvent } from "../auth/security-events";
import { err, ok, type Result } from "../result";
import { type Actor, type ColleagueDeps, isLastOwner, lockMembersAsOwner } from "./lock-members";
import { withdrawInvitationsOf } from "./withdraw-invitation";

export type RoleRefusal = { readonly code: "not_an_owner" | "not_found" | "last_owner" };

/** Gives somebody of the account another role, oneself included; the last owner stays one. Asked twice it is once. */
export async function changeRole(
  deps: ColleagueDeps,
  actor: Actor,
  { userId, role }: { readonly userId: string; readonly role: Role },
): Promise<Result<undefined, RoleRefusal>> {
  const { accountId, caller } = actor;
  const changed = await transact(deps.db, async (tx): Promise<Result<Role | null, RoleRefusal>> => {
    const members = await lockMembersAsOwner(tx, actor);
    if (!members.ok) return members;
    const member = members.value.find((each) => each.userId === userId);
    if (!member) return err({ code: "not_found" });
    if (member.role === role) return ok(null);
    if (member.role === "owner" && isLastOwner(members.value, userId)) return err({ code: "last_owner" });
    await tx
      .update(memberships)
      .set({ role })
      .where(and(eq(memberships.accountId, accountId), eq(memberships.userId, userId)));
    if (member.role === "owner") await withdrawInvitationsOf(tx, accountId, userId);
    return ok(member.role);
  });
  if (!changed.ok) return changed;
  if (changed.value !== null) {
    const details = { from: changed.value, to: role, by: actor.userId };
    await recordSecurityEvent(deps, { kind: "role_changed", userId, accountId, caller, details });
  }
  return ok();
}
