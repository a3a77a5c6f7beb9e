import type { Metadata } from "next";
import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import { requireCustomer } from "@/lib/auth/session";
import { listOrders, type OrderListItem } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { OrderBadge } from "../order-badge";
import { BUY_CREDIT, HISTORY, orderPath, type Query } from "../paths";

export const metadata: Metadata = { title: "History" };

export default async function HistoryPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(HISTORY)]);
  const cursor = typeof query.cursor === "string" ? query.cursor : null;
  const { orders, nextCursor } = await listOrders(deps().db, customer.accountId, cursor);
  return (
    <Panel
      id="orders"
      title="Orders"
      description={`Newest first. Times in ${customer.timeZone.replaceAll("_", " ")}.`}
    >
      <DataTable
        caption="Your orders, newest first"
        columns={columns(customer)}
        rows={orders}
        rowKey={(order) => order.id}
        empty={
          <>
            {cursor ? "There are no older orders." : "You have not ordered anything yet."}{" "}
            <PageLink href={cursor ? HISTORY : BUY_CREDIT} className="text-accent underline">
              {cursor ? "Newest orders" : "Buy credits"}
            </PageLink>
          </>
        }
      />
      {(cursor || nextCursor) && (
        <nav aria-label="Pages of orders" className="mt-4 flex justify-end gap-2">
          {cursor && <LinkButton href={HISTORY}>Newest</LinkButton>}
          {nextCursor && (
            <LinkButton href={`${HISTORY}?cursor=${encodeURIComponent(nextCursor)}`}>Older</LinkButton>
          )}
        </nav>
      )}
    </Panel>
  );
}

function columns({ locale, timeZone }: { locale: string; timeZone: string }): Column<OrderListItem>[] {
  return [
    {
      key: "reference",
      header: "Order",
      cell: ({ id, reference }) => (
        <PageLink href={orderPath(id)} className="whitespace-nowrap text-accent underline">
          {reference}
        </PageLink>
      ),
    },
    {
      key: "placed",
      header: "Placed",
      cell: ({ createdAt }) => (
        <Instant value={createdAt} variant="date" locale={locale} timeZone={timeZone} />
      ),
    },
    { key: "status", header: "Status", cell: ({ status }) => <OrderBadge status={status} /> },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => <Credits value={credits} locale={locale} />,
    },
    {
      key: "price",
      header: "Price",
      align: "end",
      cell: ({ amountCents }) => <Money cents={amountCents} locale={locale} />,
    },
    {
      key: "receipt",
      header: "Receipt",
      align: "end",
      cell: ({ receiptUrl, reference }) =>
        receiptUrl ? (
          <a href={receiptUrl} target="_blank" rel="noopener noreferrer" className="text-accent underline">
            Receipt<span className="sr-only"> of order {reference}, opens in a new tab</span>
          </a>
        ) : (
          <span className="text-muted">–</span>
        ),
    },
  ];
}
