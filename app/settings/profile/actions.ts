"use server";

import { refresh } from "next/cache";
import { headers } from "next/headers";
import { z } from "zod";
import { passwordSentence } from "@/app/sign-in/password-words";
import { waitText } from "@/app/sign-in/wait-text";
import { customerAction, done, failed, invalid, textField } from "@/lib/action";
import { callerOf } from "@/lib/auth/caller";
import {
  type ChangePasswordRefusal,
  changePassword,
  MAX_NAME_LENGTH,
  type ProfileProblem,
  saveProfile,
} from "@/lib/auth/profile";
import { recordSecurityEvent } from "@/lib/auth/security-events";
import { startSession } from "@/lib/auth/session";
import { env } from "@/lib/env";
import { unreachable } from "@/lib/result";
import { FOLLOW_BROWSER } from "./paths";

export const saveProfileAction = customerAction({
  input: z.object({
    name: textField({ max: MAX_NAME_LENGTH, missing: "Enter your name." }),
    locale: textField({ max: 35, missing: "Choose how numbers and dates are written." }),
    timeZone: textField({ max: 64, missing: "Choose a time zone." }),
  }),
  echo: ["name", "locale", "timeZone"],
  run: async ({ input, customer, deps }) => {
    const timeZone = input.timeZone === FOLLOW_BROWSER ? null : input.timeZone;
    const result = await saveProfile(deps, customer.userId, { ...input, timeZone });
    if (!result.ok) return profileProblem(result.error);
    refresh();
    return done({ message: "Your profile is saved." });
  },
});

function profileProblem({ code }: ProfileProblem) {
  switch (code) {
    case "bad_name":
      return invalid({ name: `Enter a name of at most ${MAX_NAME_LENGTH} characters.` });
    case "unknown_locale":
      return invalid({ locale: "Choose one from the list." });
    case "unknown_time_zone":
      return invalid({ timeZone: "Choose one from the list." });
    default:
      return unreachable(code);
  }
}

export const changePasswordAction = customerAction({
  input: z.object({
    currentPassword: z
      .string({ error: "Enter your current password." })
      .min(1, "Enter your current password."),
    newPassword: z.string({ error: "Enter a new password." }).min(1, "Enter a new password."),
  }),
  run: async ({ input, customer, deps }) => {
    const result = await changePassword(deps, customer.userId, {
      current: input.currentPassword,
      next: input.newPassword,
      owner: { email: customer.email, name: customer.name, productName: env().PRODUCT_NAME },
    });
    if (!result.ok) return passwordProblem(result.error);
    const { userId, accountId } = customer;
    const caller = callerOf(await headers());
    await recordSecurityEvent(deps, { kind: "password_changed", userId, accountId, caller });
    const { sessionVersion } = result.value;
    await startSession({ userId, accountId, sessionVersion }, "again");
    return done({ message: "Your password is changed. You are signed out everywhere else." });
  },
});

function passwordProblem(error: ChangePasswordRefusal) {
  switch (error.code) {
    case "wrong_password":
      return invalid({ currentPassword: "That is not your current password." });
    case "changed_meanwhile":
      return failed(error.code, "Your password was just changed somewhere else. Please sign in again.");
    case "too_many_attempts":
      return failed(
        error.code,
        `There were too many attempts. Please try again in ${waitText(error.retryAt)}.`,
      );
    default:
      return invalid({ newPassword: passwordSentence(error) });
  }
}
