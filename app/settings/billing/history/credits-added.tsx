import { Credits } from "@/app/_components/amounts";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/queries";
import type { GrantPage, PastGrantView } from "@/lib/ledger/queries";
import { grantSource } from "../grant-columns";
import { PageTurner, type Turns } from "../page-turner";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly account: AccountView;
  readonly page: GrantPage;
  readonly turns: Turns;
  readonly where: Where;
};

/** Everything that was ever given, and what became of it. */
export function CreditsAdded({ account, page: { grants }, turns, where }: Props) {
  return (
    <Panel
      id="credits"
      title="Credits added"
      description="From your plan and from orders, newest first, and what became of them."
    >
      <DataTable
        caption="Credits added to your account, newest first"
        columns={columns(account, grants, where)}
        rows={grants}
        rowKey={(grant) => grant.id}
        empty={turns.newest ? "There are no older ones." : "No credits were added yet."}
      />
      <PageTurner label="Pages of credits added" {...turns} />
    </Panel>
  );
}

function columns(
  account: AccountView,
  grants: readonly PastGrantView[],
  where: Where,
): Column<PastGrantView>[] {
  const amount = (
    key: "credits" | "spent" | "held" | "remaining" | "expired" | "revoked",
    header: string,
  ): Column<PastGrantView> => ({
    key,
    header,
    align: "end",
    cell: (grant) => <Credits value={grant[key]} locale={where.locale} />,
  });
  const instant = (key: "startsAt" | "expiresAt", header: string): Column<PastGrantView> => ({
    key,
    header,
    cell: (grant) => <Instant value={grant[key]} variant="date" {...where} />,
  });
  // Few accounts have either, and a table has only so much room.
  const rare = (
    [
      ["held", "Held"],
      ["revoked", "Revoked"],
    ] as const
  ).filter(([key]) => grants.some((grant) => grant[key] > 0n));
  return [
    { key: "source", header: "Source", cell: (grant) => grantSource(grant, account, where) },
    instant("startsAt", "Added"),
    instant("expiresAt", "Expires"),
    amount("credits", "Credits"),
    amount("spent", "Used"),
    ...rare.map(([key, header]) => amount(key, header)),
    amount("remaining", "Left"),
    amount("expired", "Expired"),
  ];
}
