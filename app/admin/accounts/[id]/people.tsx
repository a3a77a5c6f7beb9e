import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import { Badge } from "@/app/settings/billing/badge";
import type { DeskPerson } from "@/lib/desk/account";

type Where = { readonly locale: string; readonly timeZone: string };

export function People({ people, where }: { readonly people: readonly DeskPerson[]; readonly where: Where }) {
  return (
    <Panel id="people" title="People">
      <DataTable
        caption="People of the account"
        columns={columns(where)}
        rows={people}
        rowKey={({ id }) => id}
        empty="Nobody belongs to this account."
      />
    </Panel>
  );
}

const columns = (where: Where): Column<DeskPerson>[] => [
  {
    key: "person",
    header: "Person",
    cell: ({ name, email }) => (
      <>
        <bdi>{name}</bdi>
        <bdi className="block text-muted text-sm [overflow-wrap:anywhere]">{email}</bdi>
      </>
    ),
  },
  { key: "role", header: "Role", cell: ({ role }) => role },
  {
    key: "factor",
    header: "Second factor",
    cell: ({ hasFactor }) => (hasFactor ? "On" : "Off"),
  },
  {
    key: "seen",
    header: "Last seen",
    className: "sm:whitespace-nowrap",
    cell: ({ lastSeenAt }) => (lastSeenAt ? instantCell(lastSeenAt, "short", where) : NOTHING),
  },
  {
    key: "state",
    header: "State",
    cell: ({ disabledAt, isOperator }) =>
      disabledAt ? (
        <Badge tone="danger">Disabled</Badge>
      ) : isOperator ? (
        <Badge tone="soft">Operator</Badge>
      ) : (
        "May sign in"
      ),
  },
  {
    key: "id",
    header: "Id",
    cell: ({ id }) => <code className="text-sm [overflow-wrap:anywhere]">{id}</code>,
  },
];
