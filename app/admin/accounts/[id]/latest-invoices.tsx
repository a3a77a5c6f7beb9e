import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { InvoicePage, InvoiceView } from "@/lib/billing/subscriptions/queries";
import { formatMinor } from "@/lib/money/format";
import { actPath } from "../../acts/acts-paths";
import { DashboardLink } from "../../dashboard-link";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly account: string; readonly page: InvoicePage; readonly where: Where };

/** What the account was asked to pay for its plans, and where its money is paid back from. */
export function LatestInvoices({ account, page, where }: Props) {
  return (
    <Panel
      id="invoices"
      title="Invoices for plans"
      description={page.nextCursor ? "The latest ten. What was paid is in the timeline." : "Newest first."}
    >
      <DataTable
        caption="The account's latest invoices for plans"
        columns={columns(account, where)}
        rows={page.invoices}
        rowKey={({ id }) => id}
        empty="No invoices."
      />
    </Panel>
  );
}

const columns = (account: string, where: Where): Column<InvoiceView>[] => [
  {
    key: "invoice",
    header: "Invoice",
    className: "wrap-anywhere",
    cell: ({ id }) => <DashboardLink kind="invoices" id={id} />,
  },
  { key: "made", header: "Made", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
  { key: "status", header: "Status", cell: ({ status }) => status },
  {
    key: "total",
    header: "Total",
    align: "end",
    cell: ({ totalCents, currency }) => formatMinor(totalCents, currency, where.locale),
  },
  {
    key: "back",
    header: "Paid back",
    align: "end",
    cell: ({ returned, currency }) =>
      returned ? formatMinor(returned.returnedCents, currency, where.locale) : "",
  },
  {
    key: "refund",
    header: "Refunding",
    cell: ({ id, status, totalCents }) =>
      status === "paid" && totalCents > 0n
        ? { text: "Refund", href: `${actPath("refund_invoice", { account })}&invoice=${id}` }
        : "",
  },
];
