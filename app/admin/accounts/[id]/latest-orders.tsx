import { Money } from "@/app/_components/amounts";
import { creditsCell, instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import { OrderBadge } from "@/app/settings/billing/order-badge";
import type { OrderListItem, OrderPage } from "@/lib/billing/orders/queries";
import { deskOrderPath } from "../../paths";

type Where = { readonly locale: string; readonly timeZone: string };

export function LatestOrders({ page, where }: { readonly page: OrderPage; readonly where: Where }) {
  return (
    <Panel
      id="orders"
      title="Orders"
      description={page.nextCursor ? "The latest ten. All are in the timeline." : "Newest first."}
    >
      <DataTable
        caption="The account's latest orders"
        columns={columns(where)}
        rows={page.orders}
        rowKey={({ id }) => id}
        empty="No orders."
      />
    </Panel>
  );
}

const columns = (where: Where): Column<OrderListItem>[] => [
  {
    key: "reference",
    header: "Order",
    cell: ({ id, reference }) => ({ text: reference, href: deskOrderPath(id) }),
  },
  { key: "placed", header: "Placed", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
  { key: "status", header: "Status", cell: ({ status }) => <OrderBadge status={status} /> },
  {
    key: "amount",
    header: "Amount",
    align: "end",
    cell: ({ amountCents }) => <Money cents={amountCents} locale={where.locale} />,
  },
  {
    key: "credits",
    header: "Credits",
    align: "end",
    cell: ({ credits }) => creditsCell(credits, where),
  },
];
