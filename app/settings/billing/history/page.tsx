import type { Metadata } from "next";
import { requireCustomer } from "@/lib/auth/session";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { type InvoicePage, listInvoices } from "@/lib/billing/plans/queries";
import { getAccountView, listOrders, type OrderPage } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { type GrantPage, getBalance, listGrants } from "@/lib/ledger/queries";
import { BriefBanners } from "../banners";
import { readGrantNames } from "../grant-names";
import type { Turns } from "../page-turner";
import { HISTORY, type Query } from "../paths";
import { mayManageBilling } from "../roles";
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

export const metadata: Metadata = { title: "History" };

export default async function HistoryPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(HISTORY)]);
  const { accountId } = customer;
  const { db } = deps();
  await openCycle(db, accountId);
  const [account, balance] = await Promise.all([getAccountView(db, accountId), getBalance(db, accountId)]);
  const asked = readHistoryQuery(query, account.now);
  const { orders, invoices, credits } = await readLists(accountId, asked);
  const names = await readGrantNames(db, accountId, credits?.grants ?? [], account.orderReferences);
  const where = { locale: customer.locale, timeZone: customer.timeZone };
  return (
    <>
      <BriefBanners {...{ account, balance, where }} mayManage={mayManageBilling(customer)} />
      <Filters asked={asked} />
      {orders && <Orders page={orders} turns={turnsOf("orders", asked, orders)} where={where} />}
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
  readonly invoices: InvoicePage | null;
  readonly credits: GrantPage | null;
};

/** The lists that are asked for; null for the others. */
async function readLists(accountId: string, { filter, cursors }: HistoryQuery): Promise<Lists> {
  const { db } = deps();
  const within = spanOf(filter);
  const [orders, invoices, credits] = await Promise.all([
    showsList(filter, "orders") ? listOrders(db, accountId, cursors.orders, { within }) : null,
    showsList(filter, "invoices") ? listInvoices(db, accountId, cursors.invoices, { within }) : null,
    showsList(filter, "credits") ? listGrants(db, accountId, cursors.credits, { within }) : null,
  ]);
  return { orders, invoices, credits };
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
