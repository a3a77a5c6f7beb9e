import { ActionForm } from "@/app/_components/action-form";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { MailTopic } from "@/lib/outbox/kinds";
import { MAIL_TOPICS } from "@/lib/outbox/opt-outs";
import { topicName } from "@/lib/wording/topics";
import { saveMailsAction } from "./mail-actions";

/** Which of the mails somebody wants, of those that are not always sent. */
export function MailPanel({ optOuts }: { readonly optOuts: readonly MailTopic[] }) {
  return (
    <Panel
      title="E-mails"
      id="mails"
      description="E-mails about payments, plans and the security of your account are always sent."
    >
      <ActionForm action={saveMailsAction} className="space-y-4">
        <fieldset className="space-y-2">
          <legend className="mb-1.5 font-medium text-sm">Also e-mail me about</legend>
          {MAIL_TOPICS.map((topic) => (
            <label key={topic} className="flex min-h-6 items-center gap-2.5">
              <input
                type="checkbox"
                name={topic}
                value="on"
                defaultChecked={!optOuts.includes(topic)}
                className="size-4"
              />
              {topicName(topic)}
            </label>
          ))}
        </fieldset>
        <SubmitButton variant="secondary">Save e-mail choices</SubmitButton>
      </ActionForm>
    </Panel>
  );
}
