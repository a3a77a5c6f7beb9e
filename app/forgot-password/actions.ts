"use server";

import { headers } from "next/headers";
import { z } from "zod";
import { tooManyAttempts } from "@/app/sign-in/wait-text";
import { done, invalid, publicAction } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { askForReset } from "@/lib/auth/reset-password";

const MISSING = "Enter your e-mail address.";
const NOT_ONE = "Enter an e-mail address, such as ada@example.com.";

export const askForResetAction = publicAction({
  input: z.object({ email: z.string({ error: MISSING }).trim().min(1, MISSING).max(254, NOT_ONE) }),
  echo: ["email"],
  run: async ({ input, deps }) => {
    const asked = await askForReset(deps, { email: input.email, caller: callerOf(await headers()) });
    if (asked.ok)
      return done({
        message:
          "If an account uses that e-mail address, we have sent a link to it. It works once, for 30 minutes. Nothing there? Check your spam folder, or check the address and try again.",
      });
    switch (asked.error.code) {
      case "not_an_email":
        return invalid({ email: NOT_ONE });
      case "too_many_attempts":
        return tooManyAttempts(asked.error.retryAt);
    }
  },
});
