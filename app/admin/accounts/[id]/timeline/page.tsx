import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import { FilterLinks } from "@/app/settings/billing/filter-fields";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import {
  listTimeline,
  readTimelineCursor,
  TIMELINE_KINDS,
  type TimelineKind,
  type TimelineRow,
  writeTimelineCursor,
} from "@/lib/desk/timeline";
import { timelinePath } from "../../../paths";
import { AccountHeading } from "../../account-heading";
import { loadAccount } from "../../load-account";
import { happened } from "./happened";

type Props = {
  readonly params: Promise<{ readonly id: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
};
type Where = { readonly locale: string; readonly timeZone: string; readonly account: string };

const KINDS: Readonly<Record<TimelineKind, string>> = {
  orders: "Orders",
  payments: "Payments",
  returns: "Refunds and disputes",
  events: "Events",
  entries: "Ledger",
  usage: "Usage",
  mails: "Mails",
  sign_ins: "Sign-ins",
  operators: "Operators",
};

/** What happened to an account, newest first, in the operator's time zone. */
export default async function TimelinePage({ params, searchParams }: Props) {
  const [{ id }, query] = await Promise.all([params, searchParams]);
  const operator = await requireOperator(timelinePath(id));
  const { account, where } = await loadAccount(operator, id);
  const kind = TIMELINE_KINDS.find((each) => each === query.kind) ?? null;
  const before = readTimelineCursor(typeof query.before === "string" ? query.before : null);
  const page = await listTimeline(deps().db, account, { before, ...(kind && { kinds: [kind] }) });
  const pathOf = (shown: TimelineKind | null, cursor: string | null = null) => {
    const asked = new URLSearchParams([
      ...(shown ? [["kind", shown]] : []),
      ...(cursor ? [["before", cursor]] : []),
    ]);
    return `${timelinePath(id)}${asked.size > 0 ? `?${asked}` : ""}`;
  };
  return (
    <>
      <AccountHeading account={account} area="Timeline" />
      <Panel id="timeline" title="What happened" description="Newest first. Spends are added up per hour.">
        <div className="mb-4">
          <FilterLinks
            label="What is shown"
            choices={[
              { href: pathOf(null), label: "Everything", current: kind === null },
              ...TIMELINE_KINDS.map((each) => ({
                href: pathOf(each),
                label: KINDS[each],
                current: each === kind,
              })),
            ]}
          />
        </div>
        <DataTable
          caption="What happened, newest first"
          columns={columns({ ...where, account: id })}
          rows={page.rows}
          rowKey={({ key }) => key}
          empty={before ? "Nothing happened before." : "Nothing happened yet."}
        />
        <PageTurner
          label="Pages of the timeline"
          newest={before ? pathOf(kind) : null}
          older={page.nextCursor && pathOf(kind, writeTimelineCursor(page.nextCursor))}
        />
      </Panel>
    </>
  );
}

const columns = (where: Where): Column<TimelineRow>[] => [
  {
    key: "at",
    header: "When",
    className: "sm:whitespace-nowrap",
    cell: ({ at }) => instantCell(at, "short", where),
  },
  { key: "kind", header: "Of", cell: ({ kind }) => KINDS[kind] },
  {
    key: "what",
    header: "What",
    cell: (row) => {
      const { text, detail, href } = happened(row, where);
      return (
        <>
          {href ? (
            <a href={href} className="underline">
              {text}
            </a>
          ) : (
            text
          )}
          {detail && <bdi className="block text-muted text-sm [overflow-wrap:anywhere]">{detail}</bdi>}
        </>
      );
    },
  },
];
