import type { BillingDeps } from "../billing/deps";
import { settleOrder } from "../billing/orders/settle";
import type { Line } from "./lines";

export type Repair = { readonly line: Line; readonly orderId: string; readonly accountId: string };

/** What of the lines can be derived again: orders whose payment succeeded and that are not paid here. */
export const repairable = (lines: readonly Line[]): readonly Repair[] =>
  lines.flatMap((line) =>
    line.kind === "charge_of_unpaid_order" && line.accountId && line.order
      ? [{ line, orderId: line.order, accountId: line.accountId }]
      : [],
  );

/** Settles an order as anybody does: Stripe is asked, and nothing is written that it does not say. Returns where the order is then. */
export async function applyRepair(deps: BillingDeps, { accountId, orderId }: Repair): Promise<string | null> {
  return (await settleOrder(deps, { accountId, orderId })).status;
}
