import type { Reader } from "@/db/client";
import { listOrders, type OrderListItem } from "@/lib/billing/orders/queries";
import { listRefunds, type RefundListItem } from "@/lib/billing/orders/returns/queries";
import { type InvoiceView, listInvoices } from "@/lib/billing/subscriptions/queries";
import { listGrants, type PastGrantView } from "@/lib/ledger/queries";
import { type GrantNames, readGrantNames } from "../../grant-names";
import { type HistoryFilter, showsList, spanOf } from "../history-query";

/** One thing that happened: the rows of the page's lists. */
export type HistoryLine =
  | { readonly kind: "order"; readonly order: OrderListItem }
  | { readonly kind: "refund"; readonly refund: RefundListItem }
  | { readonly kind: "invoice"; readonly invoice: InvoiceView }
  | { readonly kind: "credits"; readonly grant: PastGrantView; readonly names: GrantNames };

const AT_A_TIME = 500;

/** Everything a filter shows, list by list and newest first, in batches of bounded size. */
export async function* readHistory(
  db: Reader,
  accountId: string,
  filter: HistoryFilter,
): AsyncGenerator<readonly HistoryLine[]> {
  const options = { within: spanOf(filter), most: AT_A_TIME };
  if (showsList(filter, "orders")) {
    for await (const { orders } of pagesOf((cursor) => listOrders(db, accountId, cursor, options)))
      yield orders.map((order) => ({ kind: "order", order }));
  }
  if (showsList(filter, "refunds")) {
    for await (const { refunds } of pagesOf((cursor) => listRefunds(db, accountId, cursor, options)))
      yield refunds.map((refund) => ({ kind: "refund", refund }));
  }
  if (showsList(filter, "invoices")) {
    for await (const { invoices } of pagesOf((cursor) => listInvoices(db, accountId, cursor, options)))
      yield invoices.map((invoice) => ({ kind: "invoice", invoice }));
  }
  if (showsList(filter, "credits")) {
    for await (const { grants } of pagesOf((cursor) => listGrants(db, accountId, cursor, options))) {
      const names = await readGrantNames(db, accountId, grants);
      yield grants.map((grant) => ({ kind: "credits", grant, names }));
    }
  }
}

type Page = { readonly nextCursor: string | null };

async function* pagesOf<P extends Page>(read: (cursor: string | null) => Promise<P>): AsyncGenerator<P> {
  let cursor: string | null = null;
  do {
    const page: P = await read(cursor);
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
