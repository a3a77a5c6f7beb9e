"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { SECOND_FACTOR_PATH } from "@/app/settings/profile/second-factor/path";
import type { Database } from "@/db/client";
import { publicAction } from "@/lib/action";
import { HOME_PATH, safeCallbackPath } from "@/lib/auth/callback-url";
import { callerOf } from "@/lib/auth/caller";
import { findDesk, needsFactor } from "@/lib/auth/operators-factor";
import { finishSignIn, secondStepPath, wantsSecondStep } from "@/lib/auth/second-step";
import { browserKnowing, endSession, startSession } from "@/lib/auth/session";
import { signIn } from "@/lib/auth/sign-in";
import { codeRefusal } from "./code-refusal";
import { signInRefusal } from "./sign-in-refusal";

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
    if (!result.ok) return signInRefusal(result.error);
    if (await wantsSecondStep(result.value, "password")) redirect(secondStepPath(input.callbackUrl));
    await startSession(result.value);
    if (await needsFactor(deps.db, result.value.userId)) redirect(SECOND_FACTOR_PATH);
    redirect(await wayOn(deps.db, result.value.userId, input.callbackUrl));
  },
});

/** Where somebody was going; who runs the product and was going nowhere in particular, to the desk. */
async function wayOn(db: Database, userId: string, callback: unknown): Promise<string> {
  const path = safeCallbackPath(callback);
  return (path === HOME_PATH && (await findDesk(db, userId))) || path;
}

export const secondStepAction = publicAction({
  input: z.object({
    code: z.string({ error: MISSING_CODE }).trim().min(1, MISSING_CODE).max(100, MISSING_CODE),
    callbackUrl: z.string().optional(),
  }),
  run: async ({ input, deps }) => {
    const result = await finishSignIn(input.code);
    if (result.ok) redirect(await wayOn(deps.db, result.value.userId, input.callbackUrl));
    if (result.error.code === "too_late") redirect("/sign-in?error=SecondStepTooLate");
    return codeRefusal(result.error);
  },
});

export const signOutAction = publicAction({
  input: z.object({}),
  run: async () => {
    await endSession();
    redirect("/sign-in");
  },
});
