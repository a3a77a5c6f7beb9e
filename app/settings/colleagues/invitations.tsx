import { ActionForm } from "@/app/_components/action-form";
import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { InvitationView } from "@/lib/colleagues/queries";
import { toPublicId } from "@/lib/ids";
import { Badge } from "../billing/badge";
import { inviteAction, withdrawInvitationAction } from "./actions";
import { ROLE_NAMES } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly invitations: readonly InvitationView[]; readonly where: Where };

/** Who was asked to join and has not come yet. */
export function Invitations({ invitations, where }: Props) {
  return (
    <Panel title="Invitations" id="invitations" description="Sent, and not accepted yet.">
      <ul>
        {invitations.map((each) => (
          <Invitation key={each.invitationId} invitation={each} where={where} />
        ))}
      </ul>
    </Panel>
  );
}

function Invitation({
  invitation: { invitationId, email, role, expiresAt, isExpired },
  where: { locale, timeZone },
}: {
  readonly invitation: InvitationView;
  readonly where: Where;
}) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-line border-t py-3.5 first:border-t-0 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <bdi className="min-w-0 break-words font-semibold">{email}</bdi>
          <Badge tone="sunken">{ROLE_NAMES[role]}</Badge>
        </p>
        <p className={isExpired ? "text-sm text-warn" : "text-muted text-sm"}>
          {isExpired ? "Expired " : "Open until "}
          <Instant value={expiresAt} locale={locale} timeZone={timeZone} variant="short" />
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <ActionForm action={inviteAction}>
          <input type="hidden" name="email" value={email} />
          <input type="hidden" name="role" value={role} />
          <SubmitButton variant="secondary">
            <span>
              Send again<span className="sr-only"> to {email}</span>
            </span>
          </SubmitButton>
        </ActionForm>
        <ActionForm action={withdrawInvitationAction}>
          <input type="hidden" name="invitation" value={toPublicId("invitation", invitationId)} />
          <SubmitButton variant="danger">
            <span>
              Withdraw<span className="sr-only"> the invitation of {email}</span>
            </span>
          </SubmitButton>
        </ActionForm>
      </div>
    </li>
  );
}
