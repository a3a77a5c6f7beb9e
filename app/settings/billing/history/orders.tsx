import { Money } from "@/app/_components/amounts";
import { creditsCell, instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import type { OrderListItem, OrderPage } from "@/lib/billing/orders/queries";
import { deps } from "@/lib/deps";
import { DocumentLink } from "../document-link";
import { OrderBadge } from "../order-badge";
import { PageTurner, type Turns } from "../page-turner";
import { BUY_CREDIT, orderInvoicePath, orderPath, receiptPath } from "../paths";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly page: OrderPage; readonly turns: Turns; readonly where: Where };

export function Orders({ page: { orders }, turns, where }: Props) {
  return (
    <Panel id="orders" title="Orders" description="Newest first.">
      <DataTable
        caption="Your orders, newest first"
        columns={columns(where, deps().seller !== null)}
        rows={orders}
        rowKey={(order) => order.id}
        empty={
          turns.newest ? (
            "There are no older orders."
          ) : turns.narrowed ? (
            "No orders on these days."
          ) : (
            <>
              You have not ordered anything yet.{" "}
              <PageLink href={BUY_CREDIT} className="whitespace-nowrap text-accent underline">
                Buy credits
              </PageLink>
            </>
          )
        }
      />
      <PageTurner label="Pages of orders" {...turns} />
    </Panel>
  );
}

type DocumentsProps = { readonly order: OrderListItem; readonly hasInvoices: boolean };

function Documents({ order: { id, paidAt, reference }, hasInvoices }: DocumentsProps) {
  if (!paidAt) return <span className="text-muted">–</span>;
  return (
    <span className="inline-flex gap-3">
      {hasInvoices && (
        <PageLink href={orderInvoicePath(id)} className="text-accent underline">
          Invoice<span className="sr-only"> of order {reference}</span>
        </PageLink>
      )}
      <DocumentLink href={receiptPath(id)} of={`order ${reference}`} className="text-accent underline">
        Receipt
      </DocumentLink>
    </span>
  );
}

function columns(where: Where, hasInvoices: boolean): Column<OrderListItem>[] {
  return [
    {
      key: "reference",
      header: "Order",
      cell: ({ id, reference }) => ({ text: reference, href: orderPath(id) }),
      className: "whitespace-nowrap",
    },
    {
      key: "placed",
      header: "Placed",
      cell: ({ createdAt }) => instantCell(createdAt, "date", where),
    },
    { key: "status", header: "Status", cell: ({ status }) => <OrderBadge status={status} /> },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => creditsCell(credits, where),
    },
    {
      key: "price",
      header: "Price",
      align: "end",
      cell: ({ amountCents }) => <Money cents={amountCents} locale={where.locale} />,
    },
    {
      key: "documents",
      header: "Documents",
      align: "end",
      cell: (order) => <Documents order={order} hasInvoices={hasInvoices} />,
    },
  ];
}
