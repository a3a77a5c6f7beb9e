"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { tooManyAttempts } from "@/app/sign-in/wait-text";
import { failed, hiddenField, publicAction } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { undoEmailChange } from "@/lib/auth/change-email";
import { linkPath } from "@/lib/auth/links/token";
import { env } from "@/lib/env";
import { unreachable } from "@/lib/result";

export const undoEmailAction = publicAction({
  input: z.object({ token: hiddenField(100) }),
  run: async ({ input, deps }) => {
    const { SUPPORT_EMAIL } = env();
    const caller = callerOf(await headers());
    const undone = await undoEmailChange(deps, { token: input.token, caller });
    if (undone.ok) redirect(linkPath("reset_password", undone.value.resetToken));
    const { error } = undone;
    switch (error.code) {
      case "link_over":
        return failed(
          error.code,
          "This link no longer works: it was used, or is too old. Nothing was changed.",
        );
      case "email_taken":
        return failed(
          error.code,
          `Somebody else signs in with this address by now. Nothing was changed. Write to ${SUPPORT_EMAIL}.`,
        );
      case "too_many_attempts":
        return tooManyAttempts(error.retryAt);
      default:
        return unreachable(error);
    }
  },
});
