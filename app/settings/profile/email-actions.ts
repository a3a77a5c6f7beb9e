"use server";

import { headers } from "next/headers";
import { z } from "zod";
import { waitText } from "@/app/sign-in/wait-text";
import { customerAction, done, failed, invalid } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import { askForEmailChange, type ChangeRefusal } from "@/lib/auth/change-email";
import { hasPassword } from "@/lib/auth/profile";
import { unreachable } from "@/lib/result";

const MISSING = "Enter your new e-mail address.";
const NOT_ONE = "Enter an e-mail address, such as ada@example.com.";

export const changeEmailAction = customerAction({
  input: z.object({
    newEmail: z.string({ error: MISSING }).trim().min(1, MISSING).max(254, NOT_ONE),
    password: z.string().max(1_024, "That is not your password.").optional(),
  }),
  echo: ["newEmail"],
  run: async ({ input, customer, deps }) => {
    const { userId, accountId, sessionId } = customer;
    const needsPassword = await hasPassword(deps, userId);
    if (needsPassword && !input.password) return invalid({ password: "Enter your password." });
    const person = { userId, accountId, sessionId, caller: callerOf(await headers()) };
    const asked = await askForEmailChange(deps, person, {
      email: input.newEmail,
      password: needsPassword ? (input.password ?? "") : null,
    });
    if (!asked.ok) return changeProblem(asked.error);
    return done({
      message: `We sent a link to ${asked.value.email}. Your address changes when you open it within a day, signed in as you are here. Until then everything stays as it is.`,
    });
  },
});

function changeProblem(error: ChangeRefusal) {
  switch (error.code) {
    case "not_an_email":
      return invalid({ newEmail: NOT_ONE });
    case "same_email":
      return invalid({ newEmail: "This is already your address." });
    case "wrong_password":
      return invalid({ password: "That is not your password." });
    case "not_fresh":
      return failed(error.code, "Please sign out and in again first, so that we know it is you.");
    case "too_many_attempts":
      return failed(
        error.code,
        `There were too many attempts. Please try again in ${waitText(error.retryAt)}.`,
      );
    default:
      return unreachable(error);
  }
}
