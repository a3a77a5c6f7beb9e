import { ActionForm } from "@/app/_components/action-form";
import { SelectField, TextField } from "@/app/_components/field";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { env } from "@/lib/env";
import { inviteAction } from "./actions";
import { ROLE_NAMES, ROLES } from "./words";

/** Asks somebody into the account, where there is a mail server to ask with. */
export function InviteForm() {
  const { SMTP_URL, SIGN_UP, SUPPORT_EMAIL } = env();
  if (!SMTP_URL) {
    return (
      <Panel title="Invite a colleague" id="invite">
        <p className="max-w-prose">
          Invitations cannot be sent from here. Write to{" "}
          <a href={`mailto:${SUPPORT_EMAIL}`} className="underline">
            {SUPPORT_EMAIL}
          </a>{" "}
          and tell us who is to join.
        </p>
      </Panel>
    );
  }
  return (
    <Panel
      title="Invite a colleague"
      id="invite"
      description={
        SIGN_UP === "closed"
          ? `We send a link that works once, for a week. It works for people who can already sign in here; for somebody new, write to ${SUPPORT_EMAIL} first.`
          : "We send a link that works once, for a week."
      }
    >
      <ActionForm action={inviteAction}>
        <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_10rem]">
          <TextField
            name="email"
            label="E-mail"
            type="email"
            autoComplete="off"
            inputMode="email"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={254}
            required
          />
          <SelectField name="role" label="Role" defaultValue="member">
            {ROLES.toReversed().map((role) => (
              <option key={role} value={role}>
                {ROLE_NAMES[role]}
              </option>
            ))}
          </SelectField>
        </div>
        <SubmitButton className="mt-4">Send invitation</SubmitButton>
      </ActionForm>
    </Panel>
  );
}
