import { Credits } from "@/app/_components/amounts";
import { buttonClass } from "@/app/_components/button-class";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
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
  const { locale } = where;
  return [
    {
      key: "time",
      header: "Time",
      cell: ({ at }) => <Instant value={at} variant="short" {...where} className="whitespace-nowrap" />,
    },
    { key: "category", header: "Category", cell: ({ category }) => categoryLabel(category) },
    { key: "model", header: "Model", cell: ({ resource }) => <Named text={resource} /> },
    { key: "reference", header: "Reference", cell: ({ reference }) => <Named text={reference} /> },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => <Credits value={credits} locale={locale} />,
    },
    {
      key: "from",
      header: "Taken from",
      cell: (spend) => <TakenFrom spend={spend} names={names} where={where} />,
    },
  ];
}

/** What the caller wrote, in whatever direction and however long. */
const Named = ({ text }: { readonly text: string | null }) =>
  text ? <bdi className="wrap-anywhere">{text}</bdi> : <span className="text-muted">–</span>;

function TakenFrom({
  spend,
  names,
  where,
}: {
  readonly spend: UsageSpend;
  readonly names: GrantNames;
  readonly where: Where;
}) {
  return (
    <>
      {spend.from.map(({ grant, credits }) => (
        <span key={grant?.id ?? "owed"} className="block sm:min-w-44">
          {grant ? grantSource(grant, names, where) : "Owed: none were left"}
          {spend.from.length > 1 && (
            <>
              : <Credits value={credits} locale={where.locale} />
            </>
          )}
        </span>
      ))}
      {spend.holdId && <span className="block text-muted text-sm">Reserved, then charged</span>}
    </>
  );
}
