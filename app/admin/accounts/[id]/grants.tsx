import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import { grantColumns, grantSource } from "@/app/settings/billing/grant-columns";
import type { GrantNames } from "@/app/settings/billing/grant-names";
import { toPublicId } from "@/lib/ids";
import type { GrantView } from "@/lib/ledger/queries";
import { ledgerPath } from "../../paths";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  /** The account's public id. */
  readonly id: string;
  readonly grants: readonly GrantView[];
  readonly names: GrantNames;
  readonly where: Where;
};

/** Each grant that lives, with the way to its entries. */
export function Grants({ id, grants, names, where }: Props) {
  const { added, expires, used, held, left, granted } = grantColumns(names, where);
  const source: Column<GrantView> = {
    key: "source",
    header: "Source",
    cell: (grant) => ({
      text: grantSource(grant, names, where),
      href: `${ledgerPath(id)}?grant=${toPublicId("grant", grant.id)}`,
    }),
  };
  return (
    <Panel
      id="grants"
      title="Where the credits come from"
      description="In the order in which they are spent."
    >
      <DataTable
        caption="Credits of the account, by where they come from"
        columns={[source, added, expires, granted, used, held, left]}
        rows={grants}
        rowKey={(grant) => grant.id}
        empty="The account has no credits at the moment."
      />
    </Panel>
  );
}
