import type { Database } from "../../../db/client";
import type { SecurityEventDeps } from "../../auth/security-events";
import { seeAsCustomer } from "../../billing/as-customer";
import type { BillingDeps } from "../../billing/deps";
import { listOrders } from "../../billing/orders/queries";
import { formatCents, formatCredits } from "../../money/format";
import {
  type DeskAccount,
  findDeskAccount,
  listAttentionOf,
  listPeople,
  recordAccountView,
} from "../account";
import { type DeskOrder, findDeskOrder } from "../order";
import { inColumns, instant, notThere, type Said } from "./said";

/** Who looks, which is kept. */
export type Looking = { readonly userId: string };
export type ShowDeps = SecurityEventDeps & Pick<BillingDeps, "openRunningCycle" | "buysInDispute">;

const LOCALE = "en-US";

/** An account by its public id, whose view is kept; null where there is none. */
export async function lookAt(
  deps: SecurityEventDeps & { readonly db: Database },
  operator: Looking,
  id: string,
): Promise<DeskAccount | null> {
  const account = await findDeskAccount(deps.db, id);
  if (account) await recordAccountView(deps, operator, { accountId: account.accountId, caller: null });
  return account;
}

export const NO_ACCOUNT = "There is no such account. An account is named by its id: acct_ and 32 digits.";

/** `show acct_…`, `show ord_…`: an account as its customer sees it, or an order. */
export async function show(deps: ShowDeps, operator: Looking, id: string): Promise<Said> {
  if (id.startsWith("ord_")) return showOrder(deps, operator, id);
  const account = await lookAt(deps, operator, id);
  if (!account) return notThere(NO_ACCOUNT);
  const { accountId } = account;
  const [seen, people, { items: attention, more }, { orders }] = await Promise.all([
    seeAsCustomer(deps, accountId),
    listPeople(deps.db, accountId),
    listAttentionOf(deps.db, accountId),
    listOrders(deps.db, accountId, null, { most: 10 }),
  ]);
  const { balance } = seen;
  const figures = FIGURES.map((name) => ({ name, credits: balance[name] }));
  const { plan, planStatus, period, mayNotBuy, openInvoice } = seen.account;
  return {
    lines: [
      `${account.name} (${account.id}), since ${instant(account.createdAt)}`,
      `Plan ${plan.name}, ${planStatus}; cycle ${instant(period.start)} to ${instant(period.end)}`,
      `Stripe: ${account.stripeCustomerId ?? "no customer yet"}${account.subscriptionId ? `, ${account.subscriptionId}` : ""}`,
      ...(openInvoice ? [`Open invoice: ${formatCents(openInvoice.dueCents, LOCALE)} due`] : []),
      ...(mayNotBuy ? [`May not buy: ${mayNotBuy}`] : []),
      "",
      ...inColumns(
        ["credits", ""],
        figures.map((each) => [each.name, formatCredits(each.credits, LOCALE)]),
      ),
      "",
      ...inColumns(
        ["person", "role", "e-mail", "last seen", "state"],
        people.map((each) => [
          each.id,
          each.role,
          each.email,
          each.lastSeenAt ? instant(each.lastSeenAt) : "-",
          each.disabledAt ? "disabled" : each.isOperator ? "operator" : "",
        ]),
      ),
      "",
      ...inColumns(
        ["order", "reference", "status", "placed", "amount"],
        orders.map((each) => [
          each.id,
          each.reference,
          each.status,
          instant(each.createdAt),
          formatCents(each.amountCents, LOCALE),
        ]),
      ),
      ...attention.flatMap((each) => ["", `${each.id} (${each.objectId}): ${each.matter}`, `  ${each.toDo}`]),
      ...(more > 0 ? ["", `${more} more came later: npm run attention`] : []),
    ],
    json: { account, plan: plan.id, planStatus, period, mayNotBuy, figures, people, orders, attention },
    isThere: true,
  };
}

const FIGURES = ["total", "used", "paidBack", "held", "frozen", "expired", "remaining", "owed"] as const;

async function showOrder(deps: ShowDeps, operator: Looking, id: string): Promise<Said> {
  const found = await findDeskOrder(deps.db, id);
  if (!found) return notThere("There is no such order. An order is named by its id: ord_ and 32 digits.");
  await lookAt(deps, operator, found.account.id);
  return { lines: linesOf(found), json: found, isThere: true };
}

function linesOf({
  order,
  account,
  attempts,
  refunds,
  disputes,
  reversals,
  transitions,
}: DeskOrder): string[] {
  return [
    `Order ${order.reference} of ${account.name} (${account.id}): ${order.status}`,
    `${formatCents(order.amountCents, LOCALE)} for ${formatCredits(order.credits, LOCALE)} credits, placed ${instant(order.createdAt)}`,
    `Payment: ${order.paymentIntentId ?? "none at Stripe yet"}`,
    ...(order.parkedReason ? [`Parked: ${order.parkedReason}`] : []),
    "",
    ...inColumns(
      ["attempt", "begun", "status", "code", "payment"],
      attempts.map((each) => [
        String(each.number),
        instant(each.createdAt),
        each.status,
        each.declineCode ?? "",
        each.paymentIntentId ?? "",
      ]),
    ),
    ...refunds.map(
      (each) =>
        `Refund ${each.refundId ?? "not heard of yet"}: ${formatCents(each.amountCents, LOCALE)}, ${each.status}`,
    ),
    ...disputes.map((each) => `Dispute ${each.id}: ${each.status}, ${each.reason}`),
    ...reversals.map(
      (each) => `Credits: ${each.kind} of used ${each.used}, unused ${each.unused}, expired ${each.expired}`,
    ),
    "",
    ...transitions.map((each) => `${instant(each.at)}  ${each.status}`),
  ];
}
