import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { readDay } from "@/app/settings/billing/days";
import { FilterLinks } from "@/app/settings/billing/filter-fields";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { type ComparedDay, findComparedDay, listComparedDays } from "@/lib/desk/reconciliation/days";
import { type LastRun, listLastRuns } from "@/lib/desk/reconciliation/runs";
import { formatMinor } from "@/lib/money/format";
import { countWaiting, type Waiting } from "@/lib/reconciliation/waiting";
import { RECONCILIATION, single } from "../areas";
import { waitedFor } from "../waited-for";
import { DayLines } from "./day-lines";
import { Findings } from "./findings";

type Where = { readonly locale: string; readonly timeZone: string };
type Query = Promise<Record<string, string | string[] | undefined>>;

const DAYS_A_PAGE = 31;

/** Whether the books are what their entries say, and each day's money what Stripe says. */
export default async function ReconciliationPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const operator = await requireOperator(RECONCILIATION);
  const { db } = deps();
  const onlyDrift = single(query, "show") === "differences";
  const [before, asked] = [readDay(query.before), readDay(query.day)];
  if (asked) {
    const one = await findComparedDay(db, { of: asked, from: readFrom(single(query, "from")) });
    return <OneDay asked={asked} day={one} locale={operator.locale} />;
  }
  const [runs, { days, next }, waiting] = await Promise.all([
    listLastRuns(db),
    listComparedDays(db, { before, most: DAYS_A_PAGE, onlyDrift }),
    countWaiting(db),
  ]);
  const withLines = days.filter(({ lines, unreadable }) => lines.length + unreadable > 0);
  return (
    <>
      <PageTitle title="Reconciliation" />
      <div className="space-y-5">
        <Runs runs={runs} where={operator} />
        {runs.some(({ kind, found }) => kind !== "stripe" && found.length > 0) && (
          <Findings runs={runs.filter(({ kind }) => kind !== "stripe")} />
        )}
        {withLines.map((day) => (
          <DayLines key={day.day} day={day} locale={operator.locale} />
        ))}
        <Days days={days} where={operator} onlyDrift={onlyDrift} before={before} next={next} />
        <WaitingToo waiting={waiting} />
      </div>
    </>
  );
}

/** The first line, counted from 0, of those that are shown; where that is no number, the first of all. */
const readFrom = (text: string | null): number => (text && /^\d{1,7}$/.test(text) ? Number(text) : 0);

type OneDayProps = { readonly asked: string; readonly day: ComparedDay | null; readonly locale: string };

/** All differences of a day, a part of them at a time. */
function OneDay({ asked, day, locale }: OneDayProps) {
  return (
    <>
      <PageTitle title={`Reconciliation of ${asked}`} />
      {day && day.kept + day.unreadable > 0 ? (
        <DayLines day={day} locale={locale} />
      ) : (
        <p>{day ? "This day has no difference." : "This day was not compared."}</p>
      )}
      <p className="mt-4">
        <PageLink className="underline" href={RECONCILIATION}>
          All days
        </PageLink>
      </p>
    </>
  );
}

const KINDS: Readonly<Record<LastRun["kind"], string>> = {
  books_full: "All books with all their entries",
  books_moved: "Books that moved, with their new entries",
  stripe: "Days with Stripe",
};

function Runs({ runs, where }: { readonly runs: readonly LastRun[]; readonly where: Where }) {
  const columns: Column<LastRun>[] = [
    { key: "kind", header: "What was compared", cell: ({ kind }) => KINDS[kind] },
    { key: "when", header: "Last time", cell: ({ finishedAt }) => instantCell(finishedAt, "short", where) },
    {
      key: "figures",
      header: "Looked at",
      cell: ({ figures }) =>
        Object.entries(figures)
          .map(([name, figure]) => `${Number(figure).toLocaleString(where.locale)} ${name}`)
          .join(", ") || "–",
    },
    { key: "drift", header: "Differences", align: "end", cell: ({ drift }) => driftCell(drift) },
  ];
  return (
    <Panel
      id="runs"
      title="Last comparisons"
      description="They run every night; days with Stripe count all that were ever compared. npm run reconcile compares at once, and with --repair --apply mends what can be derived anew."
    >
      <DataTable
        caption="The last comparison of each kind"
        columns={columns}
        rows={runs}
        rowKey={({ kind }) => kind}
        empty="Nothing was compared yet. It is every night, or at once by npm run reconcile."
      />
    </Panel>
  );
}

const driftCell = (drift: number) =>
  drift === 0 ? { text: "None", isMuted: true } : { text: String(drift) };

type DaysProps = {
  readonly days: readonly ComparedDay[];
  readonly where: Where;
  readonly onlyDrift: boolean;
  readonly before: string | null;
  readonly next: string | null;
};

function Days({ days, where, onlyDrift, before, next }: DaysProps) {
  const path = (day?: string | null) => {
    const query = new URLSearchParams({
      ...(onlyDrift && { show: "differences" }),
      ...(day && { before: day }),
    });
    return query.size > 0 ? `${RECONCILIATION}?${query}` : RECONCILIATION;
  };
  const columns: Column<ComparedDay>[] = [
    { key: "day", header: "Day, UTC", cell: ({ day }) => day },
    {
      key: "charged",
      header: "Stripe took",
      align: "end",
      cell: ({ chargedCents }) =>
        [...chargedCents].map(([currency, cents]) => formatMinor(cents, currency, where.locale)).join(", ") ||
        "–",
    },
    { key: "drift", header: "Differences", align: "end", cell: ({ drift }) => driftCell(drift) },
    { key: "when", header: "Compared", cell: ({ finishedAt }) => instantCell(finishedAt, "short", where) },
  ];
  return (
    <Panel
      id="days"
      title="Days with Stripe"
      actions={
        <FilterLinks
          label="Which days"
          choices={[
            { href: RECONCILIATION, label: "All days", current: !onlyDrift },
            { href: `${RECONCILIATION}?show=differences`, label: "With differences", current: onlyDrift },
          ]}
        />
      }
    >
      <DataTable
        caption="Days that were compared with Stripe, the newest first"
        columns={columns}
        rows={days}
        rowKey={({ day }) => day}
        empty={onlyDrift ? "No day has a difference." : "No day was compared yet."}
      />
      <PageTurner label="Pages of days" newest={before && path()} older={next && path(next)} />
    </Panel>
  );
}

function WaitingToo({ waiting }: { readonly waiting: readonly Waiting[] }) {
  const columns: Column<Waiting>[] = [
    { key: "what", header: "What", cell: ({ what }) => what },
    { key: "count", header: "How many", align: "end", cell: ({ count }) => String(count) },
    {
      key: "oldest",
      header: "Oldest",
      cell: ({ oldestSeconds }) => (oldestSeconds === null ? "–" : waitedFor(oldestSeconds * 1_000)),
    },
  ];
  return (
    <Panel id="undecided" title="Not decided yet" description="No difference, but none of it is settled.">
      <DataTable
        caption="What is not decided yet"
        columns={columns}
        rows={waiting}
        rowKey={({ what }) => what}
        empty="Everything is decided."
      />
    </Panel>
  );
}
