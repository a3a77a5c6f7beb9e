import type { BillingDeps } from "../billing/deps";
import { settleReturns } from "../billing/orders/returns/settle";
import { settleOrderReturns } from "../billing/orders/returns/settle-order";
import { settleOrder } from "../billing/orders/settle";
import type { Line, LineKind } from "./lines";

/** What is asked of Stripe again: an order, what came back of an order, or what came back of another payment. */
export type Repair =
  | { readonly kind: "order" | "order_returns"; readonly accountId: string; readonly orderId: string }
  | { readonly kind: "returns"; readonly paymentId: string };

const OF_ORDER: readonly LineKind[] = ["charge_of_unpaid_order"];
const OF_ORDER_RETURNS: readonly LineKind[] = ["return_unknown", "return_differs", "credits_not_taken_back"];

/** What of the lines can be derived again, each once. */
export function repairable(lines: readonly Line[]): readonly Repair[] {
  const found = new Map<string, Repair>();
  for (const { kind, accountId, order: orderId, payment: paymentId } of lines) {
    if (accountId && orderId && OF_ORDER.includes(kind))
      found.set(`order ${orderId}`, { kind: "order", accountId, orderId });
    if (accountId && orderId && OF_ORDER_RETURNS.includes(kind))
      found.set(`order_returns ${orderId}`, { kind: "order_returns", accountId, orderId });
    if (paymentId && kind === "return_untold")
      found.set(`returns ${paymentId}`, { kind: "returns", paymentId });
  }
  return [...found.values()];
}

/**
 * Settles as anybody does: Stripe is asked, and nothing is written that it does not say. Returns where an order is then; null where
 * there is none, or Stripe did not say.
 */
export async function applyRepair(deps: BillingDeps, repair: Repair): Promise<string | null> {
  if (repair.kind === "order") return (await settleOrder(deps, repair)).status;
  if (repair.kind === "returns")
    return (await settleReturns(deps, { paymentIntentId: repair.paymentId })).unknown ? null : "told";
  const { status, unknown } = await settleOrderReturns(deps, repair);
  return unknown ? null : status;
}
