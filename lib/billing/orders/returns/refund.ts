import type { Tx } from "../../../../db/client";
import { orderRefunds } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { newId } from "../../../ids";
import { byCustomer, byOperator } from "../../../ledger/cause";
import { lockBooks } from "../../../ledger/lock-books";
import { type Cents, cents, NO_CREDITS } from "../../../money/credits";
import { err, invariant, ok, type Result } from "../../../result";
import { acrossCycles, type CheckOpen } from "../../allowances/cycles/across";
import { askAgain } from "../../ask-again";
import type { BillingDeps } from "../../deps";
import { type ProviderAnswer, type Refund, unavailableIsUnknown } from "../../gateway";
import { decideReturns } from "../../returns/decide";
import { findReturns, type RefundRow } from "../return-rows";
import { lockOrder, type OrderRef, type OrderRow, type OrderStatus } from "../rows";
import { applyReturns } from "./apply";
import { failRefund, storeRefund } from "./rows";
import { settleOrderReturns } from "./settle-order";
import { checkUntouched, type TouchedError } from "./untouched";

export type RefundOrder = {
  /** Null: all that is left. */
  readonly amountCents: Cents | null;
  readonly by: { readonly as: "customer" | "operator"; readonly userId: string };
  readonly why: string;
  /** Only where none of its credits was ever touched, and it was paid for no longer than so ago: a customer's own undo. */
  readonly untouchedForHours?: number;
};

export type RefundOrderError =
  | { readonly code: "order_not_found" }
  | { readonly code: "order_not_paid" }
  | { readonly code: "nothing_left"; readonly leftCents: Cents }
  | { readonly code: "more_than_left"; readonly leftCents: Cents }
  | { readonly code: "order_disputed" }
  | TouchedError
  /** Stripe did not do it and said why; nothing was paid back, and the credits are there again. */
  | { readonly code: "refused"; readonly reason: string };

export type Refunded = {
  readonly status: OrderStatus;
  /** Nobody knows yet whether Stripe did it: it is asked again with the same key until it says so. */
  readonly unknown: boolean;
};

/**
 * Pays part of an order back, or all of it: the credits are taken and the refund is stored with its key before Stripe is
 * asked, and what it says is applied in one transaction. While one is under way nothing else is begun: twice at once is one
 * refund, and both get its answer. Refused, the credits are restored.
 */
export async function refundOrder(
  deps: BillingDeps,
  ref: OrderRef,
  request: RefundOrder,
): Promise<Result<Refunded, RefundOrderError>> {
  const begun = await acrossCycles(deps, ref.accountId, (checkOpen) =>
    transact(deps.db, (tx) => beginRefund(tx, ref, request, checkOpen)),
  );
  return begun.ok ? sendRefund(deps, ref, begun.value) : begun;
}

/** The part after the commit: asks Stripe for a refund that was begun, and applies what it says. */
export async function sendRefund(
  deps: BillingDeps,
  ref: OrderRef,
  begun: BegunRefund,
): Promise<Result<Refunded, RefundOrderError>> {
  const asked = await ask(deps, begun);
  // Of one that somebody else began, that it was not sent again says nothing.
  return hearRefund(deps, ref, begun.refund, begun.isNew ? asked : unavailableIsUnknown(asked));
}

export type BegunRefund = { readonly refund: RefundRow; readonly order: OrderRow; readonly isNew: boolean };

