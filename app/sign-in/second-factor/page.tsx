import { redirect } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { TextField } from "@/app/_components/field";
import { SubmitButton } from "@/app/_components/submit-button";
import { safeCallbackPath, signInPath } from "@/lib/auth/callback-url";
import { findHalfSignedIn, secondStepPath } from "@/lib/auth/second-step";
import { auth } from "@/lib/auth/session";
import { secondStepAction } from "../actions";
import { SignInFrame } from "../frame";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** The second step of signing in, for who has a second factor: a code of their app, or a recovery code. */
export default async function SecondStepPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const callback = safeCallbackPath(query.callbackUrl);
  // Before who is signed in: it may be somebody else, whose session this sign-in takes the place of.
  if (!(await findHalfSignedIn())) redirect((await auth()) ? callback : signInPath(callback));
  const withRecoveryCode = query.with === "recovery-code";
  const here = secondStepPath(callback);
  return (
    <SignInFrame title="Second factor">
      <ActionForm action={secondStepAction} className="space-y-4">
        {withRecoveryCode ? (
          <TextField
            name="code"
            label="Recovery code"
            hint="One of those you kept when you set up your second factor. Each works once."
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={40}
            required
          />
        ) : (
          <TextField
            name="code"
            label="Code"
            hint="The 6 digits your authenticator app shows now."
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={40}
            autoFocus
            required
          />
        )}
        <input type="hidden" name="callbackUrl" value={callback} />
        <SubmitButton size="large" className="mt-2 w-full">
          Continue
        </SubmitButton>
      </ActionForm>
      <p className="mt-6 flex flex-wrap justify-between gap-x-6 gap-y-2 border-line border-t pt-5 text-sm">
        {withRecoveryCode ? (
          <a href={here} className="underline">
            Use the app instead
          </a>
        ) : (
          <a href={`${here}&with=recovery-code`} className="underline">
            Use a recovery code
          </a>
        )}
        <a href={signInPath(callback)} className="underline">
          Sign in as somebody else
        </a>
      </p>
    </SignInFrame>
  );
}
