import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { requireCustomer } from "@/lib/auth/session";
import { listSignInHistory } from "@/lib/auth/sign-in-history";
import { deps } from "@/lib/deps";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { readPageCursor, writePageCursor } from "@/lib/page-cursor";
import { PageTurner } from "../../billing/page-turner";
import { HistoryTable } from "../history-table";
import { SIGN_INS } from "../history-words";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** What happened at the door of one person: a year of it, by pages. */
export default async function SignInsPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(SIGN_INS)]);
  const cursor = typeof query.before === "string" ? query.before : null;
  const after = readPageCursor(cursor, (id) => fromPublicId("securityEvent", id));
  const { events, next } = await listSignInHistory(deps().db, customer.userId, { after });
  const older = next && writePageCursor({ ...next, id: toPublicId("securityEvent", next.id) });
  return (
    <>
      <PageTitle title="Sign-in history" />
      <div className="max-w-3xl space-y-4">
        <Panel
          id="sign-ins"
          title="What happened"
          description="Kept for a year. If you do not know one of these, change your password and sign out everywhere else."
        >
          <HistoryTable events={events} where={customer} />
          <PageTurner
            label="Pages of the sign-in history"
            newest={after ? SIGN_INS : null}
            older={older && `${SIGN_INS}?before=${older}`}
          />
        </Panel>
        <p>
          <PageLink href="/settings/profile" className="underline">
            Back to Profile
          </PageLink>
        </p>
      </div>
    </>
  );
}
