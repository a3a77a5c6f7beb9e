"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { failed, invalid, publicAction } from "@/lib/action";
import { safeCallbackPath } from "@/lib/auth/callback-url";
import { callerOf } from "@/lib/auth/caller";
import { rememberTimeZone } from "@/lib/auth/profile";
import { endSession, startSession } from "@/lib/auth/session";
import { type SignInRefusal, signIn } from "@/lib/auth/sign-in";
import { unreachable } from "@/lib/result";
import { waitText } from "./wait-text";

export const signInAction = publicAction({
  input: z.object({
    email: z.string({ error: "Enter your e-mail address." }).trim().min(1, "Enter your e-mail address."),
    password: z.string({ error: "Enter your password." }).min(1, "Enter your password."),
    callbackUrl: z.string().optional(),
    timeZone: z.string().optional(),
  }),
  echo: ["email"],
  run: async ({ input, deps }) => {
    const { address } = callerOf(await headers());
    const result = await signIn(deps, { email: input.email, password: input.password, address });
    if (!result.ok) return refusal(result.error);
    await rememberTimeZone(deps, result.value.userId, input.timeZone);
    await startSession(result.value);
    redirect(safeCallbackPath(input.callbackUrl));
  },
});

function refusal(error: SignInRefusal) {
  switch (error.code) {
    case "wrong_credentials":
      return invalid({}, "That e-mail and password do not belong together. Check both and try again.");
    case "too_many_attempts":
      return failed(
        error.code,
        `There were too many attempts. Please try again in ${waitText(error.retryAt)}.`,
      );
    default:
      return unreachable(error);
  }
}

export const signOutAction = publicAction({
  input: z.object({}),
  run: async () => {
    await endSession();
    redirect("/sign-in");
  },
});
