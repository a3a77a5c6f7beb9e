"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { passwordSentence } from "@/app/sign-in/password-words";
import { tooManyAttempts } from "@/app/sign-in/wait-text";
import { failed, hiddenField, invalid, publicAction } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { resetPassword } from "@/lib/auth/reset-password";
import { endSession } from "@/lib/auth/session";
import { env } from "@/lib/env";

const MISSING = "Enter a new password.";

export const resetPasswordAction = publicAction({
  input: z.object({
    token: hiddenField(100),
    newPassword: z.string({ error: MISSING }).min(1, MISSING),
  }),
  run: async ({ input, deps }) => {
    const { PRODUCT_NAME } = env();
    const reset = await resetPassword(deps, {
      token: input.token,
      password: input.newPassword,
      productName: PRODUCT_NAME,
      caller: callerOf(await headers()),
    });
    if (reset.ok) {
      // Whoever is signed in here goes to sign-in with it, where the new password is asked for.
      await endSession();
      redirect("/sign-in?done=password-reset");
    }
    const { error } = reset;
    switch (error.code) {
      case "link_over":
        return failed(
          error.code,
          "This link no longer works: it was used, or is too old. Nothing was changed. Ask for a new one under “Forgot your password?”.",
        );
      case "too_many_attempts":
        return tooManyAttempts(error.retryAt);
      default:
        return invalid({ newPassword: passwordSentence(error) });
    }
  },
});
