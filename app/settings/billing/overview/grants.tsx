import { creditsCell, instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import type { Cell } from "@/app/_components/table";
import { toPublicId } from "@/lib/ids";
import type { BalanceView, GrantView } from "@/lib/ledger/queries";
import { grantSource, leftCell } from "../grant-columns";
import type { GrantNames } from "../grant-names";
import { HISTORY, orderPath } from "../paths";
import { foldGrants, type GrantLine } from "./fold-grants";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly names: GrantNames;
  readonly balance: BalanceView;
  readonly where: Where;
};

/** What somebody has and where it comes from, add-on credits by their expiry, each with the way to its order. */
export function Grants({ names, balance, where }: Props) {
  const { lines, more } = foldGrants(balance.grants);
  return (
    <Panel
      id="grants"
      title="Where your credits come from"
      description="In the order in which they are spent."
    >
      <DataTable
        caption="Credits you have, by where they come from"
        columns={columns(names, where)}
        rows={lines}
        rowKey={(line) => line.grants[0].id}
        empty="You have no credits at the moment."
      />
      {more > 0 && (
        <p className="mt-3 text-muted text-sm">
          {more} more {more === 1 ? "is" : "are"} listed under{" "}
          <PageLink href={`${HISTORY}?show=credits`} className="text-accent underline">
            History
          </PageLink>
          .
        </p>
      )}
    </Panel>
  );
}

const frozenOf = ({ grants: [{ kind, frozenAs }] }: GrantLine) => ({ kind, frozenAs });

function columns(names: GrantNames, where: Where): Column<GrantLine>[] {
  return [
    { key: "source", header: "Source", cell: (line) => source(line, names, where) },
    {
      key: "added",
      header: "Added",
      cell: ({ startsAt, grants }) =>
        grants.length > 1 ? (
          <>
            from <Instant value={startsAt} variant="day" {...where} />
          </>
        ) : (
          instantCell(startsAt, "day", where)
        ),
    },
    {
      key: "expires",
      header: "Expires",
      cell: ({ expiresAt }) => instantCell(expiresAt, "short", where),
    },
    {
      key: "granted",
      header: "Granted",
      align: "end",
      cell: ({ credits }) => creditsCell(credits, where),
    },
    {
      key: "left",
      header: "Left",
      align: "end",
      cell: (line) => leftCell({ ...line, ...frozenOf(line) }, where),
    },
  ];
}

/** Of as many orders a line names each; of more, the first and where the others are. */
const MAX_NAMED = 3;

function source({ grants }: GrantLine, names: GrantNames, where: Where): Cell {
  const [first, ...others] = grants;
  if (others.length === 0) {
    const path = orderOf(first);
    const name = grantSource(first, names, where);
    return path ? { text: name, href: path } : name;
  }
  const named = grants.slice(0, MAX_NAMED);
  return (
    <>
      Add-on, {grants.length} orders
      <span className="block text-muted text-sm">
        {named.map((grant, index) => (
          <span key={grant.id}>
            {index > 0 && ", "}
            <OrderLink href={orderOf(grant) ?? HISTORY}>{names.orders.get(grant.id) ?? "order"}</OrderLink>
          </span>
        ))}
        {grants.length > named.length && (
          <>
            {" "}
            and <OrderLink href={`${HISTORY}?show=orders`}>{grants.length - named.length} more</OrderLink>
          </>
        )}
      </span>
    </>
  );
}

const OrderLink = ({ href, children }: { readonly href: string; readonly children: React.ReactNode }) => (
  <PageLink href={href} className="text-accent underline">
    {children}
  </PageLink>
);

/** The page of the order that a grant was bought with; null for what was not bought. */
function orderOf({ kind, source }: Pick<GrantView, "kind" | "source">): string | null {
  const id = /^order:(.+)$/.exec(source)?.[1];
  return kind === "purchase" && id ? orderPath(toPublicId("order", id)) : null;
}
