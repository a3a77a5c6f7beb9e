import "../catalog";
import type { Database } from "../../db/client";
import type { AccountView } from "../../lib/billing/account-view";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import { seeAsCustomer } from "../../lib/billing/as-customer";
import { listAttention } from "../../lib/billing/attention/queries";
import { listOrders } from "../../lib/billing/orders/queries";
import type { ProductState } from "./flow";

const QUIET = { info: () => {}, warn: console.warn, error: console.error };
/** More than any flow makes. */
const MOST = 100;

/** What the product says of an account, read as its customer's pages and the operator's desk read it. */
export async function readState(db: Database, accountId: string): Promise<ProductState> {
  const deps = { db, openRunningCycle: createCycleOpener(db, QUIET) };
  const { account, balance } = await seeAsCustomer(deps, accountId);
  const { orders } = await listOrders(db, accountId, null, { most: MOST });
  const attention = await listAttention(db, { all: false, most: MOST });
  const { remaining, total, used, paidBack, held, frozen, expired, owed } = balance;
  return {
    plan: planOf(account),
    balance: { remaining, total, used, paidBack, held, frozen, expired, owed },
    orders: orders.map(({ status, amountCents, credits }) => ({ status, amountCents, credits })).reverse(),
    cards: account.cards.map(({ brand, last4 }) => `${brand} ${last4}`),
    mayNotBuy: account.mayNotBuy,
    attention: attention.map(({ reason }) => reason).sort(),
  };
}

function planOf(account: AccountView): ProductState["plan"] {
  const { subscription, openPayment } = account;
  return {
    id: account.plan.id,
    status: account.planStatus,
    standing: account.standing?.kind ?? null,
    subscription: subscription && {
      interval: subscription.interval,
      quantity: subscription.quantity,
      priceCents: subscription.priceCents,
      endsAtPeriodEnd: subscription.cancelAt !== null,
      next: subscription.next && { plan: subscription.next.plan.id, interval: subscription.next.interval },
      pendingChange: subscription.pendingChange?.kind ?? null,
    },
    creditsPerCycle: account.creditsPerCycle,
    openInvoiceCents: account.openInvoice?.dueCents ?? null,
    unfinished: account.unfinished !== null,
    openPayment: openPayment && { kind: openPayment.kind, status: openPayment.status },
  };
}
