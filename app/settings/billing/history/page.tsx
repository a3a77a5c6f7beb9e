import type { Metadata } from "next";
import { requireCustomer } from "@/lib/auth/session";
import { getAccountView, listOrders } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { listGrants } from "@/lib/ledger/queries";
import type { Turns } from "../page-turner";
import { HISTORY, type Query } from "../paths";
import { CreditsAdded } from "./credits-added";
import { Orders } from "./orders";

export const metadata: Metadata = { title: "History" };

/** Two lists, each turned by its own cursor while the other stays where it is. */
type Cursors = { readonly orders: string | null; readonly credits: string | null };

export default async function HistoryPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(HISTORY)]);
  const cursors: Cursors = { orders: single(query.orders), credits: single(query.credits) };
  const [account, orders, credits] = await Promise.all([
    getAccountView(deps().db, customer.accountId),
    listOrders(deps().db, customer.accountId, cursors.orders),
    listGrants(deps().db, customer.accountId, cursors.credits),
  ]);
  const where = { locale: customer.locale, timeZone: customer.timeZone };
  return (
    <>
      <Orders page={orders} turns={turnsOf("orders", cursors, orders.nextCursor)} where={where} />
      <CreditsAdded
        account={account}
        page={credits}
        turns={turnsOf("credits", cursors, credits.nextCursor)}
        where={where}
      />
    </>
  );
}

const single = (value: string | string[] | undefined): string | null =>
  typeof value === "string" ? value : null;

const turnsOf = (list: keyof Cursors, cursors: Cursors, next: string | null): Turns => ({
  newest: cursors[list] === null ? null : historyPath(list, { ...cursors, [list]: null }),
  older: next && historyPath(list, { ...cursors, [list]: next }),
});

/** Leads back to the list that was turned. */
function historyPath(list: keyof Cursors, cursors: Cursors): string {
  const query = new URLSearchParams();
  for (const [name, cursor] of Object.entries(cursors)) if (cursor) query.set(name, cursor);
  return `${HISTORY}${query.size > 0 ? `?${query}` : ""}#${list}`;
}
