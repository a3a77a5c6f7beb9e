"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { z } from "zod";
import { codeRefusal } from "@/app/sign-in/code-refusal";
import { signInRefusal } from "@/app/sign-in/sign-in-refusal";
import { customerAction, failed, invalid } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { DESK_PATH, safeDeskPath } from "@/lib/auth/desk-path";
import { factorDeps } from "@/lib/auth/second-step";
import { browserKnowing } from "@/lib/auth/session";
import { type StepUpRefusal, stepUp } from "@/lib/auth/step-up";

/** Not `operatorAction`, which it opens the way to. */
export const stepUpAction = customerAction({
  input: z.object({
    password: z.string().max(1_024).optional(),
    code: z.string().trim().max(100).optional(),
    callbackUrl: z.string().optional(),
  }),
  run: async ({ input, customer }) => {
    if (!customer.isOperator) notFound();
    const result = await stepUp(factorDeps(), customer, {
      password: input.password ?? "",
      code: input.code ?? "",
      caller: callerOf(await headers()),
      browser: (await browserKnowing())(customer.userId),
    });
    if (!result.ok) return refusal(result.error);
    // The shell shows who may be here: what the browser keeps of it was drawn for a closed desk.
    revalidatePath(DESK_PATH, "layout");
    redirect(safeDeskPath(input.callbackUrl));
  },
});

function refusal(error: StepUpRefusal) {
  switch (error.code) {
    case "wrong_credentials":
      return invalid({ password: "That is not your password." });
    case "code_missing":
      return invalid({ code: "Enter a code. Your password has to be entered with it." });
    case "not_fresh":
      return failed(
        error.code,
        "You came from your sign-in provider too long ago. Load this page again, and go on from there.",
      );
    case "wrong_code":
    case "too_many_attempts":
      return codeRefusal(error);
    default:
      return signInRefusal(error);
  }
}
