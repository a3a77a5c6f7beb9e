import { env } from "@/lib/env";
import { ActionForm } from "../_components/action-form";
import { TextField } from "../_components/field";
import { SubmitButton } from "../_components/submit-button";
import { SignInFrame } from "../sign-in/frame";
import { askForResetAction } from "./actions";

export default function ForgotPasswordPage() {
  const { SMTP_URL, SUPPORT_EMAIL } = env();
  return (
    <SignInFrame title="Forgot your password?">
      {SMTP_URL ? (
        <ActionForm action={askForResetAction} className="space-y-4">
          <p className="text-muted">
            Enter the e-mail address you sign in with. We will send you a link to choose a new password.
          </p>
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
          <SubmitButton size="large" className="mt-2 w-full">
            Send the link
          </SubmitButton>
        </ActionForm>
      ) : (
        <p>
          We cannot send you a link from here. Write to{" "}
          <a href={`mailto:${SUPPORT_EMAIL}`} className="underline">
            {SUPPORT_EMAIL}
          </a>{" "}
          and we will help you.
        </p>
      )}
      <p className="mt-6 border-line border-t pt-5 text-sm">
        <a href="/sign-in" className="underline">
          Back to sign in
        </a>
      </p>
    </SignInFrame>
  );
}
