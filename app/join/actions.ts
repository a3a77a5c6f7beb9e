"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { passwordSentence } from "@/app/sign-in/password-words";
import { tooManyAttempts } from "@/app/sign-in/wait-text";
import { failed, hiddenField, invalid, publicAction } from "@/lib/action";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { callerOf } from "@/lib/auth/caller";
import { MAX_NAME_LENGTH } from "@/lib/auth/profile";
import { auth, startSession } from "@/lib/auth/session";
import { type JoinRefusal, joinAccount } from "@/lib/colleagues/join";
import { env } from "@/lib/env";

export const joinAction = publicAction({
  input: z.object({
    token: hiddenField(100),
    name: z.string().trim().optional(),
    newPassword: z.string().optional(),
  }),
  echo: ["name"],
  run: async ({ input, deps }) => {
    const { SIGN_UP, PRODUCT_NAME } = env();
    const { token, name, newPassword } = input;
    const customer = await auth();
    const isNew = name !== undefined || newPassword !== undefined;
    if (isNew && !name) return invalid({ name: "Enter your name." });
    if (isNew && !newPassword) return invalid({ newPassword: "Choose a password." });
    const joined = await joinAccount(
      { ...deps, signUp: SIGN_UP, productName: PRODUCT_NAME },
      {
        token,
        signedInAs: customer?.userId ?? null,
        newPerson: isNew ? { name: name ?? "", password: newPassword ?? "" } : null,
        caller: callerOf(await headers()),
      },
    );
    if (!joined.ok) return joinProblem(joined.error);
    const { mayBegin, ...subject } = joined.value;
    if (!mayBegin) redirect("/sign-in?done=joined");
    // Who was signed in already goes on in the new account; who is new proved that the address is theirs.
    await startSession(subject, customer?.userId === subject.userId ? "again" : "password");
    redirect(HOME_PATH);
  },
});

function joinProblem(error: JoinRefusal) {
  const { SUPPORT_EMAIL } = env();
  switch (error.code) {
    case "link_over":
      return failed(
        error.code,
        "This invitation is over: it was accepted, withdrawn or sent again, or is too old. Nothing was changed.",
      );
    case "must_sign_in":
      return failed(error.code, "Sign in with the address that was invited, then open the link again.");
    case "sign_up_closed":
      return failed(
        error.code,
        `Sign-up is closed, and nobody signs in with this address yet. Write to ${SUPPORT_EMAIL}.`,
      );
    case "disabled":
      return failed(error.code, `You cannot sign in here at the moment. Write to ${SUPPORT_EMAIL}.`);
    case "refresh":
      return failed(
        error.code,
        "Something changed since you opened this page. Please open the link in your e-mail again.",
      );
    case "bad_name":
      return invalid({ name: `Enter a name of at most ${MAX_NAME_LENGTH} characters.` });
    case "too_many_attempts":
      return tooManyAttempts(error.retryAt);
    default:
      return invalid({ newPassword: passwordSentence(error) });
  }
}
