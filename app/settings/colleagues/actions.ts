"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { waitText } from "@/app/sign-in/wait-text";
import { customerAction, failed, hiddenField, invalid } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { type Customer, endSession, startSession } from "@/lib/auth/session";
import { findSessionSubject } from "@/lib/auth/subject";
import { changeRole, type RoleRefusal } from "@/lib/colleagues/change-role";
import { type InviteRefusal, inviteColleague } from "@/lib/colleagues/invite";
import { MAX_PEOPLE } from "@/lib/colleagues/limits";
import type { Actor } from "@/lib/colleagues/lock-members";
import { removeColleague } from "@/lib/colleagues/remove";
import { withdrawInvitation } from "@/lib/colleagues/withdraw-invitation";
import { fromPublicId } from "@/lib/ids";
import { unreachable } from "@/lib/result";
import { COLLEAGUES, type ColleaguesDone } from "./words";

const OWNERS = ["owner"] as const;
const MISSING = "Enter their e-mail address.";
const NOT_ONE = "Enter an e-mail address, such as ada@example.com.";
const role = z.enum(["owner", "billing", "member"], { error: "Choose a role." });
const NOT_THERE = "They are no longer in this account. Please reload the page.";
const NOT_OWNER = "You are no longer an owner of this account. Nothing was changed.";

const done = (what: ColleaguesDone): never => redirect(`${COLLEAGUES}?done=${what}`);

const actorOf = async ({ userId, accountId }: Customer): Promise<Actor> => ({
  userId,
  accountId,
  caller: callerOf(await headers()),
});

export const inviteAction = customerAction({
  roles: OWNERS,
  input: z.object({
    email: z.string({ error: MISSING }).trim().min(1, MISSING).max(254, NOT_ONE),
    role,
  }),
  echo: ["email", "role"],
  run: async ({ input, customer, deps }) => {
    const invited = await inviteColleague(deps, await actorOf(customer), input);
    return invited.ok ? done("invited") : inviteProblem(invited.error);
  },
});

function inviteProblem(error: InviteRefusal) {
  switch (error.code) {
    case "not_an_owner":
      return failed(error.code, NOT_OWNER);
    case "not_an_email":
      return invalid({ email: NOT_ONE });
    case "already_here":
      return invalid({ email: "They already belong to this account." });
    case "too_many_people":
      return failed(
        error.code,
        `An account has at most ${MAX_PEOPLE} people and open invitations. Withdraw one first.`,
      );
    case "too_many_attempts":
      return failed(
        error.code,
        `You sent many invitations. Please try again in ${waitText(error.retryAt)}; nothing was sent.`,
      );
    default:
      return unreachable(error);
  }
}

export const withdrawInvitationAction = customerAction({
  roles: OWNERS,
  input: z.object({ invitation: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const invitationId = fromPublicId("invitation", input.invitation);
    if (!invitationId) return failed("not_found", "This invitation is over. Please reload the page.");
    const gone = await withdrawInvitation(deps, await actorOf(customer), invitationId);
    if (gone.ok) return done("withdrawn");
    return gone.error.code === "not_found"
      ? failed("not_found", "This invitation is over: it was accepted or withdrawn. Please reload the page.")
      : failed(gone.error.code, NOT_OWNER);
  },
});

export const changeRoleAction = customerAction({
  roles: OWNERS,
  input: z.object({ person: hiddenField(), role }),
  run: async ({ input, customer, deps }) => {
    const userId = fromPublicId("user", input.person);
    if (!userId) return failed("not_found", NOT_THERE);
    const change = { userId, role: input.role };
    const changed = await changeRole(deps, await actorOf(customer), change);
    return changed.ok ? done("role") : roleProblem(changed.error);
  },
});

export const removeColleagueAction = customerAction({
  roles: OWNERS,
  input: z.object({ person: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const userId = fromPublicId("user", input.person);
    if (!userId) return failed("not_found", NOT_THERE);
    const removed = await removeColleague(deps, await actorOf(customer), userId);
    if (!removed.ok) return roleProblem(removed.error);
    if (userId !== customer.userId) return done("removed");
    // They took themselves out: on with another account of theirs, or out of the door.
    const other = await findSessionSubject(deps.db, userId);
    if (other) {
      await startSession(other, "again");
      redirect("/settings/profile?account=left#accounts");
    }
    await endSession();
    redirect("/sign-in?done=left");
  },
});

function roleProblem({ code }: RoleRefusal) {
  switch (code) {
    case "not_an_owner":
      return failed(code, NOT_OWNER);
    case "not_found":
      return failed(code, NOT_THERE);
    case "last_owner":
      return failed(
        code,
        "This is the only owner, and an account needs one. Make somebody else an owner first.",
      );
    default:
      return unreachable(code);
  }
}
