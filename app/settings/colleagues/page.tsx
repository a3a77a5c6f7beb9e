import { Notice } from "@/app/_components/notice";
import { PageTitle } from "@/app/_components/page-title";
import { Facts, Panel } from "@/app/_components/panel";
import { requireCustomer } from "@/lib/auth/session";
import { type ColleagueView, listColleagues, listOpenInvitations } from "@/lib/colleagues/queries";
import { deps } from "@/lib/deps";
import { oneOf } from "@/lib/wording/names";
import { ColleagueList } from "./colleague-list";
import { Invitations } from "./invitations";
import { InviteForm } from "./invite-form";
import { COLLEAGUES, COLLEAGUES_DONE, DONE_SENTENCES, ROLE_NAMES, ROLE_RIGHTS, ROLES } from "./words";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Who belongs to the account, and what each may do. Owners change it; everybody else sees whom to ask. */
export default async function ColleaguesPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(COLLEAGUES)]);
  const isOwner = customer.role === "owner";
  const { db } = deps();
  const [colleagues, invitations] = await Promise.all([
    listColleagues(db, customer.accountId),
    isOwner ? listOpenInvitations(db, customer.accountId) : [],
  ]);
  const done = COLLEAGUES_DONE.find((each) => each === query.done);
  return (
    <>
      <PageTitle title="Colleagues" />
      <div className="max-w-3xl space-y-4">
        {done && (
          <Notice tone="success" announce>
            {DONE_SENTENCES[done]}
          </Notice>
        )}
        {!isOwner && <WhomToAsk role={customer.role} colleagues={colleagues} />}
        <Panel
          title="People"
          id="people"
          description="Everybody who can sign in to this account."
          actions={<span className="text-muted text-sm tabular-nums">{colleagues.length}</span>}
        >
          <ColleagueList colleagues={colleagues} customer={customer} />
        </Panel>
        {isOwner && <InviteForm />}
        {invitations.length > 0 && <Invitations invitations={invitations} where={customer} />}
        <Panel title="What each role can do" id="roles">
          <Facts className="space-y-3">
            {ROLES.map((role) => (
              <div key={role} className="sm:grid sm:grid-cols-[6rem_minmax(0,1fr)] sm:gap-4">
                <dt className="font-medium">{ROLE_NAMES[role]}</dt>
                <dd className="text-muted">{ROLE_RIGHTS[role]}</dd>
              </div>
            ))}
          </Facts>
        </Panel>
      </div>
    </>
  );
}

function WhomToAsk({
  role,
  colleagues,
}: {
  readonly role: "owner" | "billing" | "member";
  readonly colleagues: readonly ColleagueView[];
}) {
  const owners = colleagues.filter((each) => each.role === "owner" && !each.isDisabled);
  return (
    <Panel title={`You are a ${ROLE_NAMES[role].toLowerCase()} of this account`} id="your-role">
      <p className="max-w-prose">{ROLE_RIGHTS[role]}</p>
      {owners.length > 0 && (
        <p className="mt-2 max-w-prose">
          For anything else, ask {oneOf(owners.slice(0, 3).map(({ name }) => name))}.
        </p>
      )}
    </Panel>
  );
}
