"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { SECOND_FACTOR_PATH } from "@/app/settings/profile/second-factor/path";
import { failed, invalid, publicAction } from "@/lib/action";
import { safeCallbackPath } from "@/lib/auth/callback-url";
import { callerOf } from "@/lib/auth/caller";
import { needsFactor } from "@/lib/auth/operators-factor";
import { finishSignIn, secondStepPath, wantsSecondStep } from "@/lib/auth/second-step";
import { browserKnowing, endSession, startSession } from "@/lib/auth/session";
import { type SignInRefusal, signIn } from "@/lib/auth/sign-in";
import { unreachable } from "@/lib/result";
import { codeRefusal } from "./code-refusal";
import { waitText } from "./wait-text";

const MISSING_CODE = "Enter a code.";

export const signInAction = publicAction({
  input: z.object({
    email: z.string({ error: "Enter your e-mail address." }).trim().min(1, "Enter your e-mail address."),
    password: z.string({ error: "Enter your password." }).min(1, "Enter your password."),
    callbackUrl: z.string().optional(),
  }),
  echo: ["email"],
  run: async ({ input, deps }) => {
    const { email, password } = input;
    const caller = callerOf(await headers());
    const result = await signIn(deps, { email, password, caller, browserKnowing: await browserKnowing() });
    if (!result.ok) return refusal(result.error);
    if (await wantsSecondStep(result.value, "password")) redirect(secondStepPath(input.callbackUrl));
    await startSession(result.value);
    if (await needsFactor(deps.db, result.value.userId)) redirect(SECOND_FACTOR_PATH);
    redirect(safeCallbackPath(input.callbackUrl));
  },
});

export const secondStepAction = publicAction({
  input: z.object({
    code: z.string({ error: MISSING_CODE }).trim().min(1, MISSING_CODE).max(100, MISSING_CODE),
    callbackUrl: z.string().optional(),
  }),
  run: async ({ input }) => {
    const result = await finishSignIn(input.code);
    if (result.ok) redirect(safeCallbackPath(input.callbackUrl));
    if (result.error.code === "too_late") redirect("/sign-in?error=SecondStepTooLate");
    return codeRefusal(result.error);
  },
});

function refusal(error: SignInRefusal) {
  switch (error.code) {
    case "wrong_credentials":
      return invalid({}, "Wrong e-mail or password. Check both and try again.");
    case "no_account":
      return failed(
        error.code,
        "You no longer belong to an account. Ask an owner of the account to invite you again.",
      );
    case "address_refused":
      return failed(
        error.code,
        `There were too many attempts from where you are. Please try again in ${waitText(error.retryAt)}, or in a browser you signed in with before.`,
      );
    case "crowded":
      return failed(
        error.code,
        "There are many attempts to sign in with this e-mail address right now, so it takes longer in a browser you have not used before. Please try again in a minute.",
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
