import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import type { SignInEvent } from "@/lib/auth/sign-in-history";
import { placeName } from "@/lib/wording/places";
import { Badge } from "../billing/badge";
import { outcomeOf } from "./history-words";

type Where = { readonly locale: string; readonly timeZone: string };

/** When, from where, and with what outcome. */
export function HistoryTable({
  events,
  where,
}: {
  readonly events: readonly SignInEvent[];
  readonly where: Where;
}) {
  return (
    <DataTable
      caption="Sign-in history"
      columns={columns(where)}
      rows={events}
      rowKey={({ id }) => id}
      empty="Nothing happened yet."
    />
  );
}

const columns = (where: Where): Column<SignInEvent>[] => [
  {
    key: "at",
    header: "When",
    cell: ({ at }) => instantCell(at, "short", where),
  },
  {
    key: "outcome",
    header: "What",
    cell: (event) => {
      const { text, tone, badge } = outcomeOf(event);
      return (
        <span className="inline-flex flex-wrap items-center justify-end gap-x-3 gap-y-1 sm:justify-start">
          <Badge tone={tone}>{badge}</Badge>
          <span>{text}</span>
        </span>
      );
    },
  },
  {
    key: "where",
    header: "Where",
    cell: (event) => (
      <>
        {event.browser || event.system ? placeName(event) : "Browser unknown"}
        <span className="block text-muted text-sm [overflow-wrap:anywhere]">
          {event.address && event.address !== "unknown" ? event.address : "Address unknown"}
        </span>
      </>
    ),
  },
];
