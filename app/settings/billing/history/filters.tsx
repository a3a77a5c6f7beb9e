import { buttonClass } from "@/app/_components/button-class";
import { Notice } from "@/app/_components/notice";
import { PageLink } from "@/app/_components/page-link";
import { PagePanel } from "@/app/_components/page-title";
import { FILTER_BOX, FilterField, FilterLinks } from "../filter-fields";
import { HISTORY } from "../paths";
import { exportPath, HISTORY_PROBLEMS, type HistoryQuery, historyPath, KINDS } from "./history-query";

/** What is shown, and all of it as a file. */
export function Filters({ asked: { filter, today, problems } }: { readonly asked: HistoryQuery }) {
  const isNarrow = filter.from !== null || filter.to !== null;
  return (
    <PagePanel
      id="history"
      title="History"
      description="Narrow it to whole days. The file has everything shown below, all pages of it, with times in UTC."
      actions={
        <a href={exportPath(filter)} download className={buttonClass()}>
          Download CSV
        </a>
      }
    >
      {problems.map((problem) => (
        <Notice key={problem} tone="warning" announce className="mb-4">
          {HISTORY_PROBLEMS[problem]} {INSTEAD[problem]}
        </Notice>
      ))}
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <FilterLinks
          label="What to show"
          choices={KINDS.map(({ id, label }) => ({
            href: historyPath({ ...filter, kind: id }),
            label,
            current: id === filter.kind,
          }))}
        />
        <Days filter={filter} today={today} />
      </div>
      {isNarrow && (
        <p className="mt-4 text-muted text-sm">
          Only these days are shown.{" "}
          <PageLink
            href={historyPath({ ...filter, from: null, to: null })}
            className="whitespace-nowrap text-accent underline"
          >
            Show all days
          </PageLink>
        </p>
      )}
    </PagePanel>
  );
}

/** A plain form that asks for another page: it needs no script. */
function Days({ filter: { kind, from, to }, today }: Pick<HistoryQuery, "filter" | "today">) {
  return (
    <form
      action={HISTORY}
      method="get"
      // A browser that comes back to the page would keep what was typed, not what is shown.
      key={`${kind} ${from} ${to}`}
      autoComplete="off"
      className="grid w-full grid-cols-2 items-end gap-3 sm:w-auto sm:grid-cols-[11rem_11rem_auto]"
    >
      {kind !== "all" && <input type="hidden" name="show" value={kind} />}
      <FilterField id="history-from" label="From">
        <input
          id="history-from"
          name="from"
          type="date"
          max={today}
          defaultValue={from ?? ""}
          className={FILTER_BOX}
        />
      </FilterField>
      <FilterField id="history-to" label="To">
        <input
          id="history-to"
          name="to"
          type="date"
          max={today}
          defaultValue={to ?? ""}
          className={FILTER_BOX}
        />
      </FilterField>
      <button type="submit" className={buttonClass("secondary", "large", "col-span-2 sm:col-span-1")}>
        Show
      </button>
    </form>
  );
}

const INSTEAD: typeof HISTORY_PROBLEMS = {
  kind: "Here is everything.",
  range: "Here are all days instead.",
};
