import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { safeCallbackPath } from "@/lib/auth/callback-url";
import { listOAuthProviders } from "@/lib/auth/config";
import { auth } from "@/lib/auth/session";
import { env } from "@/lib/env";
import { ActionForm } from "../_components/action-form";
import { buttonClass } from "../_components/button-class";
import { TextField } from "../_components/field";
import { Notice } from "../_components/notice";
import { SubmitButton } from "../_components/submit-button";
import { signInAction } from "./actions";
import { SignInFrame } from "./frame";

type Query = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const callback = safeCallbackPath(query.callbackUrl);
  if (await auth()) redirect(callback);
  const providers = listOAuthProviders();
  const problem = oauthProblem(query.error);
  const done = doneSentence(query.done);
  return (
    <SignInFrame title="Sign in">
      {done && !problem && (
        <Notice tone="success" announce className="mb-4">
          {done}
        </Notice>
      )}
      {problem && (
        <Notice tone="danger" announce className="mb-4">
          {problem}
        </Notice>
      )}
      <PasswordForm callback={callback} />
      <p className="mt-5 text-center text-sm">
        <a href="/forgot-password" className="underline">
          Forgot your password?
        </a>
      </p>
      {providers.length > 0 && (
        <div className="mt-6 space-y-3 border-line border-t pt-6">
          {providers.map((provider) => (
            <form key={provider.id} method="post" action={`/api/auth/signin/${provider.id}`}>
              <input type="hidden" name="callbackUrl" value={callback} />
              <button type="submit" className={buttonClass("secondary", "large", "w-full")}>
                Continue with {provider.name}
              </button>
            </form>
          ))}
        </div>
      )}
    </SignInFrame>
  );
}

const PasswordForm = ({ callback }: { readonly callback: string }) => (
  <ActionForm action={signInAction} className="space-y-4">
    <TextField
      name="email"
      label="E-mail"
      type="email"
      autoComplete="username"
      inputMode="email"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      required
    />
    <TextField
      name="password"
      label="Password"
      type="password"
      autoComplete="current-password"
      maxLength={1024}
      required
    />
    <input type="hidden" name="callbackUrl" value={callback} />
    <SubmitButton size="large" className="mt-2 w-full">
      Sign in
    </SubmitButton>
  </ActionForm>
);

/** What led here from a form elsewhere. */
function doneSentence(code: string | string[] | undefined): string | null {
  switch (code) {
    case "password-reset":
      return "Your new password is saved, and you are signed out everywhere. Sign in with it.";
    case "joined":
      return "You joined the account. Sign in to use it.";
    case "left":
      return "You left the account, and are signed out.";
    default:
      return null;
  }
}

function oauthProblem(code: string | string[] | undefined): ReactNode {
  switch (code) {
    case undefined:
      return null;
    case "EmailNotVerified":
      return "Your e-mail address is not verified there. Verify it with the provider and try again.";
    case "SecondStepTooLate":
      return "That took too long. Please sign in again.";
    case "SignUpRefused":
      return (
        <>
          There is no account for you yet, and sign-up is by invitation: write to{" "}
          <a href={`mailto:${env().SUPPORT_EMAIL}`} className="underline">
            {env().SUPPORT_EMAIL}
          </a>
          .
        </>
      );
    default:
      return "Signing in that way did not work. Please try again, or use your e-mail and password.";
  }
}
