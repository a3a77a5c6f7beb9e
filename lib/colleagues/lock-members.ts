import { asc, eq } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { memberships, users } from "../../db/schema";
import type { Caller } from "../auth/caller";
import type { Role } from "../auth/customer";
import type { SecurityEventDeps } from "../auth/security-events";
import type { Sign } from "../mail/context";
import { err, ok, type Result } from "../result";

/** Who changes something about the people of the account they act for. */
export type Actor = { readonly userId: string; readonly accountId: string; readonly caller: Caller };

export type ColleagueDeps = SecurityEventDeps & { readonly sign: Sign };

export type Member = { readonly userId: string; readonly role: Role; readonly isDisabled: boolean };

/**
 * A step: the account's people, none of whom changes or goes until the transaction ends; whoever changes them at the same time
 * waits, and then sees what became of them.
 */
export async function lockMembers(tx: Tx, accountId: string): Promise<readonly Member[]> {
  const rows = await tx
    .select({ userId: memberships.userId, role: memberships.role, disabledAt: users.disabledAt })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(memberships.accountId, accountId))
    .orderBy(asc(memberships.userId))
    .for("update", { of: memberships });
  return rows.map(({ disabledAt, ...each }) => ({ ...each, isDisabled: disabledAt !== null }));
}

/**
 * A step: the same for one of them who changes something. Refuses who is not an owner by now: of two owners who take each
 * other's role away at once, the second is none any more.
 */
export async function lockMembersAsOwner(
  tx: Tx,
  { userId, accountId }: Actor,
): Promise<Result<readonly Member[], { code: "not_an_owner" }>> {
  const members = await lockMembers(tx, accountId);
  const isOwner = members.some((each) => each.userId === userId && each.role === "owner");
  return isOwner ? ok(members) : err({ code: "not_an_owner" });
}

/** Whether nobody who can sign in would own the account without them. */
export const isLastOwner = (members: readonly Member[], userId: string): boolean =>
  !members.some((each) => each.role === "owner" && !each.isDisabled && each.userId !== userId);
