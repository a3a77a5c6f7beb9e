import { findReset } from "@/lib/auth/reset-password";
import { deps } from "@/lib/deps";
import { ActionForm } from "../_components/action-form";
import { LinkButton } from "../_components/button";
import { NewPasswordField } from "../_components/new-password-field";
import { SubmitButton } from "../_components/submit-button";
import { SignInFrame } from "../sign-in/frame";
import { resetPasswordAction } from "./actions";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Behind the mailed link. Looking uses nothing up: the form does. */
export default async function ResetPasswordPage({ searchParams }: { readonly searchParams: Query }) {
  const { token } = await searchParams;
  const found = await findReset(deps().db, token);
  if (!found || typeof token !== "string") {
    return (
      <SignInFrame title="This link no longer works">
        <p className="mb-5">
          Links to a new password work once, for 30 minutes, and not after you signed out everywhere. Your
          password was not changed by this one.
        </p>
        <LinkButton href="/forgot-password" variant="primary" size="large" className="w-full">
          Get a new link
        </LinkButton>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Choose a new password">
      <ActionForm action={resetPasswordAction} className="space-y-4">
        <p className="break-words text-muted">
          For <bdi>{found.email}</bdi>. Wherever you are signed in, you are signed out.
        </p>
        <input type="hidden" name="token" value={token} />
        <input type="text" autoComplete="username" value={found.email} readOnly hidden />
        <NewPasswordField />
        <SubmitButton size="large" className="mt-2 w-full">
          Save the new password
        </SubmitButton>
      </ActionForm>
    </SignInFrame>
  );
}
