import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Notice } from "@/app/_components/notice";
import { PagePanel } from "@/app/_components/page-title";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { writeCursor } from "@/lib/desk/cursor";
import { type EventItem, listEvents } from "@/lib/desk/events/list";
import { accountCell } from "../account-cell";
import { EVENTS, eventPath } from "../areas";
import { eventsPath, readEventQuery } from "./event-query";
import { Filters, STATE_WORDS } from "./filters";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** What Stripe told us, as it came. */
export default async function EventsPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  const { filter, after, problems } = readEventQuery(query);
  const operator = await requireOperator(EVENTS);
  const { events, next } = await listEvents(deps().db, filter, { after });
  const isNarrow = filter.type !== null || filter.state !== null || filter.accountId !== null;
  return (
    <PagePanel
      id="events"
      title="Events"
      description="What Stripe told us, the newest first. An event is a hint to go and look: replayed, it changes nothing that is right."
    >
      {problems.map((problem) => (
        <Notice key={problem} tone="warning" announce className="mb-4">
          {problem}
        </Notice>
      ))}
      <Filters filter={filter} />
      <DataTable
        caption="Events of Stripe's, the newest first"
        columns={columns(operator)}
        rows={events}
        rowKey={({ id }) => id}
        empty={emptyOf(after !== null, isNarrow)}
      />
      <PageTurner
        label="Pages of events"
        newest={after && eventsPath(filter)}
        older={next && eventsPath(filter, writeCursor(next))}
      />
    </PagePanel>
  );
}

function emptyOf(isLater: boolean, isNarrow: boolean): string {
  if (isLater) return "There are no older ones.";
  return isNarrow ? "There are no such events." : "Stripe has not told us of anything yet.";
}

const columns = (where: { readonly locale: string; readonly timeZone: string }): Column<EventItem>[] => [
  { key: "received", header: "Received", cell: ({ receivedAt }) => instantCell(receivedAt, "short", where) },
  {
    key: "type",
    header: "Type",
    cell: ({ type, id }) => ({ text: type, isQuoted: true, href: eventPath(id) }),
  },
  {
    key: "state",
    header: "State",
    cell: (event) => ({ text: STATE_WORDS[event.state], note: whyOf(event) }),
  },
  { key: "account", header: "Account", cell: accountCell },
  { key: "id", header: "Event", cell: ({ id }) => ({ text: id, isQuoted: true }) },
];

/** Why it is not handled yet, or nobody tries it any more. */
function whyOf({ state, parkedReason, tries }: EventItem): string | null {
  if (state === "parked") return parkedReason;
  if (state === "handled" || tries === 0) return null;
  return tries === 1 ? "1 try failed" : `${tries} tries failed`;
}
