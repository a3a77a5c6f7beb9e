import type { Reader } from "../../../../db/client";
import { fromPublicId } from "../../../ids";
import { type Cents, cents, NO_CREDITS } from "../../../money/credits";
import { err, ok, type Result } from "../../../result";
import type { BillingDeps } from "../../deps";
import { decideReturns } from "../../returns/decide";
import { findReturns } from "../return-rows";
import { findOrderState, type OrderRef } from "../rows";
import { type Refunded, type RefundOrderError, refundOrder } from "./refund";
import { checkUntouched, undoableUntil } from "./untouched";

/** Customers refund no orders here: the operator has set no window for it. */
type RefundsOff = { readonly code: "refunds_off" };
export type UndoOrderError =
  | RefundsOff
  /** The whole is asked for, which is never more than is left. */
  | Exclude<RefundOrderError, { readonly code: "more_than_left" }>;
export type NoUndoError =
  | Exclude<UndoOrderError, { readonly code: "refused" }>
  | { readonly code: "refund_under_way" };

export type UndoView = {
  /** What comes back. All of the order's credits go. */
  readonly amountCents: Cents;
  /** From this instant on it can be asked for no more. */
  readonly until: Date;
};

/**
 * What a customer who undoes an order gets, by the order's public id, or why it cannot be undone. `hours` is the window after
 * the payment, 0 where there is none. What is said holds until somebody spends: `undoOrder` looks again under the locks.
 */
export async function findUndo(
  db: Reader,
  accountId: string,
  publicId: string,
  hours: number,
): Promise<Result<UndoView, NoUndoError>> {
  if (hours === 0) return err({ code: "refunds_off" });
  const orderId = fromPublicId("order", publicId);
  const state = orderId ? await findOrderState(db, { accountId, orderId }) : null;
  if (!state) return err({ code: "order_not_found" });
  const { order, now } = state;
  if (!order.paidAt) return err({ code: "order_not_paid" });
  const was = await findReturns(db, { accountId, orderId: order.id });
  if (was.refunds.some((each) => each.status === "requested")) return err({ code: "refund_under_way" });
  const { returnedCents, frozen } = decideReturns(order, was, NO_CREDITS);
  if (frozen) return err({ code: "order_disputed" });
  const amountCents = cents(order.amountCents - returnedCents);
  if (amountCents === 0n) return err({ code: "nothing_left", leftCents: amountCents });
  const touched = await checkUntouched(db, order, hours, now);
  return touched ? err(touched) : ok({ amountCents, until: undoableUntil(order.paidAt, hours) });
}

/** Refunds an order whose credits nobody has touched, as its customer asks within the window. */
export async function undoOrder(
  deps: BillingDeps,
  ref: OrderRef,
  { userId, hours }: { readonly userId: string; readonly hours: number },
): Promise<Result<Refunded, UndoOrderError>> {
  if (hours === 0) return err({ code: "refunds_off" });
  const refunded = await refundOrder(deps, ref, {
    amountCents: null,
    by: { as: "customer", userId },
    why: "undone by the customer, its credits untouched",
    untouchedForHours: hours,
  });
  if (refunded.ok) return refunded;
  const { error } = refunded;
  return err(error.code === "more_than_left" ? { ...error, code: "nothing_left" } : error);
}
