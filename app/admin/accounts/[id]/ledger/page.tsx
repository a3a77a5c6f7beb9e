import { LinkButton } from "@/app/_components/button";
import { creditsCell, instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { type LedgerLine, listLedger } from "@/lib/desk/ledger";
import { toPublicId } from "@/lib/ids";
import { readSeqCursor } from "@/lib/page-cursor";
import { ledgerPath } from "../../../paths";
import { AccountHeading } from "../../account-heading";
import { loadAccount } from "../../load-account";
import { Filters } from "./filters";
import { ledgerQueryPath, readLedgerQuery } from "./ledger-query";

type Props = {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
};
type Where = { readonly locale: string; readonly timeZone: string };

/** Every movement of an account's credits, with its grant and what asked for it. */
export default async function LedgerPage({ params, searchParams }: Props) {
  const [{ id }, raw] = await Promise.all([params, searchParams]);
  const operator = await requireOperator(ledgerPath(id));
  const { account, where } = await loadAccount(operator, id);
  const { query, filter, problem } = readLedgerQuery(raw, where.timeZone);
  const before = readSeqCursor(typeof raw.before === "string" ? raw.before : null);
  const page = problem ? null : await listLedger(deps().db, account.accountId, filter, { before });
  return (
    <>
      <AccountHeading account={account} area="Ledger" />
      <Panel
        id="ledger"
        title="Entries"
        description="Newest first: so many credits of one grant, from one bucket to another."
        actions={!problem && <LinkButton href={ledgerQueryPath(id, query, { asFile: true })}>CSV</LinkButton>}
      >
        <Filters id={id} query={query} />
        {problem && (
          <Notice tone="danger" announce>
            {problem}
          </Notice>
        )}
        {page && (
          <>
            <DataTable
              caption="Entries, newest first"
              columns={columns(id, where)}
              rows={page.lines}
              rowKey={({ seq }) => seq.toString()}
              empty={page.nextCursor ? "None of these." : "No entries."}
            />
            {page.lookedThrough !== null && (
              <p className="mt-3 text-muted text-sm" role="status">
                {page.lookedThrough.toLocaleString(where.locale)} entries were looked through. There are older
                ones.
              </p>
            )}
            <PageTurner
              label="Pages of the ledger"
              newest={before === null ? null : ledgerQueryPath(id, query)}
              older={
                page.nextCursor === null ? null : ledgerQueryPath(id, query, { before: page.nextCursor })
              }
            />
          </>
        )}
      </Panel>
    </>
  );
}

const columns = (id: string, where: Where): Column<LedgerLine>[] => [
  { key: "seq", header: "No.", align: "end", cell: ({ seq }) => seq.toString() },
  {
    key: "at",
    header: "When",
    className: "sm:whitespace-nowrap",
    cell: ({ at }) => instantCell(at, "short", where),
  },
  { key: "buckets", header: "Movement", cell: ({ from, to }) => `${from} → ${to}` },
  { key: "credits", header: "Credits", align: "end", cell: ({ credits }) => creditsCell(credits, where) },
  {
    key: "grant",
    header: "Grant",
    cell: ({ grant }) =>
      grant
        ? { text: grant.kind, href: `${ledgerPath(id)}?grant=${toPublicId("grant", grant.id)}` }
        : { text: "none: debt", isMuted: true },
  },
  {
    key: "asked",
    header: "Asked for by",
    className: "[overflow-wrap:anywhere] md:min-w-40",
    cell: ({ command, holdId, category, actor, reason }) => {
      const who = actor && [actor.kind.replaceAll("_", " "), actor.name].filter(Boolean).join(" ");
      if (command)
        return {
          text: command.kind.replaceAll("_", " "),
          note: [who, reason, command.key].filter(Boolean).join(", "),
        };
      if (!category && !holdId) return NOTHING;
      return { text: "API", note: [who, holdId && toPublicId("hold", holdId)].filter(Boolean).join(", ") };
    },
  },
  {
    key: "for",
    header: "For",
    className: "md:min-w-24",
    cell: ({ category, resource, reference }) =>
      category || resource || reference ? (
        <bdi className="[overflow-wrap:anywhere]">
          {[category, resource, reference].filter(Boolean).join(", ")}
        </bdi>
      ) : (
        NOTHING
      ),
  },
];
