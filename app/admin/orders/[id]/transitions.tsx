import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { DeskOrder } from "@/lib/desk/order";

type Where = { readonly locale: string; readonly timeZone: string };
type Transition = DeskOrder["transitions"][number];
type Props = { readonly transitions: readonly Transition[]; readonly where: Where };

/** Every state the order went through. */
export const Transitions = ({ transitions, where }: Props) => (
  <Panel id="transitions" title="States">
    <DataTable
      caption="States of the order, oldest first"
      columns={columns(where)}
      rows={transitions}
      rowKey={({ number }) => String(number)}
    />
  </Panel>
);

const columns = (where: Where): Column<Transition>[] => [
  { key: "number", header: "No.", cell: ({ number }) => String(number) },
  { key: "at", header: "When", cell: ({ at }) => instantCell(at, "short", where) },
  { key: "status", header: "State", cell: ({ status }) => status.replaceAll("_", " ") },
  {
    key: "attempt",
    header: "Attempt",
    cell: ({ attemptNumber }) => (attemptNumber === null ? NOTHING : String(attemptNumber)),
  },
];
