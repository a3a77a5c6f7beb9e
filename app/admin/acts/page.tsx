import { ActionForm } from "@/app/_components/action-form";
import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { ACTS } from "@/lib/desk/acts/acts";
import { listWaitingActs, type WaitingAct } from "@/lib/desk/acts/approve";
import { counterOf } from "@/lib/desk/acts/counter";
import { ACT_KINDS, isActKind } from "@/lib/desk/acts/kinds";
import { ACTS_PAGE, type ActView, listActs } from "@/lib/desk/acts/list";
import { ACT_NAMES } from "@/lib/desk/acts/words";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { queuePath } from "../areas";
import { accountPath } from "../paths";
import { decideWaitingAction } from "./actions";
import { ACTS_PATH, actPath } from "./acts-paths";
import { Lines } from "./lines";

type Query = Promise<Record<string, string | string[] | undefined>>;
type Where = { readonly locale: string; readonly timeZone: string };

/** What can be done, what waits for a second operator, and what was done. */
export default async function ActsPage({ searchParams }: { readonly searchParams: Query }) {
  const operator = await requireOperator(ACTS_PATH);
  const { account, before } = await searchParams;
  const where = { locale: operator.locale, timeZone: operator.timeZone };
  const accountId = fromPublicId("account", account);
  const { db } = deps();
  const [{ acts: waiting, more }, acts] = await Promise.all([
    listWaitingActs(db),
    listActs(db, { accountId, before: fromPublicId("act", before) }),
  ]);
  const shown = accountId ? toPublicId("account", accountId) : null;
  return (
    <>
      <PageTitle title="Acts" />
      <div className="space-y-5">
        {waiting.length > 0 && (
          <Panel id="waiting" title="Waiting for a second operator">
            <ul className="space-y-6">
              {waiting.map((each) => (
                <li key={each.id}>
                  <Waiting act={each} isOwn={each.askedBy === operator.userId} where={where} />
                </li>
              ))}
            </ul>
            {more > 0 && (
              <PageLink href={queuePath("approvals")} className="mt-4 inline-block underline">
                {more.toLocaleString(operator.locale)} more wait less long: all of them
              </PageLink>
            )}
          </Panel>
        )}
        <Panel
          id="do"
          title="Do something"
          description="Each shows first what it changes, and is kept with its reason."
        >
          <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
            {ACT_KINDS.filter((kind) => !ACTS[kind].onlyAsCounter).map((kind) => (
              <li key={kind}>
                <PageLink href={actPath(kind, { account: shown })} className="inline-block py-1 underline">
                  {ACT_NAMES[kind]}
                </PageLink>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel id="done" title="What was done">
          <DataTable
            caption="What operators did, the newest first"
            columns={columns(where)}
            rows={acts}
            rowKey={({ id }) => id}
            empty="Nothing was done yet."
          />
          {acts.length === ACTS_PAGE && <Older acts={acts} account={shown} />}
        </Panel>
      </div>
    </>
  );
}

function Older({ acts, account }: { readonly acts: readonly ActView[]; readonly account: string | null }) {
  const query = new URLSearchParams(account ? { account } : {});
  query.set("before", toPublicId("act", acts.at(-1)?.id ?? ""));
  return (
    <PageLink href={`${ACTS_PATH}?${query}`} className="mt-3 inline-block underline">
      Older
    </PageLink>
  );
}

const nameOf = (kind: string): string => (isActKind(kind) ? ACT_NAMES[kind] : kind.replaceAll("_", " "));

type WaitingProps = { readonly act: WaitingAct; readonly isOwn: boolean; readonly where: Where };

function Waiting({ act, isOwn, where }: WaitingProps) {
  const id = toPublicId("waitingAct", act.id);
  const account = act.accountId && toPublicId("account", act.accountId);
  return (
    <>
      <h3 className="mb-1 font-medium">{nameOf(act.kind)}</h3>
      <p className="mb-1 wrap-anywhere">
        <bdi>{act.reason}</bdi>
      </p>
      <p className="mb-2 text-muted text-sm wrap-anywhere">
        Asked for by <bdi>{act.asker ?? "somebody who is gone"}</bdi>,{" "}
        <Instant value={act.askedAt} variant="short" {...where} />
        {account && (
          <>
            , of{" "}
            <PageLink href={accountPath(account)} className="underline">
              {account}
            </PageLink>
          </>
        )}
      </p>
      <Lines lines={act.lines} where={where} />
      <div className="mt-3 flex flex-wrap gap-2">
        {!isOwn && (
          <ActionForm action={decideWaitingAction}>
            <input type="hidden" name="waiting" value={id} />
            <input type="hidden" name="agree" value="yes" />
            <SubmitButton variant="danger">Agree, and do it</SubmitButton>
          </ActionForm>
        )}
        <ActionForm action={decideWaitingAction}>
          <input type="hidden" name="waiting" value={id} />
          <input type="hidden" name="agree" value="no" />
          <SubmitButton variant="secondary">{isOwn ? "Withdraw it" : "Refuse it"}</SubmitButton>
        </ActionForm>
      </div>
    </>
  );
}

const columns = (where: Where): Column<ActView>[] => [
  { key: "at", header: "When", cell: ({ at }) => instantCell(at, "short", where) },
  {
    key: "who",
    header: "Who",
    className: "wrap-anywhere",
    cell: ({ operator, approver }) => ({
      text: operator ?? "Somebody who is gone",
      isQuoted: true,
      note: approver && `with ${approver}`,
    }),
  },
  {
    key: "what",
    header: "What",
    className: "wrap-anywhere",
    cell: ({ kind, subject }) => ({ text: nameOf(kind), note: subject }),
  },
  {
    key: "account",
    header: "Account",
    className: "wrap-anywhere",
    cell: ({ accountId }) => {
      const id = accountId && toPublicId("account", accountId);
      return id ? { text: id, href: accountPath(id) } : "None";
    },
  },
  {
    key: "reason",
    header: "Reason",
    className: "wrap-anywhere",
    cell: ({ reason }) => ({ text: reason, isQuoted: true }),
  },
  {
    key: "back",
    header: "Taking back",
    cell: (act) => {
      const counter = counterOf(act);
      if (act.takenBackBy) return "Taken back";
      if (!counter) return "Cannot be";
      return { text: "Take back", href: actPath(counter.kind, { undoes: toPublicId("act", act.id) }) };
    },
  },
];
