import { creditsCell, instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { GrantPage, PastGrantView } from "@/lib/ledger/queries";
import { grantSource, usedOf } from "../grant-columns";
import type { GrantNames } from "../grant-names";
import { PageTurner, type Turns } from "../page-turner";

type Where = { readonly locale: string; readonly timeZone: string };
type Table = { readonly names: GrantNames; readonly now: Date; readonly where: Where };
type Props = Table & { readonly page: GrantPage; readonly turns: Turns };

/** Everything that was ever given, and what became of it. */
export function CreditsAdded({ page: { grants }, turns, ...table }: Props) {
  return (
    <Panel
      id="credits"
      title="Credits added"
      description="From your plan and from orders, newest first, and what became of them."
    >
      <DataTable
        caption="Credits added to your account, newest first"
        columns={columns(grants, table)}
        rows={grants}
        rowKey={(grant) => grant.id}
        empty={emptyOf(turns)}
      />
      <PageTurner label="Pages of credits added" {...turns} />
    </Panel>
  );
}

function emptyOf({ newest, narrowed }: Turns): string {
  if (newest) return "There are no older ones.";
  return narrowed ? "No credits were added on these days." : "No credits were added yet.";
}

type Amount = "credits" | "paidBack" | "held" | "expired" | "revoked";

function columns(grants: readonly PastGrantView[], { names, now, where }: Table): Column<PastGrantView>[] {
  const figure = (key: string, header: string, of: (grant: PastGrantView) => bigint) =>
    ({
      key,
      header,
      align: "end",
      cell: (grant: PastGrantView) => creditsCell(of(grant), where),
    }) as const;
  const amount = (key: Amount, header: string) => figure(key, header, (grant) => grant[key]);
  const instant = (key: "startsAt" | "expiresAt", header: string): Column<PastGrantView> => ({
    key,
    header,
    cell: (grant) => instantCell(grant[key], "date", where),
  });
  const frozenIn = ({ frozen, remaining }: PastGrantView) => (frozen ? remaining : 0n);
  // Few accounts have any of these, and a table has only so much room.
  const rare = [
    amount("paidBack", "Paid back"),
    amount("held", "Held"),
    figure("frozen", "Frozen", frozenIn),
    amount("revoked", "Revoked"),
  ].filter(({ key }) =>
    grants.some((grant) => (key === "frozen" ? frozenIn(grant) : grant[key as Amount]) > 0n),
  );
  return [
    {
      key: "source",
      header: "Source",
      cell: (grant) => (
        <>
          {grantSource(grant, names, where)}
          <Remark grant={grant} names={names} now={now} />
        </>
      ),
    },
    instant("startsAt", "Added"),
    instant("expiresAt", "Expires"),
    amount("credits", "Granted"),
    figure("used", "Used", usedOf),
    ...rare,
    figure("remaining", "Left", (grant) => (grant.frozen ? 0n : grant.remaining)),
    amount("expired", "Expired"),
  ];
}

/** What the figures alone would not explain. */
function Remark({ grant, names, now }: Pick<Table, "names" | "now"> & { readonly grant: PastGrantView }) {
  const text = names.plans.get(grant.id)?.revoked
    ? "Revoked: never paid for"
    : grant.revoked > 0n
      ? grant.revoked < grant.credits
        ? "Partly revoked"
        : "Revoked"
      : grant.startsAt > now
        ? "Begins with the next cycle"
        : null;
  return text && <span className="block text-muted text-sm">{text}</span>;
}
