"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { recordSecurityEvent, type SecurityEventDeps } from "@/lib/auth/security-events";
import { type Customer, endSession, startSession } from "@/lib/auth/session";
import { endOne, signOutEverywhere } from "@/lib/auth/sessions";
import { findSubjectIn } from "@/lib/auth/subject";
import { fromPublicId } from "@/lib/ids";
import type { SessionsDone } from "./session-words";

/** Ends one session. That it was over already is what was wanted, too. */
export const endSessionAction = customerAction({
  input: z.object({ session: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const { userId } = customer;
    const sessionId = fromPublicId("session", input.session);
    if (sessionId === customer.sessionId) {
      await endSession();
      redirect("/sign-in");
    }
    if (sessionId && (await endOne(deps, { sessionId, userId }))) await note(deps, customer, "one");
    return backToList("ended");
  },
});

/** Ends all but this browser's, which goes on under a new name: a copy of its cookie is over with the others. */
export const endOtherSessionsAction = customerAction({
  input: z.object({}),
  run: async ({ customer, deps }) => {
    const { userId, accountId } = customer;
    const sessionVersion = await signOutEverywhere(deps, userId);
    if (sessionVersion !== null) await startSession({ userId, accountId, sessionVersion }, "again");
    await note(deps, customer, "others");
    return backToList("others-ended");
  },
});

export const signOutEverywhereAction = customerAction({
  input: z.object({}),
  run: async ({ customer, deps }) => {
    await signOutEverywhere(deps, customer.userId);
    await note(deps, customer, "all");
    await endSession();
    redirect("/sign-in");
  },
});

/** Goes on in another account of one's own; this browser's session for the account of before is over. */
export const switchAccountAction = customerAction({
  input: z.object({ account: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const accountId = fromPublicId("account", input.account);
    const subject = accountId && (await findSubjectIn(deps.db, customer.userId, accountId));
    if (!subject) return failed("not_found", "You no longer belong to this account.");
    await startSession(subject, "again");
    redirect("/settings/profile?account=switched#accounts");
  },
});

const backToList = (done: SessionsDone): never => redirect(`/settings/profile?sessions=${done}#sessions`);

async function note(
  deps: SecurityEventDeps,
  { userId, accountId }: Customer,
  which: "one" | "others" | "all",
) {
  const caller = callerOf(await headers());
  await recordSecurityEvent(deps, {
    kind: "session_revoked",
    userId,
    accountId,
    caller,
    details: { which },
  });
}
