import { redirect } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { SelectField } from "@/app/_components/field";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { type ColleagueView, findColleague } from "@/lib/colleagues/queries";
import { deps } from "@/lib/deps";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { changeRoleAction, removeColleagueAction } from "../actions";
import { COLLEAGUES, colleaguePath, ROLE_NAMES, ROLE_RIGHTS, ROLES } from "../words";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** One colleague's role, and the way out, for owners. */
export default async function ColleaguePage({ searchParams }: { readonly searchParams: Query }) {
  const { id } = await searchParams;
  const userId = fromPublicId("user", id);
  const customer = await requireCustomer(userId ? colleaguePath(toPublicId("user", userId)) : COLLEAGUES);
  const person =
    userId && customer.role === "owner" ? await findColleague(deps().db, customer.accountId, userId) : null;
  if (!person) redirect(COLLEAGUES);
  return (
    <>
      <PageTitle title={person.name}>
        <bdi>{person.name}</bdi>
      </PageTitle>
      <div className="max-w-2xl space-y-4">
        <RolePanel person={person} />
        <RemovePanel person={person} customer={customer} />
        <LinkButton href={COLLEAGUES}>Back to Colleagues</LinkButton>
      </div>
    </>
  );
}

function RolePanel({ person }: { readonly person: ColleagueView }) {
  return (
    <Panel title="Role" id="role" description={person.email}>
      <ActionForm action={changeRoleAction} className="space-y-4">
        <input type="hidden" name="person" value={toPublicId("user", person.userId)} />
        <SelectField name="role" label="Role" defaultValue={person.role} hint="It takes effect right away.">
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {ROLE_NAMES[role]}
            </option>
          ))}
        </SelectField>
        <dl className="space-y-1 text-sm">
          {ROLES.map((role) => (
            <div key={role}>
              <dt className="inline font-medium">{ROLE_NAMES[role]}: </dt>
              <dd className="inline text-muted">{ROLE_RIGHTS[role]}</dd>
            </div>
          ))}
        </dl>
        <SubmitButton>Save role</SubmitButton>
      </ActionForm>
    </Panel>
  );
}

function RemovePanel({ person, customer }: { readonly person: ColleagueView; readonly customer: Customer }) {
  const isSelf = person.userId === customer.userId;
  return (
    <Panel
      title={isSelf ? "Leave this account" : "Remove from this account"}
      id="remove"
      description={
        isSelf
          ? "You are signed out of it at once. Only another owner can invite you again."
          : "They are signed out of this account at once. What they did stays in its history."
      }
    >
      <ActionForm action={removeColleagueAction}>
        <input type="hidden" name="person" value={toPublicId("user", person.userId)} />
        <SubmitButton variant="danger">
          {isSelf ? (
            "Leave"
          ) : (
            <span>
              Remove <bdi>{person.name}</bdi>
            </span>
          )}
        </SubmitButton>
      </ActionForm>
    </Panel>
  );
}
