import { ActionForm } from "@/app/_components/action-form";
import { TextField } from "@/app/_components/field";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { env } from "@/lib/env";
import { changeEmailAction } from "./email-actions";

type Props = {
  readonly email: string;
  readonly hasPassword: boolean;
  /** Whether the form before this page made it another one. */
  readonly isChanged: boolean;
};

/** The address somebody signs in with, and how to change it where there is a mail server to confirm it by. */
export function EmailPanel({ email, hasPassword, isChanged }: Props) {
  const { SMTP_URL, SUPPORT_EMAIL } = env();
  return (
    <Panel title="E-mail" id="email" description="You sign in with it, and we send e-mails to it.">
      {isChanged && (
        <Notice tone="success" announce className="mb-4">
          Your e-mail address is changed. You are signed out everywhere else.
        </Notice>
      )}
      <p className="mb-4 break-words">
        <bdi className="font-medium">{email}</bdi>
      </p>
      {SMTP_URL ? (
        <ActionForm action={changeEmailAction} className="space-y-4">
          <TextField
            name="newEmail"
            label="New e-mail"
            hint="We send a link to it. Your address changes when you open the link and confirm, and we let the old one know."
            type="email"
            autoComplete="email"
            inputMode="email"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={254}
            required
          />
          {hasPassword && (
            <TextField
              name="password"
              label="Your password"
              type="password"
              autoComplete="current-password"
              maxLength={1024}
              required
            />
          )}
          <SubmitButton variant="secondary">Change e-mail</SubmitButton>
        </ActionForm>
      ) : (
        <p className="text-muted text-sm">
          To change it, write to{" "}
          <a href={`mailto:${SUPPORT_EMAIL}`} className="underline">
            {SUPPORT_EMAIL}
          </a>
          .
        </p>
      )}
    </Panel>
  );
}
