import { Credits } from "@/app/_components/amounts";
import { buttonClass } from "@/app/_components/button-class";
import { creditsCell, instantCell, NOTHING, quotedCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { Cell } from "@/app/_components/table";
import type { UsagePage, UsageSpend } from "@/lib/ledger/usage-spends";
import { grantSource } from "../grant-columns";
import type { GrantNames } from "../grant-names";
import { PageTurner } from "../page-turner";
import { categoryLabel } from "./categories";
import { type AskedFilter, exportPath, usagePath } from "./usage-query";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly names: GrantNames;
  readonly page: UsagePage;
  readonly filter: AskedFilter;
  /** Whether this is the page with the newest. */
  readonly isNewest: boolean;
  readonly where: Where;
};

/** Every spend, with what it took from which grant. */
export function Spends({ names, page: { spends, nextCursor }, filter, isNewest, where }: Props) {
  return (
    <Panel
      id="spends"
      title="Spends"
      description="Newest first, and where the credits came from. The file has them all, with times in UTC."
      actions={
        <a href={exportPath(filter)} download className={buttonClass()}>
          Download CSV
        </a>
      }
    >
      <DataTable
        caption="Spends, newest first"
        columns={columns(names, where)}
        rows={spends}
        rowKey={(each) => String(each.seq)}
        empty={
          nextCursor
            ? "None among the latest entries. There may be older ones."
            : isNewest
              ? "Nothing was used."
              : "There are no older ones."
        }
      />
      <PageTurner
        label="Pages of spends"
        newest={isNewest ? null : `${usagePath(filter)}#spends`}
        older={nextCursor && usagePath({ ...filter, before: nextCursor })}
      />
    </Panel>
  );
}

function columns(names: GrantNames, where: Where): Column<UsageSpend>[] {
  return [
    {
      key: "time",
      header: "Time",
      cell: ({ at }) => instantCell(at, "short", where),
      className: "whitespace-nowrap",
    },
    { key: "category", header: "Category", cell: ({ category }) => categoryLabel(category) },
    { key: "model", header: "Model", cell: ({ resource }) => named(resource) },
    { key: "reference", header: "Reference", cell: ({ reference }) => named(reference) },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => creditsCell(credits, where),
    },
    {
      key: "from",
      header: "Taken from",
      cell: (spend) => takenFrom(spend, names, where),
      className: "sm:min-w-[11.5rem]",
    },
  ];
}

const named = (text: string | null): Cell => (text ? quotedCell(text) : NOTHING);

/** Most took from one grant, at once: a text. */
function takenFrom(spend: UsageSpend, names: GrantNames, where: Where): Cell {
  const nameOf = ({ grant }: UsageSpend["from"][number]) =>
    grant ? grantSource(grant, names, where) : "Owed: none were left";
  const [first] = spend.from;
  const note = spend.holdId && "Reserved, then charged";
  if (first && spend.from.length === 1) return note ? { text: nameOf(first), note } : nameOf(first);
  return (
    <>
      {spend.from.map((taken) => (
        <span key={taken.grant?.id ?? "owed"} className="block">
          {nameOf(taken)}: <Credits value={taken.credits} locale={where.locale} />
        </span>
      ))}
      {note && <span className="block text-muted text-sm">{note}</span>}
    </>
  );
}