/** A step: takes the credits and stores the refund with its key, before Stripe is asked. One that is under way is that one. */
export async function beginRefund(
  tx: Tx,
  ref: OrderRef,
  request: RefundOrder,
  checkOpen: CheckOpen,
): Promise<Result<BegunRefund, RefundOrderError>> {
  const { account, state, now } = await lockOrder(tx, ref);
  checkOpen({ account, now });
  if (!state) return err({ code: "order_not_found" });
  const { order } = state;
  if (!order.paidAt) return err({ code: "order_not_paid" });
  const was = await findReturns(tx, ref);
  const under = was.refunds.find((each) => each.status === "requested");
  if (under) return ok({ refund: under, order, isNew: false });
  const { returnedCents, frozen } = decideReturns(order, was, NO_CREDITS);
  if (frozen) return err({ code: "order_disputed" });
  const leftCents = cents(order.amountCents - returnedCents);
  const amountCents = request.amountCents ?? leftCents;
  if (leftCents === 0n) return err({ code: "nothing_left", leftCents });
  if (amountCents > leftCents || amountCents === 0n) return err({ code: "more_than_left", leftCents });
  const hours = request.untouchedForHours;
  if (hours !== undefined) {
    await lockBooks(tx, ref.accountId); // From here on nobody spends.
    const touched = await checkUntouched(tx, order, hours, now);
    if (touched) return err(touched);
  }
  const id = newId();
  const { by, why } = request;
  await tx.insert(orderRefunds).values({
    accountId: ref.accountId,
    orderId: ref.orderId,
    id,
    amountCents,
    status: "requested",
    idempotencyKey: `refund:${id}`,
    requestedAs: by.as,
    requestedBy: by.userId,
    why,
    createdAt: now,
    updatedAt: now,
  });
  // Reserved before Stripe is asked: what is paid back cannot be spent meanwhile.
  const cause = (by.as === "operator" ? byOperator : byCustomer)(by.userId, why ?? "a refund was asked for");
  await applyReturns(tx, { account, order, now, cause }, was);
  const refund = (await findReturns(tx, ref)).refunds.find((each) => each.id === id) as RefundRow;
  return ok({ refund, order, isNew: true });
}

const ask = ({ gateway }: BillingDeps, { refund, order }: BegunRefund): Promise<ProviderAnswer<Refund>> =>
  gateway.refund({
    key: refund.idempotencyKey as string,
    paymentIntentId: order.paymentIntentId as string,
    amountCents: refund.amountCents,
    metadata: { refund_id: refund.id, account_id: order.accountId, order_id: order.id },
    reason: "requested_by_customer",
  });

/** Applies what Stripe said of a refund of ours. */
async function hearRefund(
  deps: BillingDeps,
  ref: OrderRef,
  refund: RefundRow,
  asked: ProviderAnswer<Refund>,
): Promise<Result<Refunded, RefundOrderError>> {
  if (asked.kind === "unknown")
    deps.log.warn({ ...ref, refund: refund.id, reason: asked.reason }, "refund outcome unknown");
  const heard = await acrossCycles(deps, ref.accountId, (checkOpen) =>
    transact(deps.db, async (tx) => {
      const { account, state, now } = await lockOrder(tx, ref);
      checkOpen({ account, now });
      invariant(state, "an order with a refund is there");
      const { order } = state;
      if (asked.kind === "unknown") return { status: order.status, unknown: true, refused: null };
      const was = await findReturns(tx, ref);
      // Somebody else may have heard that it was made, and what became of it since: an answer says how it began.
      const isMade = was.refunds.some((each) => each.id === refund.id && each.refundId !== null);
      if (asked.kind === "refused") await failRefund(tx, refund, asked.code, now);
      else if (!isMade) await storeRefund(tx, ref, was.refunds, asked.value, now);
      const status = await applyReturns(tx, { account, order, now }, was);
      return { status, unknown: false, refused: asked.kind === "refused" && !isMade ? asked.code : null };
    }),
  );
  // Told after the commit: a transaction that ends with an error is undone, and the credits would stay taken.
  const { refused, ...settled } = heard;
  return refused === null ? ok(settled) : err({ code: "refused", reason: refused });
}

/**
 * Finds out what became of a refund whose answer was never heard: asks again with its stored key, or, where that says nothing,
 * looks for it among what there is of the payment (`askAgain`). Returns whether it is known.
 */
export async function settleRequestedRefund(deps: BillingDeps, ref: OrderRef): Promise<boolean> {
  const { refunds } = await findReturns(deps.db, ref);
  const refund = refunds.find((each) => each.status === "requested");
  if (!refund) return true;
  const { order, now } = await readOrder(deps, ref);
  const asked = await askAgain({ storedAt: refund.createdAt, now }, () =>
    ask(deps, { refund, order, isNew: false }),
  );
  if (asked) {
    const heard = await hearRefund(deps, ref, refund, asked);
    return !heard.ok || !heard.value.unknown;
  }
  const settled = await settleOrderReturns(deps, ref);
  if (settled.unknown) return false;
  await hearRefund(deps, ref, refund, { kind: "refused", code: "never_made" });
  return true;
}

async function readOrder(deps: BillingDeps, ref: OrderRef) {
  const found = await transact(deps.db, (tx) => lockOrder(tx, ref));
  if (!found.state) throw new Error(`order ${ref.orderId} has a refund`);
  return { order: found.state.order, now: found.now };
}
