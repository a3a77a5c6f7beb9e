import { listOrders, type OrderPage } from "@/lib/billing/orders/queries";
import { listRefunds, type RefundPage } from "@/lib/billing/orders/returns/queries";
import { type InvoicePage, listInvoices } from "@/lib/billing/subscriptions/queries";
import { deps } from "@/lib/deps";
import { type GrantPage, listGrants } from "@/lib/ledger/queries";
import { readGrantNames } from "../grant-names";
import { loadBilling } from "../load-billing";
import type { Turns } from "../page-turner";
import { HISTORY, type Query } from "../paths";
import { BLOCKING, Strip } from "../strip/strip";
import { CreditsAdded } from "./credits-added";
import { Filters } from "./filters";
import {
  type HistoryList,
  type HistoryQuery,
  historyPath,
  readHistoryQuery,
  showsList,
  spanOf,
} from "./history-query";
import { Invoices } from "./invoices";
import { Orders } from "./orders";
import { Refunds } from "./refunds";

export default async function HistoryPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(HISTORY)]);
  const { account, where } = billing;
  const { accountId } = billing.customer;
  const asked = readHistoryQuery(query, { now: account.now, timeZone: where.timeZone });
  const { orders, refunds, invoices, credits } = await readLists(accountId, asked);
  const names = await readGrantNames(deps().db, accountId, credits?.grants ?? [], account);
  return (
    <>
      <Strip {...billing} only={BLOCKING} />
      <Filters asked={asked} />
      {orders && <Orders page={orders} turns={turnsOf("orders", asked, orders)} where={where} />}
      {refunds && <Refunds page={refunds} turns={turnsOf("refunds", asked, refunds)} where={where} />}
      {invoices && <Invoices page={invoices} turns={turnsOf("invoices", asked, invoices)} where={where} />}
      {credits && (
        <CreditsAdded
          now={account.now}
          names={names}
          page={credits}
          turns={turnsOf("credits", asked, credits)}
          where={where}
        />
      )}
    </>
  );
}

type Lists = {
  readonly orders: OrderPage | null;
  /** Null too where there are none and nobody asked for them: most accounts never have one. */
  readonly refunds: RefundPage | null;
  readonly invoices: InvoicePage | null;
  readonly credits: GrantPage | null;
};

/** The lists that are asked for; null for the others. */
async function readLists(accountId: string, { filter, cursors }: HistoryQuery): Promise<Lists> {
  const { db } = deps();
  const within = spanOf(filter);
  const [orders, refunds, invoices, credits] = await Promise.all([
    showsList(filter, "orders") ? listOrders(db, accountId, cursors.orders, { within }) : null,
    showsList(filter, "refunds") ? listRefunds(db, accountId, cursors.refunds, { within }) : null,
    showsList(filter, "invoices") ? listInvoices(db, accountId, cursors.invoices, { within }) : null,
    showsList(filter, "credits") ? listGrants(db, accountId, cursors.credits, { within }) : null,
  ]);
  const isAskedFor = filter.kind === "refunds" || cursors.refunds !== null;
  const isEmpty = refunds?.refunds.length === 0;
  return { orders, refunds: isEmpty && !isAskedFor ? null : refunds, invoices, credits };
}

function turnsOf(
  list: HistoryList,
  { filter, cursors }: HistoryQuery,
  { nextCursor }: { readonly nextCursor: string | null },
): Turns {
  const to = (cursor: string | null) => historyPath(filter, { ...cursors, [list]: cursor }, list);
  return {
    newest: cursors[list] === null ? null : to(null),
    older: nextCursor && to(nextCursor),
    narrowed: filter.from !== null || filter.to !== null,
  };
}
