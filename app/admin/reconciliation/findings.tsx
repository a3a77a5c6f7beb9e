import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { LastRun } from "@/lib/desk/reconciliation/runs";
import { accountCell } from "../account-cell";

type Finding = LastRun["found"][number] & { readonly key: string };

/** Books that are not what their entries say: the first hundred of each comparison. */
export function Findings({ runs }: { readonly runs: readonly LastRun[] }) {
  const found = runs.flatMap(({ kind, found: all }) =>
    all.map((each, at) => ({ ...each, key: `${kind} ${at}` })),
  );
  const columns: Column<Finding>[] = [
    { key: "what", header: "What differs", cell: ({ what }) => ({ text: what, isQuoted: true }) },
    { key: "object", header: "Where", cell: ({ object }) => ({ text: object, isQuoted: true }) },
    { key: "account", header: "Account", cell: accountCell },
  ];
  return (
    <Panel
      id="findings"
      title="Books that differ from their entries"
      tone="danger"
      description="npm run reconcile -- --repair proposes what can be derived anew from the entries, and with --apply does it. What needs an entry is an act on the account."
    >
      <DataTable caption="Books that differ" columns={columns} rows={found} rowKey={({ key }) => key} />
    </Panel>
  );
}
