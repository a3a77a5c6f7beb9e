import { eq } from "drizzle-orm";
import type { Database } from "../../db/client";
import { balances } from "../../db/schema";
import { transact } from "../../db/transact";
import { lockAccount } from "../billing/account";
import type { BillingDeps } from "../billing/deps";
import { settleReturns } from "../billing/orders/returns/settle";
import { settleOrderReturns } from "../billing/orders/returns/settle-order";
import { settleOrder } from "../billing/orders/settle";
import { type MendError, mendBooks } from "../ledger/mend-books";
import { type Drift, findDriftOf } from "../ledger/reconcile";
import { err, type Result } from "../result";
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
    if (paymentId && (kind === "return_untold" || (kind === "return_differs" && !orderId)))
      found.set(`returns ${paymentId}`, { kind: "returns", paymentId });
  }
  return [...found.values()];
}

/** What nothing can be derived again of, a sentence each: what it is, and what a person can do. */
export const leftToPeople = (lines: readonly Line[]): readonly string[] =>
  lines
    .filter((each) => repairable([each]).length === 0)
    .map(({ kind, object, why, toDo }) => `${object}: left to a person (${kind}). ${why} ${toDo}`);

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

/**
 * Writes an account's sums anew from its entries, under its locks. Returns what differed: as it was stored, and as the entries have
 * it. Not applied, it is done and taken back, so that what is proposed is what would be.
 */
export async function repairBooks(
  db: Database,
  accountId: string,
  { apply }: { readonly apply: boolean },
): Promise<Result<readonly Drift[], MendError>> {
  if ((await db.$count(balances, eq(balances.accountId, accountId))) === 0)
    return err({ code: "entries_unsound", drift: await findDriftOf(db, [accountId]) });
  const proposed: { found: Result<readonly Drift[], MendError> | null } = { found: null };
  const mended = await transact(db, async (tx) => {
    await lockAccount(tx, accountId);
    const found = await mendBooks(tx, accountId);
    if (apply || !found.ok) return found;
    proposed.found = found;
    return err({ code: "entries_unsound", drift: found.value } satisfies MendError); // Rolls back.
  });
  return proposed.found ?? mended;
}
