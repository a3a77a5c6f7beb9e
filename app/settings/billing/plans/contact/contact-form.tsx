import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { TextAreaField, TextField } from "@/app/_components/field";
import { SubmitButton } from "@/app/_components/submit-button";
import {
  MAX_CONTACT_COMPANY,
  MAX_CONTACT_MESSAGE,
  MAX_CONTACT_NAME,
  MIN_CONTACT_MESSAGE,
} from "@/lib/contact/read-contact";
import { PLANS } from "../../paths";
import { requestContactAction } from "./actions";

type Props = { readonly name: string; readonly email: string };

export function ContactForm({ name, email }: Props) {
  return (
    <ActionForm action={requestContactAction} className="space-y-4">
      <input type="hidden" name="requestId" value={crypto.randomUUID()} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          name="name"
          label="Name"
          defaultValue={name}
          autoComplete="name"
          maxLength={MAX_CONTACT_NAME}
          dir="auto"
          required
        />
        <TextField
          name="company"
          label="Company (optional)"
          autoComplete="organization"
          maxLength={MAX_CONTACT_COMPANY}
          dir="auto"
        />
      </div>
      <TextAreaField
        name="message"
        label="What do you need?"
        hint={`Credits a month, how many people, anything special. ${MIN_CONTACT_MESSAGE} to ${MAX_CONTACT_MESSAGE} characters.`}
        rows={7}
        minLength={MIN_CONTACT_MESSAGE}
        maxLength={MAX_CONTACT_MESSAGE}
        dir="auto"
        required
      />
      <p className="text-muted text-sm">
        We answer to <bdi className="break-all text-ink">{email}</bdi>.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <SubmitButton>Send request</SubmitButton>
        <LinkButton href={PLANS} variant="secondary">
          Back to Plans
        </LinkButton>
      </div>
    </ActionForm>
  );
}
