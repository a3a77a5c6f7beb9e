import "../catalog";
import type { Database } from "../../db/client";
import type { AccountView } from "../../lib/billing/account-view";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import { seeAsCustomer } from "../../lib/billing/as-customer";
import { listAttention } from "../../lib/billing/attention/queries";
import { listOrders } from "../../lib/billing/orders/queries";
import type { ProductState } from "./flow";

const QUIET = { info: () => {}, warn: console.warn, error: console.error };
/** More than all flows make together. */
const MAX_KEPT = 1_000;

/**
 * What the product says of an account, read as its customer's pages and the operator's desk read it. An attention item of no account
 * counts where it names something of the flow's (`isOurs`, of a text): the payments of the flows before are in the same sandbox.
 */
export async function readState(
  db: Database,
  accountId: string,
  isOurs: (text: string) => boolean,
): Promise<ProductState> {
  const deps = { db, openRunningCycle: createCycleOpener(db, QUIET) };
  const { account, balance } = await seeAsCustomer(deps, accountId);
  const { orders } = await listOrders(db, accountId, null, { most: MAX_KEPT });
  const listed = await listAttention(db, { all: false, most: MAX_KEPT });
  const attention = listed.filter((each) => each.account !== null || isOurs(JSON.stringify(each)));
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
