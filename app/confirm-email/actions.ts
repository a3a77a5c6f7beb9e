"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { tooManyAttempts } from "@/app/sign-in/wait-text";
import { customerAction, failed, hiddenField } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { confirmEmailChange } from "@/lib/auth/change-email";
import { startSession } from "@/lib/auth/session";
import { unreachable } from "@/lib/result";

export const confirmEmailAction = customerAction({
  input: z.object({ token: hiddenField(100) }),
  run: async ({ input, customer, deps }) => {
    const { userId, accountId, sessionId } = customer;
    const person = { userId, accountId, sessionId, caller: callerOf(await headers()) };
    const changed = await confirmEmailChange(deps, person, input.token);
    if (changed.ok) {
      await startSession({ userId, accountId, sessionVersion: changed.value.sessionVersion }, "again");
      redirect("/settings/profile?email=changed#email");
    }
    const { error } = changed;
    switch (error.code) {
      case "link_over":
        return failed(
          error.code,
          "This link no longer works: it was used, or is too old. Nothing was changed. Ask for the change again on your profile.",
        );
      case "email_taken":
        return failed(
          error.code,
          "Somebody already signs in with this address. Nothing was changed. If that is you, sign in with it.",
        );
      case "too_many_attempts":
        return tooManyAttempts(error.retryAt);
      default:
        return unreachable(error);
    }
  },
});
